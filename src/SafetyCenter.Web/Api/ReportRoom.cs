using System.Threading.RateLimiting;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>
/// How many large bodies are held at a time of which nobody knows yet whether whoever they name has signed them: anybody can
/// send them who knows the id of a reporter, or of a partner's key, which is public. The others wait, with little of them held.
/// What is small needs no place, so that no flood of large ones keeps it out.
/// </summary>
internal sealed class ReportRoom(TimeProvider time) : IDisposable
{
    /// <summary>Up to so many bytes are small. Partners report a few matches at a time, which are far less.</summary>
    public const int SmallBytes = 64 * 1024;

    /// <summary>So many in the name of one sender, so that a stranger who knows one hinders no other.</summary>
    public const int OfSenderMax = 4;

    /// <summary>So many in all.</summary>
    public const int Max = 16;

    /// <summary>So many wait.</summary>
    public const int WaitingMax = 100;

    /// <summary>How long a body may take to come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<string> _places = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<string, string>(
            sender => RateLimitPartition.GetConcurrencyLimiter(sender, _ => Places(OfSenderMax))),
        PartitionedRateLimiter.Create<string, int>(
            _ => RateLimitPartition.GetConcurrencyLimiter(0, _ => Places(Max))));

    /// <summary>Reads a body, and has it judged before its place is another's.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sender">Whom it names.</param>
    /// <param name="judge">Throws when they have not signed it.</param>
    /// <returns>The whole body.</returns>
    /// <exception cref="ReportRefusedException">
    /// It is too long (413), does not come in time (408), or too many large ones wait already (503).
    /// </exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpRequest request, string sender, Action<ReadOnlyMemory<byte>> judge)
    {
        // Whoever sends it slowly keeps a place that others wait for; who waits for one is not to blame.
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, request.HttpContext.RequestAborted);
        IDisposable? place = null;
        try
        {
            var body = await ReportRequest.ReadAsync(
                request, ReportRequest.LongestBody, SmallBytes, TakePlaceAsync, either.Token);
            judge(body);
            return body;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new ReportRefusedException(408, $"The body must come within {Patience.TotalSeconds:0} seconds.");
        }
        finally
        {
            place?.Dispose();
        }

        async Task TakePlaceAsync()
        {
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            place = await EnterAsync(sender, request.HttpContext.RequestAborted)
                ?? throw new ReportRefusedException(
                    503, "Too many large reports come at once. Send it again later, or in parts.", ReportRates.ReportEach);
            patience.CancelAfter(Patience);
        }
    }

    /// <summary>Waits for a place; it is free again when it is disposed of.</summary>
    /// <returns>The place; null when too many wait already.</returns>
    public async Task<IDisposable?> EnterAsync(string sender, CancellationToken cancellationToken)
    {
        var place = await _places.AcquireAsync(sender, permitCount: 1, cancellationToken);
        if (place.IsAcquired)
        {
            return place;
        }

        place.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private static ConcurrencyLimiterOptions Places(int count) => new()
    {
        PermitLimit = count,
        QueueLimit = WaitingMax,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    };
}
