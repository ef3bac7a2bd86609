using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Startup;

/// <summary>Ready means: the database answers, and it has the tables this version needs.</summary>
public sealed class DatabaseHealth(SafetyCenterDb db) : IHealthCheck
{
    /// <summary>A database that takes longer to answer is as good as away; who asks may not wait longer either.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var pending = await db.Database.GetPendingMigrationsAsync(cancellationToken);
            return pending.Any() ? HealthCheckResult.Unhealthy("not migrated") : HealthCheckResult.Healthy();
        }
        catch (Exception unreachable) when (DatabaseAway.Explains(unreachable))
        {
            return HealthCheckResult.Unhealthy("unreachable", unreachable);
        }
    }
}
