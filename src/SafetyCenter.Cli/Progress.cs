using System.Diagnostics;
using SafetyCenter.Scanning;

namespace SafetyCenter.Cli;

/// <summary>Tells on a terminal, twice a second, how far a scan is; leaves nothing behind.</summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly ScanRun _run;
    private readonly TextWriter _writer;
    private readonly Timer _timer;

    private Progress(ScanRun run, TextWriter writer)
    {
        (_run, _writer) = (run, writer);
        _timer = new Timer(_ => Tell(), null, Interval, Interval);
    }

    /// <summary>Nothing when nobody looks.</summary>
    public static Progress? Of(ScanRun run, ScanOptions options, Terminal terminal) =>
        terminal.IsWatched && options.HasProgress ? new Progress(run, terminal.Error) : null;

    /// <summary>How far it is, in words.</summary>
    internal static string Words(long inputs, long bytes, TimeSpan time) =>
        $"{inputs:N0} files, {bytes / 1e6:N0} MB, {bytes / 1e6 / Math.Max(time.TotalSeconds, 0.001):N0} MB/s";

    /// <inheritdoc/>
    public void Dispose()
    {
        using var stopped = new ManualResetEvent(false);
        if (_timer.Dispose(stopped))
        {
            stopped.WaitOne();
        }

        _writer.Write("\r\e[K");
    }

    private void Tell() => _writer.Write($"\r\e[K{Words(_run.Inputs, _run.Bytes, _watch.Elapsed)}");
}
