using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>What lets others in and is not used: apps to disable, keys to revoke.</summary>
public sealed class AccessSharingModel(SafetyCenterDb db, Actor actor, TimeProvider time)
    : OrganizationPage(db, actor, time)
{
    /// <summary>An inactive app and what it may do.</summary>
    public sealed record AppRow(OAuthApp App, DateTimeOffset? LastUsedAt, IReadOnlyList<string> Scopes, bool Writes, int Users);

    /// <summary>Where the list of apps begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterApps { get; set; }

    /// <summary>Where the list of keys begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterKeys { get; set; }

    /// <summary>The inactive apps, longest first.</summary>
    public IReadOnlyList<AppRow> Apps { get; private set; } = [];

    /// <summary>The unused keys, longest first.</summary>
    public IReadOnlyList<ApiKey> Keys { get; private set; } = [];

    /// <summary>Where the next page of apps begins.</summary>
    public Cursor? NextApps { get; private set; }

    /// <summary>Where the next page of keys begins.</summary>
    public Cursor? NextKeys { get; private set; }

    /// <summary>When the rules were last evaluated.</summary>
    public DateTimeOffset? LastChecked { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        (var apps, NextApps) = await FindingPages.LoadAsync(
            Db, FindingRule.InactiveOAuthApp, AfterApps,
            Db.OAuthApps.AsNoTracking().Include(app => app.Grants.Where(grant => grant.RevokedAt == null)),
            app => app.Id, cancellationToken);
        Apps =
        [
            .. apps.Select(app => new AppRow(
                app,
                app.Grants.Max(grant => grant.LastUsedAt),
                [.. app.Grants.SelectMany(grant => grant.Scopes).Distinct().Order(StringComparer.Ordinal)],
                app.Grants.Any(grant => grant.Writes),
                app.Grants.Select(grant => grant.OwnerId).Distinct().Count())),
        ];
        (Keys, NextKeys) = await FindingPages.LoadAsync(
            Db, FindingRule.UnusedApiKey, AfterKeys, Db.ApiKeys.AsNoTracking(), key => key.Id, cancellationToken);
        LastChecked = (await FindingsScan.LastAsync(Db, Actor.OrganizationId, cancellationToken))?.StartedAt;
        return Page();
    }

    /// <summary>Disables an app.</summary>
    public async Task<IActionResult> OnPostDisableAsync(Id<OAuthApp> app, CancellationToken cancellationToken)
    {
        if (!await Db.OAuthApps.AnyAsync(known => known.Id == app, cancellationToken))
        {
            return NotFound();
        }

        var outcome = await AppStanding.DisableAsync(Db, Actor, [app], Now, cancellationToken);
        return Done(outcome.Sentence);
    }

    /// <summary>Revokes keys, one or many.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(
        [FromForm] List<Id<Credential>> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            throw RefusedException.Invalid("Choose at least one key.", "keys");
        }

        var known = await Db.ApiKeys.Where(key => keys.Contains(key.Id)).CountAsync(cancellationToken);
        if (known < keys.Distinct().Count())
        {
            return NotFound();
        }

        var outcome = await Revoking.RevokeAsync(Db, Actor, keys, RevocationReason.Unused, Now, cancellationToken);
        return Done(outcome.Sentence);
    }
}
