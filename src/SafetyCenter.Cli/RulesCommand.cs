using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;

namespace SafetyCenter.Cli;

/// <summary><c>rules</c>: writes the rule file of somebody else's scanner.</summary>
internal static class RulesCommand
{
    private static readonly string Usage =
        $"Say for which scanner: safetycenter rules {string.Join('|', ScannerRules.Tools)} [--prefix PREFIX] [--server URL]";

    /// <summary>Does what the arguments say, and answers with the exit code.</summary>
    public static int Run(string[] arguments, Terminal terminal)
    {
        var (tool, prefix, server) = ((string?)null, "sc", "http://localhost:5080");
        for (var rest = arguments; rest is not [];)
        {
            switch (rest)
            {
                case ["--prefix", var value, .. var tail]:
                    (prefix, rest) = (value, tail);
                    break;
                case ["--server", var value, .. var tail]:
                    (server, rest) = (value, tail);
                    break;
                case [var word, .. var tail] when tool is null && ScannerRules.Tools.Contains(word):
                    (tool, rest) = (word, tail);
                    break;
                default:
                    return Refuse(terminal, $"“{rest[0]}” cannot be understood. {Usage}");
            }
        }

        if (tool is null)
        {
            return Refuse(terminal, Usage);
        }

        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return Refuse(terminal, $"“{server}” is no address such as https://safety.example.com.");
        }

        try
        {
            terminal.Output.Write(ScannerRules.Of(new SecretFormat(prefix), address).Single(file => file.Tool == tool).Text);
            return CommandLine.Nothing;
        }
        catch (ArgumentException impossible)
        {
            return Refuse(terminal, impossible.Message);
        }
    }

    private static int Refuse(Terminal terminal, string sentence)
    {
        terminal.Error.WriteLine(sentence);
        return CommandLine.Error;
    }
}
