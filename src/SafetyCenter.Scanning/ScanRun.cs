using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>Has several workers look into everything that a source gives.</summary>
public sealed class ScanRun(SecretFormat format, int threads)
{
    private readonly Lock _gate = new();
    private long _inputs;
    private long _bytes;

    /// <summary>How many inputs were read so far.</summary>
    public long Inputs => Interlocked.Read(ref _inputs);

    /// <summary>How many bytes were read so far, those of archives unpacked.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>
    /// Reads all of it. Findings are reported one at a time, in no order; so are inputs that cannot be read, with the reason.
    /// </summary>
    public void Run(
        IScanSource source, Action<Finding> found, Action<string, string> unreadable, CancellationToken cancellation = default)
    {
        Exception? failure = null;
        var workers = Enumerable.Range(1, threads - 1).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(worker => worker.Start());
        Work();
        workers.ForEach(worker => worker.Join());
        cancellation.ThrowIfCancellationRequested();
        if (failure is not null)
        {
            throw new InvalidOperationException("The scan did not come to its end.", failure);
        }

        void Work()
        {
            var archives = new Archives(new SecretScanner(format));
            try
            {
                while (failure is null && !cancellation.IsCancellationRequested && source.Next(cancellation) is { } input)
                {
                    Read(archives, input, found, unreadable);
                }
            }
            catch (Exception problem) when (problem is not OperationCanceledException)
            {
                // A worker that dies must not take the process with it before the others have stopped.
                failure = problem;
            }
        }
    }

    private void Read(Archives archives, ScanInput input, Action<Finding> found, Action<string, string> unreadable)
    {
        try
        {
            using var stream = input.Open();
            Interlocked.Add(ref _bytes, archives.Read(input.Path, stream, (path, one) =>
            {
                if (!input.Accepts(one.Hash))
                {
                    lock (_gate)
                    {
                        found(new Finding(path, input.Commit, one));
                    }
                }
            }));
            Interlocked.Increment(ref _inputs);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                unreadable(input.Path, problem.Message);
            }
        }
    }
}
