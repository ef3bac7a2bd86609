using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Pages.Shared;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

// What can be done on the page of an app. Each action asks again whether it may be done.
public sealed partial class OAuthAppModel
{
    /// <summary>To what it is to be restricted, as ticked.</summary>
    [BindProperty]
    public List<string?> Scopes { get; set; } = [];

    /// <summary>How many users' grants would end, as the form said; null when it did not say.</summary>
    [BindProperty]
    public int? Ending { get; set; }

    /// <summary>Lets it be used for the first time.</summary>
    public Task<IActionResult> OnPostApproveAsync(CancellationToken cancellationToken) => ChangeAsync(
        app => app.Approve(Actor.UserId, Now),
        app => $"Approved “{app.Name}”. Its people can authorize it now.",
        cancellationToken);

    /// <summary>Lets it be used again.</summary>
    public Task<IActionResult> OnPostEnableAsync(CancellationToken cancellationToken) => ChangeAsync(
        app => app.Enable(),
        app => $"Enabled “{app.Name}”. It can act again for whoever authorizes it anew.",
        cancellationToken);

    /// <summary>Takes its disabling back, and with it the end of its grants.</summary>
    public async Task<IActionResult> OnPostUndoAsync(CancellationToken cancellationToken)
    {
        Demand(Actor);
        return await AppStanding.UndoAsync(Db, Actor, Id, Now, cancellationToken) is { } app
            ? Back($"Enabled “{app.Name}” again. What it could do before, it can do now; nobody has to authorize it anew.")
            : NotFound();
    }

    /// <summary>
    /// Restricts its scopes. When that ends the grants of somebody, it is asked once more, with how many these are.
    /// </summary>
    public async Task<IActionResult> OnPostRestrictAsync(CancellationToken cancellationToken)
    {
        Demand(Actor);
        var kept = OAuthScopes.Clean(Scopes.OfType<string>());
        var ending = await AppGrants.HoldingMoreAsync(Db, Id, kept, cancellationToken);
        if (ending > 0 && ending != Ending)
        {
            ModelState.Clear();
            Ending = ending;
            return await ShowAsync(cancellationToken);
        }

        return await ChangeAsync(
            app => app.Restrict(kept),
            app => $"Restricted “{app.Name}” to {kept.Length} of its scopes."
                + (ending > 0 ? $" {ending.Of("grant")} that held more ended." : ""),
            cancellationToken);
    }

    /// <summary>Lifts the restriction.</summary>
    public Task<IActionResult> OnPostLiftAsync(CancellationToken cancellationToken) => ChangeAsync(
        app => app.Restrict(null),
        app => $"“{app.Name}” is not restricted any more. Grants that ended need new consent.",
        cancellationToken);

    /// <summary>Ends what one user lets it do, and nothing else.</summary>
    public async Task<IActionResult> OnPostRevokeAsync(Id<Credential> grant, CancellationToken cancellationToken)
    {
        if (await CredentialRights.FindAsync(Db, Actor, grant, cancellationToken) is not { Credential: OAuthGrant found } rights
            || found.AppId != Id)
        {
            return NotFound();
        }

        rights.Demand(CredentialAct.Revoke);
        var outcome = await Revoking.RevokeAsync(Db, Actor, [grant], RevocationReason.ByHand, Now, cancellationToken);
        return Back(outcome.Revoked.Count == 0
            ? outcome.Sentence
            : $"“{found.Name}” cannot act for {rights.Owner!.DisplayName} any more. "
                + UndoWords.Before(Actor.Organization, hasLeaked: false, Now));
    }

    private async Task<IActionResult> ChangeAsync(
        Action<OAuthApp> change, Func<OAuthApp, string> said, CancellationToken cancellationToken)
    {
        Demand(Actor);
        return await AppStanding.ChangeAsync(Db, Actor, Id, change, cancellationToken) is { } app
            ? Back(said(app))
            : NotFound();
    }
}
