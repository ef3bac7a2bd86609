using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// Invites one person or a pasted list, and says what became of each line. A form as large as the server takes at all is
/// read, so that a list that is far too long is refused in words.
/// </summary>
[RequestFormLimits(ValueLengthLimit = FormLengthMax)]
public sealed class InviteModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    private const int FormLengthMax = 30_000_000;

    /// <summary>The list that was typed; afterwards what of it was refused, to be mended.</summary>
    [BindProperty]
    public string? Emails { get; set; }

    /// <summary>The roles that were ticked.</summary>
    [BindProperty]
    public List<Id<Role>>? Ticked { get; set; }

    /// <summary>All roles, each with the permissions for whose lack who looks cannot give it.</summary>
    public IReadOnlyList<(Role Role, IReadOnlyList<string> Lacking)> Roles { get; private set; } = [];

    /// <summary>What became of each line; null before the form was sent.</summary>
    public IReadOnlyList<InviteLine>? Lines { get; private set; }

    /// <summary>Whether a role is ticked: until somebody chooses, what most people hold.</summary>
    public bool IsTicked(Role role) =>
        Ticked is { Count: > 0 } ? Ticked.Contains(role.Id) : role is { Managed: true, Name: Role.StandardName };

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!Inviting.May(Actor, Actor.Organization))
        {
            // The page of this status says who the admins are.
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        var roles = await Db.Roles.AsNoTracking().OrderBy(role => role.CreatedAt).ThenBy(role => role.Name)
            .ToListAsync(cancellationToken);
        Roles =
        [
            .. roles.Select(role => (role, Granting.May(Actor, role)
                ? []
                : (IReadOnlyList<string>)[.. role.Permissions.Where(permission => !Actor.May(permission))])),
        ];
        return Page();
    }

    /// <summary>Invites them.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        Lines = await Inviting.InviteAsync(Db, Actor, Invitee.Split(Emails), Ticked ?? [], Now, cancellationToken);
        Emails = string.Join('\n', Lines.Where(line => line.Outcome == InviteOutcome.Refused).Select(line => line.Given));
        return await ShowAsync(cancellationToken);
    }
}
