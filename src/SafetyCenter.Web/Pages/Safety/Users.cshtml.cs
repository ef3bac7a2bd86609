using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>Invites nobody accepted, and who is an admin.</summary>
public sealed partial class UsersModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>When the rules were last evaluated.</summary>
    public DateTimeOffset? LastChecked { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        await LoadInvitesAsync(cancellationToken);
        await ShowAdminsAsync(cancellationToken);
        return Page();
    }
}
