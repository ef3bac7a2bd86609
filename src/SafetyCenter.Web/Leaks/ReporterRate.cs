using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// How often one reporter may report, so that a program which runs wild hinders nobody else. Only reports that were let in are
/// remembered; refused ones cost nothing.
/// </summary>
public sealed class ReporterRate(TimeProvider time)
{
    /// <summary>How many reports one reporter may send in a minute.</summary>
    public const int ReportsMax = 60;

    /// <summary>For how long a report counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<(Id<LeakReporter> Reporter, DateTimeOffset At)> _reports = [];
    private readonly Dictionary<Id<LeakReporter>, int> _counts = [];

    /// <summary>Takes one of the reports.</summary>
    /// <returns>How long to wait first; nothing when it was taken.</returns>
    public TimeSpan Take(Id<LeakReporter> reporter)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            while (_reports.TryPeek(out var oldest) && oldest.At + Window <= now)
            {
                _reports.Dequeue();
                if (--_counts[oldest.Reporter] == 0)
                {
                    _counts.Remove(oldest.Reporter);
                }
            }

            var count = _counts.GetValueOrDefault(reporter);
            if (count >= ReportsMax)
            {
                return _reports.First(report => report.Reporter == reporter).At + Window - now;
            }

            _counts[reporter] = count + 1;
            _reports.Enqueue((reporter, now));
            return TimeSpan.Zero;
        }
    }
}
