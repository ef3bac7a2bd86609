using System.Text;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Asks before a credential is revoked, and shows first what that breaks.</summary>
public sealed class CredentialRevokeModel(SafetyCenterDb db, Actor actor, TimeProvider time)
    : CredentialPage(db, actor, time)
{
    /// <summary>Who uses it.</summary>
    public UsageReport Report { get; private set; } = null!;

    /// <summary>Whether it was ever seen where it must not be.</summary>
    public bool HasLeaked { get; private set; }

    /// <summary>Whether its name must be typed: something uses it now.</summary>
    public bool MustType => Report.BlastRadius.Risk == RevocationRisk.WillBreak;

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!await FindAsync(cancellationToken))
        {
            return NotFound();
        }

        if (!Rights.May(CredentialAct.Revoke))
        {
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        Report = await UsageReport.LoadAsync(Db, Credential, Now, cancellationToken);
        HasLeaked = await Lifecycle.HasLeakedAsync(Db, Id, cancellationToken);
        return Credential.IsActive ? Page() : Redirect(Address);
    }

    /// <summary>Revokes it, once its name was typed where that is asked for.</summary>
    public async Task<IActionResult> OnPostAsync(string? confirm, CancellationToken cancellationToken)
    {
        if (await RefusedAsync(CredentialAct.Revoke, cancellationToken) is { } refused)
        {
            return refused;
        }

        Report = await UsageReport.LoadAsync(Db, Credential, Now, cancellationToken);
        if (Credential.IsActive && MustType && confirm?.Trim().Normalize(NormalizationForm.FormC) != Credential.Name)
        {
            throw RefusedException.Invalid(
                $"Something uses this now. Type its name, {Credential.Name}, to revoke it all the same.", "confirm");
        }

        HasLeaked = await Lifecycle.HasLeakedAsync(Db, Id, cancellationToken);
        var outcome = await Revoking.RevokeAsync(Db, Actor, [Id], RevocationReason.ByHand, Now, cancellationToken);
        return Back(outcome.Revoked.Count == 0
            ? outcome.Sentence
            : $"{outcome.Sentence} {UndoWords.Before(Actor.Organization, HasLeaked, Now)}");
    }
}
