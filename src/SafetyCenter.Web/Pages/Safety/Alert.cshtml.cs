using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>
/// One alert. Of a leaked key: what, where, since when, who uses it, and the action that ends it. Of a token of an app that was
/// used twice: who called with it, and what to do, for its access has ended.
/// </summary>
public sealed class AlertModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    private const int OccurrencesMax = 100;
    private const int CallersMax = 10;
    private const int CallerDays = 7;

    /// <summary>Somebody who used the key lately.</summary>
    public sealed record Caller(string Address, string Client, long Calls, DateTimeOffset FirstAt);

    /// <summary>The alert's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<Alert> Id { get; set; }

    /// <summary>The alert.</summary>
    public Alert Alert { get; private set; } = null!;

    /// <summary>Where it was seen, first places first.</summary>
    public IReadOnlyList<Occurrence> Occurrences { get; private set; } = [];

    /// <summary>Whether there are more places than are shown.</summary>
    public bool HasMoreOccurrences { get; private set; }

    /// <summary>Who used the key in the last week, or in the week before a replay was noticed, busiest first.</summary>
    public IReadOnlyList<Caller> Callers { get; private set; } = [];

    /// <summary>What to expect when it is revoked, in use or not.</summary>
    public BlastRadius BlastRadius { get; private set; } = null!;

    /// <summary>The last use we know of before we were told.</summary>
    public DateTimeOffset? UsedBefore { get; private set; }

    /// <summary>The last use after we were told.</summary>
    public DateTimeOffset? UsedAfter { get; private set; }

    /// <summary>Whose key it is.</summary>
    public string? Owner { get; private set; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; private set; }

    /// <summary>Who acknowledged the alert.</summary>
    public string? AcknowledgedBy { get; private set; }

    /// <summary>A free name to start from.</summary>
    public string ReplacementName =>
        $"{Alert.Credential.Name[..Math.Min(Alert.Credential.Name.Length, 230)]} {Now.UtcDateTime:yyyy-MM-dd}";

    /// <summary>
    /// Whether a caller was not there before the week of a replay, though the app was: whoever has the copy may be one of these.
    /// </summary>
    public bool IsNew(Caller caller)
    {
        var weekBefore = Alert.RaisedAt.AddDays(-CallerDays);
        return caller.FirstAt >= weekBefore && Alert.Credential.CreatedAt < weekBefore;
    }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var alert = await Db.Alerts.AsNoTracking().Include(alert => alert.Credential)
            .SingleOrDefaultAsync(alert => alert.Id == Id, cancellationToken);
        if (alert is null)
        {
            return NotFound();
        }

        Alert = alert;
        if (!alert.IsReplay)
        {
            await LoadOccurrencesAsync(cancellationToken);
        }

        await LoadUsageAsync(cancellationToken);
        await LoadNamesAsync(cancellationToken);
        return Page();
    }

    /// <summary>Revokes the key, which closes the alert.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(CancellationToken cancellationToken)
    {
        var found = await Db.Alerts.AsNoTracking()
            .Where(alert => alert.Id == Id)
            .Select(alert => new { alert.CredentialId })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return NotFound();
        }

        var outcome = await Revoking.RevokeAsync(
            Db, Actor, [found.CredentialId], RevocationReason.Leaked, Now, cancellationToken);
        return Done(outcome.Sentence);
    }

    /// <summary>Says that somebody is looking at it.</summary>
    public async Task<IActionResult> OnPostAcknowledgeAsync(CancellationToken cancellationToken)
    {
        var alert = await Db.Alerts.Include(alert => alert.Credential)
            .SingleOrDefaultAsync(alert => alert.Id == Id, cancellationToken);
        if (alert is null)
        {
            return NotFound();
        }

        alert.Acknowledge(Actor.UserId, Now);
        await Db.SaveChangesAsync(cancellationToken);
        return Done(alert.IsReplay
            ? "Acknowledged. The alert is closed."
            : "Acknowledged. The key is still active until it is revoked.");
    }

    /// <summary>Text from outside, with characters made visible that would disturb or deceive a reader.</summary>
    public string Visible(string text) => string.Concat(text.Select(c => CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
        ? $"\\u{(int)c:x4}"
        : c.ToString()));

    private async Task LoadOccurrencesAsync(CancellationToken cancellationToken)
    {
        var occurrences = await Db.Occurrences.AsNoTracking()
            .Where(occurrence => occurrence.AlertId == Id)
            .OrderBy(occurrence => occurrence.FirstSeenAt).ThenBy(occurrence => occurrence.Id)
            .Take(OccurrencesMax + 1)
            .ToListAsync(cancellationToken);
        HasMoreOccurrences = occurrences.Count > OccurrencesMax;
        Occurrences = occurrences[..Math.Min(occurrences.Count, OccurrencesMax)];
    }

    private async Task LoadUsageAsync(CancellationToken cancellationToken)
    {
        var raisedAt = Alert.RaisedAt;
        var since = DateOnly.FromDateTime((Alert.IsReplay ? raisedAt : Now).UtcDateTime.AddDays(-CallerDays));
        var usage = Db.Usage.AsNoTracking().Where(usage => usage.CredentialId == Alert.CredentialId);
        Callers = await usage
            .GroupBy(usage => new { usage.Address, usage.Client })
            .Select(caller => new
            {
                caller.Key.Address,
                caller.Key.Client,
                Calls = caller.Where(usage => usage.Day >= since).Sum(usage => usage.Calls),
                FirstAt = caller.Min(usage => usage.FirstAt),
            })
            .Where(caller => caller.Calls > 0)
            .OrderByDescending(caller => caller.Calls).ThenBy(caller => caller.Address).ThenBy(caller => caller.Client)
            .Take(CallersMax)
            .Select(caller => new Caller(caller.Address, caller.Client, caller.Calls, caller.FirstAt))
            .ToListAsync(cancellationToken);

        // A row that spans the report tells its first and its last call; the first is certainly before it.
        var days = await usage
            .GroupBy(usage => usage.Day)
            .Select(day => new
            {
                Day = day.Key,
                Calls = day.Sum(usage => usage.Calls),
                Before = day.Max(usage => usage.FirstAt >= raisedAt ? (DateTimeOffset?)null
                    : usage.LastAt < raisedAt ? usage.LastAt : usage.FirstAt),
            })
            .OrderBy(day => day.Day)
            .ToListAsync(cancellationToken);
        UsedBefore = days.Max(day => day.Before);
        var window = DateOnly.FromDateTime(Now.UtcDateTime).AddDays(1 - BlastRadius.WindowDays);
        BlastRadius = BlastRadius.Of(
            [.. days.Where(day => day.Day >= window).Select(day => new DayOfUse(day.Day, day.Calls))],
            Alert.Credential.LastUsedAt,
            Alert.Credential.TrackedSince,
            Now);
        UsedAfter = Alert.Credential.LastUsedAt >= raisedAt ? Alert.Credential.LastUsedAt : null;
    }

    private async Task LoadNamesAsync(CancellationToken cancellationToken)
    {
        var owner = (Alert.Credential as OwnedCredential)?.OwnerId ?? Alert.Credential.CreatedBy;
        Id<User>?[] ids = [owner, Alert.Credential.RevokedBy, Alert.AcknowledgedBy];
        var wanted = ids.OfType<Id<User>>().ToArray();
        var names = await Db.People.AsNoTracking()
            .Where(user => wanted.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, user => user.DisplayName, cancellationToken);
        string? Name(Id<User>? id) => id is { } known ? names.GetValueOrDefault(known) : null;
        (Owner, RevokedBy, AcknowledgedBy) = (Name(ids[0]), Name(ids[1]), Name(ids[2]));
    }
}
