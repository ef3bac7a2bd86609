using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// One app: what it is, for whom it acts, what it may do and does, what breaks without it, and what can be done about it.
/// </summary>
public sealed partial class OAuthAppModel(SafetyCenterDb db, Actor actor, TimeProvider time)
    : OAuthAppPage(db, actor, time)
{
    /// <summary>What can be said of one scope.</summary>
    /// <param name="Name">The scope.</param>
    /// <param name="Holders">How many users let the app do it.</param>
    /// <param name="Use">When it was last made use of; null when that was not seen.</param>
    /// <param name="IsAllowed">Whether the organization lets the app have it.</param>
    public sealed record ScopeRow(string Name, int Holders, ScopeUsed? Use, bool IsAllowed);

    /// <summary>Where the list of grants begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>Its grants and secrets.</summary>
    public AppGrants Grants { get; private set; } = null!;

    /// <summary>Calls per day.</summary>
    public UsageChart Chart { get; private set; } = null!;

    /// <summary>Where it stands.</summary>
    public AppState State => AppState.Of(App, Report.Idle);

    /// <summary>What it may ask for, or somebody lets it do.</summary>
    public IReadOnlyList<ScopeRow> ScopeRows =>
    [
        .. App.Client.Scopes.Union(Grants.Held.Keys).Order(StringComparer.Ordinal).Select(scope => new ScopeRow(
            scope,
            Grants.Held.GetValueOrDefault(scope),
            Usage.Scopes.FirstOrDefault(use => use.Scope == scope && use.LastAt > Now.AddDays(-BlastRadius.WindowDays)),
            App.Scopes.Contains(scope))),
    ];

    /// <summary>What users let it do and it was not seen doing.</summary>
    public IReadOnlyList<ScopeRow> Unused => [.. ScopeRows.Where(row => row is { Holders: > 0, Use: null })];

    /// <summary>Until when its disabling can be undone, while it can.</summary>
    public DateTimeOffset? UndoableUntil =>
        App.UndoableUntil(Actor.Organization.UndoWindow) is { } until && Now < until ? until : null;

    /// <summary>Whether who looks may end a grant: an admin each, and everybody their own.</summary>
    public bool MayEnd(AppGrant row) => new CredentialRights(Actor, row.Grant, row.User).May(CredentialAct.Revoke);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!await FindAsync(cancellationToken))
        {
            return NotFound();
        }

        Grants = await AppGrants.LoadAsync(Db, Id, After, cancellationToken);
        Chart = UsageChart.Of(
            "usage", BlastRadius.WindowDays, Report.TrackedSince ?? App.CreatedAt, Now, (App.Name, Usage.Days));
        return Page();
    }
}
