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
    /// <summary>A row of the list of apps: one, or the registrations of a program that registered itself often.</summary>
    /// <param name="Program">What these have in common; null for one app.</param>
    /// <param name="Apps">The inactive ones, longest first.</param>
    public sealed record AppRow(string? Program, IReadOnlyList<Found<InactiveApp>> Apps);

    /// <summary>Where the list of apps begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterApps { get; set; }

    /// <summary>Where the list of keys begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? AfterKeys { get; set; }

    /// <summary>The inactive apps, longest first, registrations of the same program together.</summary>
    public IReadOnlyList<AppRow> Apps { get; private set; } = [];

    /// <summary>The unused keys, longest first.</summary>
    public IReadOnlyList<ApiKey> Keys { get; private set; } = [];

    /// <summary>Where the next page of apps begins.</summary>
    public Cursor? NextApps { get; private set; }

    /// <summary>Where the next page of keys begins.</summary>
    public Cursor? NextKeys { get; private set; }

    /// <summary>When the rules were last evaluated.</summary>
    public DateTimeOffset? LastChecked { get; private set; }

    /// <summary>The page about an app.</summary>
    public string PageOf(OAuthApp app) => $"/o/{Actor.Organization.Slug}/organization-settings/oauth-apps/{app.Id}";

    /// <summary>What an app may do, in words.</summary>
    public static string AccessOf(InactiveApp app) => app.Scopes switch
    {
        [] => "None by users: it holds a secret",
        { Count: <= 4 } few => $"{(app.Writes ? "Can write" : "Reads")}: {string.Join(", ", few)}",
        var many => $"{(app.Writes ? "Can write" : "Reads")}: {string.Join(", ", many.Take(3))} and {many.Count - 3} more",
    };

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        (var apps, NextApps) = await FindingPages.FindAsync(
            Db, FindingRule.InactiveOAuthApp, AfterApps, InactiveApp.Of(Db), row => row.App.Id, cancellationToken);
        Apps =
        [
            .. apps.GroupBy(found => found.Subject.App is { Client: { IsDynamic: true } client }
                    ? client.Fingerprint
                    : found.Subject.App.Id.ToString())
                .Select(row => new AppRow(row.Skip(1).Any() ? row.Key : null, [.. row])),
        ];
        (Keys, NextKeys) = await FindingPages.LoadAsync(
            Db, FindingRule.UnusedApiKey, AfterKeys, Db.ApiKeys.AsNoTracking(), key => key.Id, cancellationToken);
        LastChecked = (await FindingsScan.LastAsync(Db, Actor.OrganizationId, cancellationToken))?.StartedAt;
        return Page();
    }

    /// <summary>Disables an app, or the inactive registrations of a program, or what was chosen of both.</summary>
    public async Task<IActionResult> OnPostDisableAsync(
        Id<OAuthApp>? app,
        string? program,
        [FromForm] List<Id<OAuthApp>> apps,
        [FromForm] List<string> programs,
        CancellationToken cancellationToken)
    {
        var chosen = (app is { } one ? apps.Append(one) : apps).ToHashSet();
        var chosenPrograms = (program is null ? programs : programs.Append(program)).ToHashSet();
        if (chosen.Count == 0 && chosenPrograms.Count == 0)
        {
            throw RefusedException.Invalid("Choose at least one app.", "apps");
        }

        if (await Db.OAuthApps.CountAsync(known => chosen.Contains(known.Id), cancellationToken) < chosen.Count)
        {
            return NotFound();
        }

        foreach (var which in chosenPrograms)
        {
            if (await InactiveApp.OfProgramAsync(Db, which, cancellationToken) is not { } inactive)
            {
                return NotFound();
            }

            chosen.UnionWith(inactive);
        }

        var outcome = await AppStanding.DisableAsync(Db, Actor, chosen, Now, cancellationToken);
        return Done(chosen.Count == 0 ? "None of them is inactive any more." : outcome.Sentence);
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
