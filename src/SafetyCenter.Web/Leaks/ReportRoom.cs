using System.Threading.RateLimiting;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// How many bodies are held at a time of which nobody knows yet whether the reporter they name has signed them: whoever knows
/// the id of a reporter can send them. The others wait, with nothing held of them.
/// </summary>
public sealed class ReportRoom : IDisposable
{
    /// <summary>So many in the name of one reporter, so that a stranger who knows one hinders no other.</summary>
    public const int OfReporterMax = 4;

    /// <summary>So many in all.</summary>
    public const int Max = 16;

    /// <summary>So many wait.</summary>
    public const int WaitingMax = 100;

    /// <summary>How long a body may take to come.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<Id<LeakReporter>> _places = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<Id<LeakReporter>, Id<LeakReporter>>(
            reporter => RateLimitPartition.GetConcurrencyLimiter(reporter, _ => Places(OfReporterMax))),
        PartitionedRateLimiter.Create<Id<LeakReporter>, int>(
            _ => RateLimitPartition.GetConcurrencyLimiter(0, _ => Places(Max))));

    /// <summary>Waits for a place; it is free again when it is disposed of.</summary>
    /// <returns>The place; null when too many wait already.</returns>
    public async Task<IDisposable?> EnterAsync(Id<LeakReporter> reporter, CancellationToken cancellationToken)
    {
        var place = await _places.AcquireAsync(reporter, permitCount: 1, cancellationToken);
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
