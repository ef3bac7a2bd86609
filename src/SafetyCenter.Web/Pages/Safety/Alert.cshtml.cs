using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>
/// One alert, as the page of an incident. Of a leaked key: what, where, since when, who uses it, what was done, what is to be
/// done, and the actions. Of a token of an app that was used twice: who called with it, and what to do, for its access has ended.
/// </summary>
public sealed partial class AlertModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>A place where it was seen, and who named it first.</summary>
    public sealed record Place(Occurrence Occurrence, string? SourceName);

    /// <summary>Somebody who used the key lately.</summary>
    /// <param name="Address">From where.</param>
    /// <param name="Client">With what.</param>
    /// <param name="Lately">Calls in the last week, or in the week before a replay was noticed.</param>
    /// <param name="Since">Calls on the days since the report.</param>
    /// <param name="FirstAt">The first call ever.</param>
    /// <param name="LastAt">The last one.</param>
    public sealed record Caller(
        string Address, string Client, long Lately, long Since, DateTimeOffset FirstAt, DateTimeOffset LastAt);

    /// <summary>Somebody to whom an alert can be given.</summary>
    public sealed record Candidate(Id<User> Id, string Name);

    /// <summary>What the review has to look at: how many there are, and the search of the audit trail that lists them.</summary>
    public sealed record Review(string One, string Many, int Count, string Query);

    /// <summary>The alert's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<Alert> Id { get; set; }

    /// <summary>The alert.</summary>
    public Alert Alert { get; private set; } = null!;

    /// <summary>Where it was seen, first places first.</summary>
    public IReadOnlyList<Place> Places { get; private set; } = [];

    /// <summary>Whether there are more places than are shown.</summary>
    public bool HasMorePlaces { get; private set; }

    /// <summary>Who used the key, new ones first, then the busiest.</summary>
    public IReadOnlyList<Caller> Callers { get; private set; } = [];

    /// <summary>What to expect when it is revoked, in use or not.</summary>
    public BlastRadius BlastRadius { get; private set; } = null!;

    /// <summary>The last use we know of before we were told.</summary>
    public DateTimeOffset? UsedBefore { get; private set; }

    /// <summary>The last use after we were told.</summary>
    public DateTimeOffset? UsedAfter { get; private set; }

    /// <summary>What there is to review.</summary>
    public IReadOnlyList<Review> Reviews { get; private set; } = [];

    /// <summary>When things happened.</summary>
    public AlertClock Clock { get; private set; } = null!;

    /// <summary>What happened, newest first.</summary>
    public AlertHistory History { get; private set; } = null!;

    /// <summary>Admins to whom it can be given.</summary>
    public IReadOnlyList<Candidate> Admins { get; private set; } = [];

    /// <summary>Whose key it is.</summary>
    public string? Owner { get; private set; }

    /// <summary>Who or what ended it.</summary>
    public string EndedBy => Alert.Credential.EndedBy(NameOf(Alert.Credential.RevokedBy));

    /// <summary>Whether the credential opens anything, from its row and the clock.</summary>
    public string Validity => Alert.Credential.IsActive
        ? Alert.Credential.EndsAt <= Now ? Resolution.Expired.Words() : "active"
        : Resolutions.Of(Alert.Credential.RevokedBecause).Words();

    /// <summary>The first day of the exposure, in UTC, as the audit trail takes it.</summary>
    public string FirstDay => Alert.RaisedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A free name to start from.</summary>
    public string ReplacementName =>
        $"{Alert.Credential.Name[..Math.Min(Alert.Credential.Name.Length, 230)]} {Now.UtcDateTime:yyyy-MM-dd}";

    /// <summary>Where a replacement is made; null where nobody can make one here, or it is made already.</summary>
    public string? ReplacementAddress => (Alert.Credential, $"/o/{Actor.Organization.Slug}/organization-settings") switch
    {
        (ApiKey, var root) => $"{root}/api-keys?name={Uri.EscapeDataString(ReplacementName)}",
        ({ IsActive: true, ReplacedBy: null, Hash: not null } key, var root) => $"{root}/credentials/{key.Id}/rotate",
        _ => null,
    };

    /// <summary>
    /// Whether a caller was not there before: before the report, or before the week of a replay, though the app was. Whoever has
    /// the copy may be one of these.
    /// </summary>
    public bool IsNew(Caller caller) => caller.FirstAt >= KnownUntil
        && (!Alert.IsReplay || Alert.Credential.CreatedAt < KnownUntil);

    /// <summary>Whether a step needs nobody's tick, because what it asks for stands written elsewhere.</summary>
    public bool IsComputed(int step) => step == 1 || (step == 3 && Alert.Credential.ReplacedBy is not null);

    /// <summary>Whether a step is done.</summary>
    public bool IsDone(int step) => Alert.IsDone(step) || (step == 3 && IsComputed(step));

    /// <summary>What to call somebody; null for nobody.</summary>
    public string? NameOf(Id<User>? id) => id is { } known ? _names.GetValueOrDefault(known) : null;

    /// <summary>Text from outside, with characters made visible that would disturb or deceive a reader.</summary>
    public string Visible(string text) => string.Concat(text.Select(c => CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
        ? $"\\u{(int)c:x4}"
        : c.ToString()));

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } alert)
        {
            return NotFound();
        }

        Alert = alert.SeenAt is null ? await SeeAsync(cancellationToken) : alert;
        if (!Alert.IsReplay)
        {
            await LoadPlacesAsync(cancellationToken);
            await LoadReviewsAsync(cancellationToken);
        }

        await LoadUsageAsync(cancellationToken);
        await LoadNamesAsync(cancellationToken);
        await LoadHistoryAsync(cancellationToken);
        return Page();
    }
}
