using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Credentials;

/// <summary>Who calls with a key, in short, for pages that show many; one alone has a <see cref="UsageReport"/>.</summary>
/// <param name="Key">The key or token.</param>
/// <param name="Calls">Calls in the last <see cref="BlastRadius.RecentDays"/> days, today included.</param>
/// <param name="CallerCount">How many callers they came from.</param>
/// <param name="Callers">The busiest of them, busiest first.</param>
public sealed record KeyUse(OwnedCredential Key, long Calls, int CallerCount, IReadOnlyList<UsageCaller> Callers)
{
    /// <summary>How many callers are named.</summary>
    public const int CallersMax = 3;

    /// <summary>Loads those used last first, in one statement.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="keys">Which keys and tokens.</param>
    /// <param name="atMost">How many of them.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those, and how many there are in all.</returns>
    public static async Task<(IReadOnlyList<KeyUse> Keys, int InAll)> LoadAsync(
        SafetyCenterDb db,
        IQueryable<OwnedCredential> keys,
        int atMost,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var since = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - BlastRadius.RecentDays);
        var usage = db.Usage.Where(use => use.Day >= since);
        var rows = await keys.AsNoTracking()
            .OrderByDescending(key => key.LastUsedAt ?? key.CreatedAt).ThenByDescending(key => key.Id)
            .Take(atMost)
            .Select(key => new
            {
                Key = key,
                InAll = keys.Count(),
                Calls = usage.Where(use => use.CredentialId == key.Id).Sum(use => use.Calls),
                CallerCount = usage.Where(use => use.CredentialId == key.Id)
                    .Select(use => new { use.Address, use.Client, use.Service })
                    .Distinct()
                    .Count(),
                Callers = usage.Where(use => use.CredentialId == key.Id)
                    .GroupBy(use => new { use.Address, use.Client, use.Service })
                    .Select(caller => new
                    {
                        caller.Key.Address,
                        caller.Key.Client,
                        caller.Key.Service,
                        Calls = caller.Sum(use => use.Calls),
                        FirstAt = caller.Min(use => use.FirstAt),
                        LastAt = caller.Max(use => use.LastAt),
                    })
                    .OrderByDescending(caller => caller.Calls).ThenBy(caller => caller.Address).ThenBy(caller => caller.Client)
                    .Take(CallersMax)
                    .ToList(),
            })
            .ToListAsync(cancellationToken);
        return (
            [
                .. rows.Select(row => new KeyUse(
                    row.Key,
                    row.Calls,
                    row.CallerCount,
                    [
                        .. row.Callers.Select(caller => new UsageCaller(
                            caller.Address, caller.Client, caller.Service, caller.Calls, caller.FirstAt, caller.LastAt)),
                    ])),
            ],
            rows.Count == 0 ? 0 : rows[0].InAll);
    }
}
