namespace SafetyCenter.Cli;

/// <summary>The commands of <c>safetycenter</c>, and what it says of itself.</summary>
internal static class CommandLine
{
    /// <summary>Everything is well.</summary>
    public const int Nothing = 0;

    /// <summary>At least one secret was found.</summary>
    public const int Found = 1;

    /// <summary>It could not be done, or not wholly.</summary>
    public const int Error = 2;

    /// <summary>Does what the arguments say, and answers with the exit code.</summary>
    public static int Run(string[] arguments, Terminal terminal) => arguments switch
    {
        ["scan", .. var rest] => Refuse(terminal, $"scan is not there yet ({rest.Length} arguments)."),
        ["rules", .. var rest] => RulesCommand.Run(rest, terminal),
        _ => Refuse(terminal, "Say what to do: safetycenter scan PATH..."),
    };

    private static int Refuse(Terminal terminal, string sentence)
    {
        terminal.Error.WriteLine(sentence);
        return Error;
    }
}
