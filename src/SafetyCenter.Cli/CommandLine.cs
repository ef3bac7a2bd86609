namespace SafetyCenter.Cli;

/// <summary>The commands of <c>safetycenter</c>, and what it says of itself.</summary>
internal static class CommandLine
{
    /// <summary>Nothing was found.</summary>
    public const int Nothing = 0;

    /// <summary>At least one secret was found, whatever else happened.</summary>
    public const int Found = 1;

    /// <summary>Nothing was found, and not everything could be read or done.</summary>
    public const int Error = 2;

    private const string Help =
        """
        safetycenter finds SafetyCenter's secrets (API keys, application keys, tokens) where they should not be.

        safetycenter scan PATH... [options]     looks into files, folders and archives; - is standard input
          --git                 look into the whole history of the git repositories at PATH...
          --format FORMAT       text (default), json or sarif
          --output FILE         write there instead of to standard output
          --prefix PREFIX       the prefix of your installation's secrets (Keys__Prefix); default: sc
          --threads NUMBER      how many to work with; default: one for each processor
          --report URL          also send hashes and places, never secrets, to SafetyCenter; see report
          --no-progress         no progress on standard error

        safetycenter report --server URL [FILE] [options]     sends what scan --format json wrote (FILE or standard input)
          --token TOKEN         your organization's reporting token; better: the variable SAFETYCENTER_TOKEN
          --repository NAME     where the findings lie
          --public              everybody can read that

        safetycenter rules SCANNER [--prefix PREFIX] [--server URL]     writes the rules with which another scanner finds them

        A file .safetycenterignore leaves out paths (as .gitignore does) and known secrets (sha256:HASH).
        Exit code: 0 nothing found, 1 found, 2 nothing found but something could not be read or done.
        """;

    /// <summary>Does what the arguments say, and answers with the exit code.</summary>
    public static int Run(string[] arguments, Terminal terminal)
    {
        try
        {
            switch (arguments)
            {
                case ["--help" or "-h" or "help", ..] or [_, "--help" or "-h"]:
                    terminal.Output.WriteLine(Help);
                    return Nothing;
                case ["scan", .. var rest]:
                    return new ScanCommand(ScanOptions.Parse(rest), terminal).Run();
                case ["report", .. var rest]:
                    return new ReportCommand(ReportOptions.Parse(rest, terminal), terminal).Run();
                case ["rules", .. var rest]:
                    return RulesCommand.Run(rest, terminal);
                case [var other, ..]:
                    throw new UsageException($"There is no command {other}; there are scan, report and rules.");
                default:
                    throw new UsageException("Say what to do, for example: safetycenter scan .");
            }
        }
        catch (UsageException problem)
        {
            terminal.Error.WriteLine($"{problem.Message} See safetycenter --help.");
            return Error;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or HttpRequestException)
        {
            terminal.Error.WriteLine(problem.Message);
            return Error;
        }
    }
}

/// <summary>The arguments make no sense, in words for whoever wrote them.</summary>
internal sealed class UsageException(string message) : Exception(message);
