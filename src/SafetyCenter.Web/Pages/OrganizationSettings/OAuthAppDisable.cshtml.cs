using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Asks before an app is disabled, and shows first what that breaks and who must consent again.</summary>
public sealed class OAuthAppDisableModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OAuthAppPage(db, actor, time)
{
    /// <summary>Until when it could be undone, were it done now.</summary>
    public string UndoWords => Actor.Organization.UndoDays == 0
        ? "You cannot undo this: this organization does not let revocations be undone."
        : $"You can undo this until {Moment.Exact(Now + Actor.Organization.UndoWindow)}, which brings the same access back.";

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken) =>
        !await FindAsync(cancellationToken) ? NotFound()
        : App.DisabledAt is not null ? Redirect(Address)
        : Page();

    /// <summary>Disables it.</summary>
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var outcome = await AppStanding.DisableAsync(Db, Actor, [Id], Now, cancellationToken);
        return outcome.Names.Count > 0 ? Back($"{outcome.Sentence} {UndoWords}")
            : outcome.Before.Count > 0 ? Back(outcome.Sentence)
            : NotFound();
    }
}
