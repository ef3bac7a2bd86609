using SafetyCenter.Scanning;

namespace SafetyCenter.Cli;

/// <summary>Looks into everything, and writes down what was found, sorted.</summary>
internal sealed class ScanCommand(ScanOptions options, Terminal terminal)
{
    // They are sorted before they are written, so they lie in memory; who has more has one problem and not many.
    private const int FindingsMax = 100_000;

    private readonly List<Finding> _findings = [];
    private bool _isComplete = true;

    /// <summary>Does it; answers with the exit code.</summary>
    public int Run()
    {
        // What it needs for that is asked for now, and not after the work.
        var report = options.Server is { } server ? new ReportCommand(ReportOptions.For(server, terminal), terminal) : null;
        var run = new ScanRun(options.Secrets, options.Threads);
        using (var progress = Progress.Of(run, options, terminal))
        {
            if (options.IsGit)
            {
                new GitScan(options.Paths, terminal.WorkingFolder).Run(run, Keep, Complain);
            }
            else
            {
                run.Run(new FileSource(options.Paths, terminal.WorkingFolder, terminal.Input), Keep, Complain);
            }
        }

        _findings.Sort(Order);
        Write(new Results(_findings, run.Inputs, run.Bytes));
        if (report is not null && _findings.Count > 0)
        {
            Send(report);
        }

        return _findings.Count > 0 ? CommandLine.Found : _isComplete ? CommandLine.Nothing : CommandLine.Error;
    }

    // Something was found, and that is what the exit code says, whatever else happened.
    private void Send(ReportCommand report)
    {
        try
        {
            report.Send([.. _findings.Select(Reported.Of)]);
        }
        catch (HttpRequestException problem)
        {
            terminal.Error.WriteLine(problem.Message);
        }
    }

    private void Keep(Finding finding)
    {
        if (_findings.Count < FindingsMax)
        {
            _findings.Add(finding);
        }
        else if (_isComplete)
        {
            Complain("scan", $"There are more than {FindingsMax:N0} findings; the rest is not listed.");
        }
    }

    private void Complain(string path, string reason)
    {
        _isComplete = false;
        terminal.Error.WriteLine($"{TextResults.Printable(path)}: {TextResults.Printable(reason)}");
    }

    private void Write(Results results)
    {
        if (options.Output is { } path)
        {
            using var file = new StreamWriter(Path.Combine(terminal.WorkingFolder, path));
            WriteTo(file, results);
        }
        else
        {
            WriteTo(terminal.Output, results);
            terminal.Output.Flush();
        }
    }

    private void WriteTo(TextWriter writer, Results results)
    {
        switch (options.Format)
        {
            case Format.Json:
                JsonResults.Write(writer, results);
                break;
            case Format.Sarif:
                SarifResults.Write(writer, results);
                break;
            default:
                TextResults.Write(writer, results);
                break;
        }
    }

    private static int Order(Finding one, Finding other)
    {
        var order = string.CompareOrdinal(one.Path, other.Path);
        order = order != 0 ? order : string.CompareOrdinal(one.Commit, other.Commit);
        order = order != 0 ? order : one.Found.Line.CompareTo(other.Found.Line);
        return order != 0 ? order : one.Found.Column.CompareTo(other.Found.Column);
    }
}

/// <summary>What a scan brought.</summary>
internal sealed record Results(IReadOnlyList<Finding> Findings, long Inputs, long Bytes);
