using System.Text;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Asks before an app is deleted for good, and shows first what that breaks.</summary>
public sealed class OAuthAppDeleteModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OAuthAppPage(db, actor, time)
{
    /// <summary>Whether its name must be typed: something uses it now.</summary>
    public bool MustType => Usage.BlastRadius.Risk == RevocationRisk.WillBreak;

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) ? Page() : NotFound();

    /// <summary>Deletes it, once its name was typed where that is asked for.</summary>
    public async Task<IActionResult> OnPostAsync(string? confirm, CancellationToken cancellationToken)
    {
        if (!await FindAsync(cancellationToken))
        {
            return NotFound();
        }

        if (MustType && confirm?.Trim().Normalize(NormalizationForm.FormC) != App.Name)
        {
            throw RefusedException.Invalid(
                $"Something uses this now. Type its name, {App.Name}, to delete it all the same.", "confirm");
        }

        if (await AppStanding.ChangeAsync(Db, Actor, Id, app => app.Delete(Now), cancellationToken) is not { } deleted)
        {
            return NotFound();
        }

        Message = $"Deleted “{deleted.Name}”. Its access has ended.";
        return Redirect($"{Root}/oauth-apps");
    }
}
