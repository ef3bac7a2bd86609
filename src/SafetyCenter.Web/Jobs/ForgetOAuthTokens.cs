using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Forgets codes and tokens a day after their time. Until then a second use of them is recognized; afterwards they are as
/// unknown as any junk, but that a late report of a leaked token is still answered as ours: its hash is kept.
/// </summary>
public sealed class ForgetOAuthTokens(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    /// <summary>How many rows go at a time, so that nobody waits long for a lock.</summary>
    public const int Batch = 1_000;

    /// <summary>How long tokens are remembered after their end.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (expired, issued) = (now - Remembered, now - OAuthCode.KeptFor);
        string[] filter = [CurrentOrganization.Filter];
        var tokens = await InBatchesAsync(() => db.Database.ExecuteSqlAsync(
            $"""
            WITH gone AS (
                DELETE FROM oauth_tokens WHERE id IN (
                    SELECT id FROM oauth_tokens WHERE expires_at < {expired} ORDER BY expires_at LIMIT {Batch})
                RETURNING hash, grant_id, organization_id)
            INSERT INTO retired_tokens (hash, grant_id, organization_id) SELECT hash, grant_id, organization_id FROM gone
            """,
            cancellationToken));
        var codes = await InBatchesAsync(() => db.OAuthCodes.IgnoreQueryFilters(filter)
            .Where(code => code.IssuedAt < issued).OrderBy(code => code.IssuedAt)
            .Take(Batch).ExecuteDeleteAsync(cancellationToken));
        return new { Job = "forget-oauth-tokens", Tokens = tokens, Codes = codes };
    }

    private static async Task<int> InBatchesAsync(Func<Task<int>> forgetAsync)
    {
        var (all, batch) = (0, Batch);
        while (batch == Batch)
        {
            batch = await forgetAsync();
            all += batch;
        }

        return all;
    }
}
