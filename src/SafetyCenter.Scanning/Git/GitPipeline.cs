using System.Runtime.ExceptionServices;

namespace SafetyCenter.Scanning.Git;

/// <summary>Runs of git that feed each other through us; when one part of it fails, all of it ends.</summary>
internal sealed class GitPipeline(GitFolder folder, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly List<GitProcess> _processes = [];
    private Exception? _firstFailure;

    /// <summary>Comes when a part failed, or somebody wants it to stop.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Starts git in the repository.</summary>
    public GitProcess Start(params IEnumerable<string> arguments)
    {
        var process = GitProcess.Start(folder, arguments);
        _processes.Add(process);
        return process;
    }

    /// <summary>Does the parts, each in a thread of its own because they wait for each other, until all have ended.</summary>
    /// <exception cref="GitFailedException">One of the runs of git failed by itself.</exception>
    public void Run(params IEnumerable<Action> parts)
    {
        using var killing = _stop.Token.Register(() => _processes.ForEach(process => process.Kill()));
        var threads = parts.Select(part => new Thread(() => Attempt(part)) { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        cancellationToken.ThrowIfCancellationRequested();

        // A part whose git died fails, too, of a broken pipe; what git complained about is the better reason.
        if (_firstFailure is not null and not IOException)
        {
            ExceptionDispatchInfo.Throw(_firstFailure);
        }

        var failed = _processes.Where(process => !process.Succeeded()).Select(process => process.Complaint()).ToList();
        if (failed.Count > 0 || _firstFailure is not null)
        {
            var complaint = failed.FirstOrDefault(words => words.Length > 0) ?? "it stopped before the end";
            throw new GitFailedException($"Git could not read the repository: {complaint.TrimEnd('.')}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _stop.Dispose();
    }

    private void Attempt(Action part)
    {
        try
        {
            part();
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _firstFailure, exception, null);
            _stop.Cancel();
        }
    }
}
