using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Credentials;

/// <summary>Somebody who calls with a credential.</summary>
/// <param name="Address">The address.</param>
/// <param name="Client">The User-Agent.</param>
/// <param name="Service">The service it says it is; empty when it says none.</param>
/// <param name="Calls">Calls in the window.</param>
/// <param name="FirstAt">The first of them.</param>
/// <param name="LastAt">The last of them.</param>
public sealed record UsageCaller(
    string Address, string Client, string Service, long Calls, DateTimeOffset FirstAt, DateTimeOffset LastAt);

/// <summary>A permission that was made use of at our own API.</summary>
/// <param name="Scope">The permission.</param>
/// <param name="Calls">How many calls needed it.</param>
/// <param name="FirstAt">The first of them.</param>
/// <param name="LastAt">The last of them.</param>
public sealed record ScopeUsed(string Scope, long Calls, DateTimeOffset FirstAt, DateTimeOffset LastAt);

/// <summary>
/// Who uses a credential, or several that would end together, how much, and for what; with the verdict on ending it.
/// </summary>
/// <param name="Days">The last <see cref="BlastRadius.WindowDays"/> days that had calls, in order.</param>
/// <param name="Callers">The busiest callers of those days, busiest first.</param>
/// <param name="CallerCount">How many callers there were in all.</param>
/// <param name="Scopes">The permissions it made use of at our own API, most recent first.</param>
/// <param name="BlastRadius">What to expect when it ends.</param>
public sealed record UsageReport(
    IReadOnlyList<DayOfUse> Days,
    IReadOnlyList<UsageCaller> Callers,
    int CallerCount,
    IReadOnlyList<ScopeUsed> Scopes,
    BlastRadius BlastRadius)
{
    /// <summary>How many callers are listed.</summary>
    public const int CallersMax = 20;

    /// <summary>Loads that of one credential, in three statements.</summary>
    public static Task<UsageReport> LoadAsync(
        SafetyCenterDb db, Credential credential, DateTimeOffset now, CancellationToken cancellationToken) => LoadAsync(
        db.Usage.Where(use => use.CredentialId == credential.Id),
        db.ScopeUses.Where(use => use.CredentialId == credential.Id),
        credential.LastUsedAt,
        credential.TrackedSince,
        now,
        cancellationToken);

    /// <summary>Loads what several credentials add up to, in three statements.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="credentials">Which.</param>
    /// <param name="lastUsedAt">The last use of any of them; null for never.</param>
    /// <param name="trackedSince">Since when the uses of the oldest are seen.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<UsageReport> LoadAsync(
        SafetyCenterDb db,
        IQueryable<Credential> credentials,
        DateTimeOffset? lastUsedAt,
        DateTimeOffset trackedSince,
        DateTimeOffset now,
        CancellationToken cancellationToken) => LoadAsync(
        db.Usage.Where(use => credentials.Any(credential => credential.Id == use.CredentialId)),
        db.ScopeUses.Where(use => credentials.Any(credential => credential.Id == use.CredentialId)),
        lastUsedAt,
        trackedSince,
        now,
        cancellationToken);

    private static async Task<UsageReport> LoadAsync(
        IQueryable<Usage> uses,
        IQueryable<ScopeUse> scopeUses,
        DateTimeOffset? lastUsedAt,
        DateTimeOffset trackedSince,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var since = today.AddDays(1 - BlastRadius.WindowDays);
        var rhythmSince = today.AddDays(1 - BlastRadius.RhythmDays);
        var days = await uses.Where(use => use.Day >= rhythmSince)
            .GroupBy(use => use.Day)
            .Select(day => new { Day = day.Key, Calls = day.Sum(use => use.Calls) })
            .OrderBy(day => day.Day)
            .ToListAsync(cancellationToken);
        var byCaller = uses.Where(use => use.Day >= since).GroupBy(use => new { use.Address, use.Client, use.Service });
        var callers = await byCaller
            .Select(caller => new
            {
                caller.Key.Address,
                caller.Key.Client,
                caller.Key.Service,
                Calls = caller.Sum(use => use.Calls),
                FirstAt = caller.Min(use => use.FirstAt),
                LastAt = caller.Max(use => use.LastAt),
                InAll = byCaller.Count(),
            })
            .OrderByDescending(caller => caller.Calls).ThenBy(caller => caller.Address).ThenBy(caller => caller.Client)
            .Take(CallersMax)
            .ToListAsync(cancellationToken);
        var scopes = await scopeUses
            .GroupBy(use => use.Scope)
            .Select(scope => new
            {
                Scope = scope.Key,
                Calls = scope.Sum(use => use.Calls),
                FirstAt = scope.Min(use => use.FirstAt),
                LastAt = scope.Max(use => use.LastAt),
            })
            .OrderByDescending(use => use.LastAt)
            .ToListAsync(cancellationToken);
        var daysOfUse = days.Select(day => new DayOfUse(day.Day, day.Calls)).ToList();
        return new UsageReport(
            [.. daysOfUse.Where(day => day.Day >= since)],
            [.. callers.Select(caller => new UsageCaller(
                caller.Address, caller.Client, caller.Service, caller.Calls, caller.FirstAt, caller.LastAt))],
            callers.Count == 0 ? 0 : callers[0].InAll,
            [.. scopes.Select(use => new ScopeUsed(use.Scope, use.Calls, use.FirstAt, use.LastAt))],
            BlastRadius.Of(daysOfUse, lastUsedAt, trackedSince, now));
    }
}
