using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Forgets reports that raised nothing, once a replay of them no longer matters, and the hashes of what looked like ours and was
/// not.
/// </summary>
public sealed class ForgetReports(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - LeakReport.Remembered;
        var forgotten = await db.LeakReports
            .Where(report => report.ReceivedAt < before)
            .Where(report => !db.Alerts.IgnoreQueryFilters(new[] { CurrentOrganization.Filter })
                .Any(alert => alert.RaisedByReportId == report.Id))
            .ExecuteDeleteAsync(cancellationToken);
        var unmatched = time.GetUtcNow() - UnmatchedSecret.Remembered;
        var strangers = await db.UnmatchedSecrets.Where(secret => secret.LastSeenAt < unmatched)
            .ExecuteDeleteAsync(cancellationToken);
        return new { Job = "forget-reports", Forgotten = forgotten, Unmatched = strangers };
    }
}
