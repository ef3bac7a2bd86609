using System.ComponentModel;
using System.Diagnostics;

namespace SafetyCenter.Benchmarks;

/// <summary>A program that was run to its end: how long it took, and the most memory it held.</summary>
internal sealed record Measured(int ExitCode, string Output, double Seconds, double Megabytes)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    public static async Task<bool> CanRunAsync(string program)
    {
        try
        {
            return (await RunAsync(".", program, "--version")).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    public static Task<Measured> RunAsync(string folder, string program, params string[] arguments) =>
        RunAsync(folder, Timeout.InfiniteTimeSpan, program, arguments);

    /// <summary>As above, but it is killed when it has not ended by then; its exit code is then not its own.</summary>
    public static async Task<Measured> RunAsync(string folder, TimeSpan patience, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} was not started.");
        var output = process.StandardOutput.ReadToEndAsync();
        var memory = 0L;
        while (!process.HasExited)
        {
            memory = Math.Max(memory, Peak(process));
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(Glance));
            if (patience != Timeout.InfiniteTimeSpan && watch.Elapsed > patience)
            {
                process.Kill();
            }
        }

        return new Measured(process.ExitCode, await output, watch.Elapsed.TotalSeconds, memory / (1024.0 * 1024.0));
    }

    private static long Peak(Process process)
    {
        try
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
            return 0;
        }
    }
}
