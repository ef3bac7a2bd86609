using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Forgets codes and tokens a day after their time. Until then a second use of them is recognized; afterwards they are as
/// unknown as any junk.
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
        var tokens = await ForgetAsync(
            db.OAuthTokens.IgnoreQueryFilters(filter).Where(token => token.ExpiresAt < expired)
                .OrderBy(token => token.ExpiresAt),
            cancellationToken);
        var codes = await ForgetAsync(
            db.OAuthCodes.IgnoreQueryFilters(filter).Where(code => code.IssuedAt < issued).OrderBy(code => code.IssuedAt),
            cancellationToken);
        return new { Job = "forget-oauth-tokens", Tokens = tokens, Codes = codes };
    }

    private static async Task<int> ForgetAsync<T>(IQueryable<T> rows, CancellationToken cancellationToken)
    {
        var (all, batch) = (0, Batch);
        while (batch == Batch)
        {
            batch = await rows.Take(Batch).ExecuteDeleteAsync(cancellationToken);
            all += batch;
        }

        return all;
    }
}
