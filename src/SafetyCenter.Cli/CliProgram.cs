namespace SafetyCenter.Cli;

/// <summary>The program <c>safetycenter</c>.</summary>
internal static class CliProgram
{
    private static int Main(string[] arguments)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput());
        return CommandLine.Run(arguments, new Terminal(Console.OpenStandardInput(), output, Console.Error)
        {
            IsWatched = !Console.IsErrorRedirected,
        });
    }
}
