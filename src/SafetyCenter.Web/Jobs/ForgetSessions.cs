using Microsoft.EntityFrameworkCore;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Jobs;

/// <summary>Forgets sessions that have been over for a month. That somebody signed in stands in the audit trail.</summary>
public sealed class ForgetSessions(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    /// <summary>How long a session is remembered after its last use.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        // Longer than any session may last, so that none of these lets anybody in.
        var before = time.GetUtcNow() - Remembered;
        var forgotten = await db.Sessions.Where(session => session.LastSeenAt < before).ExecuteDeleteAsync(cancellationToken);
        return new { Job = "forget-sessions", Forgotten = forgotten };
    }
}
