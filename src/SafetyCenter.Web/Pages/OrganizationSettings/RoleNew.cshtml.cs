using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Makes a role, from nothing or from what another one grants.</summary>
public sealed class RoleNewModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>The role that is cloned; the empty id for none.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<Role> From { get; set; }

    /// <summary>What the shown permissions hold in their names.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    /// <summary>The name.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>The ticked permissions.</summary>
    [BindProperty]
    public List<string> Permissions { get; set; } = [];

    /// <summary>The managed roles whose later permissions it gets.</summary>
    [BindProperty]
    public List<string> ReceivesFrom { get; set; } = [];

    /// <summary>Whether it grants the restricted permissions, too.</summary>
    [BindProperty]
    public bool AddRestricted { get; set; }

    /// <summary>The role that is cloned, when one is.</summary>
    public Role? Original { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (From != default)
        {
            Original = await Db.Roles.AsNoTracking().SingleOrDefaultAsync(role => role.Id == From, cancellationToken);
            if (Original is null)
            {
                return NotFound();
            }
        }

        if (HttpMethods.IsGet(Request.Method))
        {
            Name = Original is null ? null : $"Copy of {Original.Name}";
            Permissions = [.. Original?.Permissions.Where(PermissionCatalogue.IsGrantable) ?? []];
            AddRestricted = Original is null;
        }

        return Page();
    }

    /// <summary>Shows other permissions; what is typed and ticked stays.</summary>
    public Task<IActionResult> OnPostSearchAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>Makes the role.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var role = await RoleEditing.CreateAsync(
            Db,
            Actor,
            organization => Role.Custom(organization.Id, Name, Permissions, AddRestricted, ReceivesFrom, Now),
            cancellationToken);
        Message = $"Created the role “{role.Name}”. Nobody holds it yet: give it to people on their pages.";
        return Redirect($"/o/{Actor.Organization.Slug}/organization-settings/roles/{role.Id}");
    }
}
