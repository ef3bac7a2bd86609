using System.Threading.Channels;
using SafetyCenter.Scanning;

namespace SafetyCenter.Web.Repositories;

/// <summary>
/// Brings findings from the thread that reads to whoever reports them, in parts, while the reading goes on. Only so many are on
/// the way: who reads waits then, and so nothing that is read can fill the memory.
/// </summary>
/// <param name="partMax">So many in one part, and as many again that wait.</param>
/// <param name="time">The clock of its patience.</param>
internal sealed class FindingsInParts(int partMax, TimeProvider time)
{
    /// <summary>Reads, and reports.</summary>
    /// <param name="read">Reads; it passes on what it finds, and ends when it is told to.</param>
    /// <param name="report">Takes one part. When it fails, the reading ends, too.</param>
    /// <param name="patience">How long the reading may take; what was found by then is reported.</param>
    /// <param name="cancellationToken">Ends both.</param>
    /// <returns>What the reading answers, once everything is reported.</returns>
    public async Task<T> RunAsync<T>(
        Func<Action<Finding>, CancellationToken, T> read,
        Func<IReadOnlyList<Finding>, Task> report,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        var findings = Channel.CreateBounded<Finding>(
            new BoundedChannelOptions(partMax) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var late = new CancellationTokenSource(patience, time);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, late.Token);
        var reading = Task.Run(Read, CancellationToken.None);
        try
        {
            await ReportAsync(findings.Reader, report, stop.Token);
        }
        catch
        {
            await stop.CancelAsync();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await reading;

        T Read()
        {
            try
            {
                return read(Pass, enough.Token);
            }
            finally
            {
                findings.Writer.Complete();
            }
        }

        void Pass(Finding finding)
        {
            try
            {
                if (!findings.Writer.TryWrite(finding))
                {
                    findings.Writer.WriteAsync(finding, stop.Token).AsTask().GetAwaiter().GetResult();
                }
            }
            catch (OperationCanceledException)
            {
                // Nobody takes it any more, and the reading hears of that by itself.
            }
        }
    }

    private async Task ReportAsync(
        ChannelReader<Finding> findings, Func<IReadOnlyList<Finding>, Task> report, CancellationToken cancellationToken)
    {
        var part = new List<Finding>();
        await foreach (var finding in findings.ReadAllAsync(cancellationToken))
        {
            part.Add(finding);
            if (part.Count == partMax)
            {
                await report(part);
                part = [];
            }
        }

        if (part.Count > 0)
        {
            await report(part);
        }
    }
}
