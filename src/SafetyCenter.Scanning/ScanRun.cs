using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>Has several workers look into everything that a source gives.</summary>
public sealed class ScanRun(SecretFormat format, int threads)
{
    private long _inputs;
    private long _bytes;

    /// <summary>How many inputs were read so far.</summary>
    public long Inputs => Interlocked.Read(ref _inputs);

    /// <summary>How many bytes were read so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>
    /// Reads all of it. Findings are reported one at a time, in no order; so are inputs that cannot be read, with the reason.
    /// </summary>
    public void Run(IScanSource source, Action<Finding> found, Action<string, string> unreadable, CancellationToken cancellation)
    {
        var gate = new Lock();
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        cancellation.ThrowIfCancellationRequested();

        void Work()
        {
            var scanner = new SecretScanner(format);
            while (!cancellation.IsCancellationRequested && source.Next(cancellation) is { } input)
            {
                try
                {
                    using var stream = input.Open();
                    Interlocked.Add(ref _bytes, scanner.Scan(stream, one =>
                    {
                        lock (gate)
                        {
                            found(new Finding(input.Path, input.Commit, one));
                        }
                    }));
                    Interlocked.Increment(ref _inputs);
                }
                catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
                {
                    lock (gate)
                    {
                        unreadable(input.Path, problem.Message);
                    }
                }
            }
        }
    }
}
