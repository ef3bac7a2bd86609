using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// Programs that register themselves (RFC 7591). Anybody can, so there is an end to how many are kept that no organization
/// has let in, however many of us there are; those are forgotten after a day.
/// </summary>
public static class DynamicRegistration
{
    /// <summary>How many that no organization has let in are kept at a time.</summary>
    public const int WaitingMax = 2_000;

    /// <summary>For how long one is kept that no organization lets in.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    // Two that count at the same time would both find room for the last one.
    private const long Lock = 0x5CAF_7591;

    /// <summary>Keeps a program that registers itself.</summary>
    /// <returns>Whether there was room for it.</returns>
    public static async Task<bool> KeepAsync(SafetyCenterDb db, OAuthClient client, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
        if (await Waiting(db).Take(WaitingMax).CountAsync(cancellationToken) >= WaitingMax)
        {
            return false;
        }

        db.Add(client);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Forgets those that no organization has let in, some at a time.</summary>
    /// <returns>How many.</returns>
    public static async Task<int> ForgetAsync(SafetyCenterDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const int batch = 500;
        var (before, forgotten) = (now - Patience, 0);
        while (true)
        {
            // Who lets one in meanwhile holds its row; that one is passed over, or no longer waits when it is looked at again.
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var held = await db.Database.SqlQuery<Guid>(
                $"""
                SELECT id AS "Value" FROM oauth_clients
                WHERE organization_id IS NULL AND created_at < {before}
                  AND NOT EXISTS (SELECT 1 FROM oauth_apps WHERE client_id = oauth_clients.id)
                ORDER BY created_at LIMIT {batch} FOR UPDATE SKIP LOCKED
                """).ToListAsync(cancellationToken);
            var ids = held.Select(id => new Id<OAuthClient>(id)).ToArray();
            forgotten += await Waiting(db).Where(client => ids.Contains(client.Id)).ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (ids.Length < batch)
            {
                return forgotten;
            }
        }
    }

    private static IQueryable<OAuthClient> Waiting(SafetyCenterDb db) => db.OAuthClients
        .IgnoreQueryFilters([CurrentOrganization.Filter])
        .Where(client => client.OrganizationId == null && !db.OAuthApps.Any(app => app.ClientId == client.Id));
}
