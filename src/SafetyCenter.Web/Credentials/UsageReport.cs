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

/// <summary>Who uses a credential, how much, and for what; with the verdict on revoking it.</summary>
/// <param name="Days">The last <see cref="BlastRadius.WindowDays"/> days that had calls, in order.</param>
/// <param name="Callers">The busiest callers of those days, busiest first.</param>
/// <param name="CallerCount">How many callers there were in all.</param>
/// <param name="Scopes">The permissions it made use of at our own API, most recent first.</param>
/// <param name="BlastRadius">What to expect when it is revoked.</param>
public sealed record UsageReport(
    IReadOnlyList<DayOfUse> Days,
    IReadOnlyList<UsageCaller> Callers,
    int CallerCount,
    IReadOnlyList<ScopeUse> Scopes,
    BlastRadius BlastRadius)
{
    /// <summary>How many callers are listed.</summary>
    public const int CallersMax = 20;

    /// <summary>Loads it, in three statements.</summary>
    public static async Task<UsageReport> LoadAsync(
        SafetyCenterDb db, Credential credential, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - BlastRadius.WindowDays);
        var usage = db.Usage.AsNoTracking().Where(use => use.CredentialId == credential.Id && use.Day >= since);
        var rhythmSince = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - BlastRadius.RhythmDays);
        var days = await db.Usage.AsNoTracking()
            .Where(use => use.CredentialId == credential.Id && use.Day >= rhythmSince)
            .GroupBy(use => use.Day)
            .Select(day => new { Day = day.Key, Calls = day.Sum(use => use.Calls) })
            .OrderBy(day => day.Day)
            .ToListAsync(cancellationToken);
        var byCaller = usage.GroupBy(use => new { use.Address, use.Client, use.Service });
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
        var scopes = await db.ScopeUses.AsNoTracking()
            .Where(use => use.CredentialId == credential.Id)
            .OrderByDescending(use => use.LastAt)
            .ToListAsync(cancellationToken);
        var daysOfUse = days.Select(day => new DayOfUse(day.Day, day.Calls)).ToList();
        return new UsageReport(
            [.. daysOfUse.Where(day => day.Day >= since)],
            [.. callers.Select(caller => new UsageCaller(
                caller.Address, caller.Client, caller.Service, caller.Calls, caller.FirstAt, caller.LastAt))],
            callers.Count == 0 ? 0 : callers[0].InAll,
            scopes,
            BlastRadius.Of(daysOfUse, credential.LastUsedAt, credential.TrackedSince, now));
    }
}
