using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;

namespace SafetyCenter.Cli;

/// <summary><c>rules</c>: writes the rule file of somebody else's scanner.</summary>
internal static class RulesCommand
{
    /// <summary>Does what the arguments say, and answers with the exit code.</summary>
    public static int Run(string[] all, Terminal terminal)
    {
        var (tool, secrets, server) = ((string?)null, new SecretFormat(), "http://localhost:5080");
        var arguments = new Arguments(all);
        while (arguments.Next() is { } argument)
        {
            switch (arguments.IsOption ? argument : "")
            {
                case "" when tool is null:
                    tool = argument;
                    break;
                case "--prefix":
                    secrets = ScanOptions.ReadPrefix(arguments.Value());
                    break;
                case "--server":
                    server = arguments.Value();
                    break;
                default:
                    throw new UsageException($"rules cannot make sense of {argument}.");
            }
        }

        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"--server is an address such as https://safety.example.com, not {server}.");
        }

        var file = ScannerRules.Of(secrets, address).SingleOrDefault(file => file.Tool == tool)
            ?? throw new UsageException($"Say for which scanner: {string.Join(", ", ScannerRules.Tools)}.");
        terminal.Output.Write(file.Text);
        return CommandLine.Nothing;
    }
}
