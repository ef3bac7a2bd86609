using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Cli;

/// <summary>How findings are written down.</summary>
internal enum Format
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs, and for <c>report</c>.</summary>
    Json,

    /// <summary>SARIF 2.1.0, for whoever shows findings beside the code.</summary>
    Sarif,
}

/// <summary>What the arguments of <c>scan</c> say.</summary>
internal sealed class ScanOptions
{
    // Each worker takes less than a megabyte; more of them than this only wait for the disk.
    private const int ThreadsMax = 32;

    /// <summary>Where to look.</summary>
    public List<string> Paths { get; } = [];

    /// <summary>Whether the paths are git repositories, of which the whole history counts.</summary>
    public bool IsGit { get; private set; }

    /// <summary>How to write down what was found.</summary>
    public Format Format { get; private set; }

    /// <summary>The file to write to instead of standard output.</summary>
    public string? Output { get; private set; }

    /// <summary>What our secrets look like.</summary>
    public SecretFormat Secrets { get; private set; } = new();

    /// <summary>How many workers.</summary>
    public int Threads { get; private set; } = Math.Clamp(Environment.ProcessorCount, 2, ThreadsMax);

    /// <summary>Where to report what was found.</summary>
    public Uri? Server { get; private set; }

    /// <summary>Whether somebody who watches is told how far it is.</summary>
    public bool HasProgress { get; private set; } = true;

    /// <summary>Reads the arguments.</summary>
    public static ScanOptions Parse(string[] all)
    {
        var options = new ScanOptions();
        var arguments = new Arguments(all);
        while (arguments.Next() is { } argument)
        {
            switch (arguments.IsOption ? argument : "")
            {
                case "":
                    options.Paths.Add(argument);
                    break;
                case "--git":
                    options.IsGit = true;
                    break;
                case "--format":
                    options.Format = ReadFormat(arguments.Value());
                    break;
                case "--output":
                    options.Output = arguments.Value();
                    break;
                case "--prefix":
                    options.Secrets = ReadPrefix(arguments.Value());
                    break;
                case "--threads":
                    options.Threads = ReadThreads(arguments.Value());
                    break;
                case "--report":
                    options.Server = ReportOptions.ReadServer("--report", arguments.Value());
                    break;
                case "--no-progress":
                    options.HasProgress = false;
                    break;
                default:
                    throw new UsageException($"scan knows no option {argument}.");
            }
        }

        return options.Paths.Count > 0
            ? options
            : throw new UsageException("Say where to look, for example: safetycenter scan .");
    }

    private static Format ReadFormat(string word) => word switch
    {
        "text" => Format.Text,
        "json" => Format.Json,
        "sarif" => Format.Sarif,
        _ => throw new UsageException($"--format is text, json or sarif, not {word}."),
    };

    /// <summary>Reads <c>--prefix</c>.</summary>
    public static SecretFormat ReadPrefix(string prefix)
    {
        try
        {
            return new SecretFormat(prefix);
        }
        catch (ArgumentException)
        {
            throw new UsageException($"--prefix is 2 to 5 lower-case letters and not dd; it is {prefix}.");
        }
    }

    private static int ReadThreads(string number) =>
        int.TryParse(number, out var threads) && threads is >= 1 and <= ThreadsMax
            ? threads
            : throw new UsageException($"--threads is a number from 1 to {ThreadsMax}, not {number}.");
}
