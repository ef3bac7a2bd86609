using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Findings;

/// <summary>Evaluates every rule, for all organizations or for one, and remembers that it did.</summary>
public sealed class FindingsScan(SafetyCenterDb db, TimeProvider time)
{
    // Any number will do, as long as nobody else locks it.
    private const long Lock = 0x5CAF_5CA4;

    /// <summary>Scans. Two scans at once wait for each other; the second then finds nothing to change.</summary>
    public async Task<ScanRun> RunAsync(Id<Organization>? organizationId, CancellationToken cancellationToken)
    {
        var scope = organizationId is { } id ? Extent.Of(id) : Extent.All;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);

        // Findings that a scan has just raised are not in the planner's statistics for a minute. It then takes their
        // table for empty and joins by nested loops: 14 s instead of 0.1 s for 10,000 findings that stand.
        await db.Database.ExecuteSqlAsync($"SET LOCAL enable_nestloop = off", cancellationToken);
        var now = time.GetUtcNow();
        var run = new ScanRun(organizationId, now);
        var total = default(Reconciled);
        foreach (var rule in FindingRule.All)
        {
            total += await Reconciliation.RunAsync(db, rule, scope, now, cancellationToken);
        }

        run.Finish(total.Raised, total.Cleared, time.GetUtcNow());
        db.Add(run);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return run;
    }

    /// <summary>The last scan that looked at the organization; null when there was none yet.</summary>
    public static Task<ScanRun?> LastAsync(
        SafetyCenterDb db, Id<Organization> organizationId, CancellationToken cancellationToken) => db.ScanRuns
        .AsNoTracking()
        .Where(run => run.OrganizationId == null || run.OrganizationId == organizationId)
        .OrderByDescending(run => run.StartedAt)
        .FirstOrDefaultAsync(cancellationToken);
}
