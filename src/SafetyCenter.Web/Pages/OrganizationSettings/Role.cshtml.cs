using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>One role: what it grants, who holds it, and what a change of it does before it is done.</summary>
public sealed class RoleModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>So many users are shown by name; the others are counted.</summary>
    public const int ShownMax = 20;

    /// <summary>The role's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<Role> Id { get; set; }

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

    /// <summary>The role.</summary>
    public Role Role { get; private set; } = null!;

    /// <summary>How many active people hold it.</summary>
    public int People { get; private set; }

    /// <summary>How many active service accounts hold it.</summary>
    public int ServiceAccounts { get; private set; }

    /// <summary>Some of those who hold it and are not disabled, by name.</summary>
    public IReadOnlyList<User> Holders { get; private set; } = [];

    /// <summary>Some of those who hold no other role.</summary>
    public IReadOnlyList<User> LeftWithout { get; private set; } = [];

    /// <summary>How many hold no other role.</summary>
    public int LeftWithoutCount { get; private set; }

    /// <summary>What saving what is ticked would do, when that was asked for.</summary>
    public RoleEffect? Preview { get; private set; }

    /// <summary>What deleting the role would do.</summary>
    public RoleEffect? Deletion { get; private set; }

    /// <summary>Whether who looks may change roles.</summary>
    public bool MayManage => Actor.May(Permission.UserAccessManage);

    /// <summary>Whether who looks may change this role.</summary>
    public bool MayEdit => MayManage && !Role.Managed;

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var found = await Db.Roles.AsNoTracking()
            .Where(role => role.Id == Id)
            .Select(role => new
            {
                Role = role,
                People = Db.People.ActivePeople().Count(user => user.Roles.Any(held => held.Id == role.Id)),
                ServiceAccounts = Db.People.Count(user => user.IsServiceAccount && user.DisabledAt == null
                    && user.Roles.Any(held => held.Id == role.Id)),
                LeftWithout = Db.People.Count(user => user.DisabledAt == null
                    && user.Roles.Any(held => held.Id == role.Id) && user.Roles.Count == 1),
            })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return NotFound();
        }

        (Role, People, ServiceAccounts, LeftWithoutCount) =
            (found.Role, found.People, found.ServiceAccounts, found.LeftWithout);
        if (!(Request.HasFormContentType && Request.Form.ContainsKey("name")))
        {
            (Name, Permissions, ReceivesFrom) = (Role.Name, [.. Role.Permissions], [.. Role.ReceivesPermissionsFrom]);
        }

        var holders = Db.People.AsNoTracking()
            .Where(user => user.DisabledAt == null && user.Roles.Any(role => role.Id == Id))
            .OrderBy(user => user.Name ?? user.Email).ThenBy(user => user.Id);
        Holders = await holders.Take(ShownMax).ToListAsync(cancellationToken);
        if (MayEdit)
        {
            LeftWithout = await holders.Where(user => user.Roles.Count == 1).Take(ShownMax).ToListAsync(cancellationToken);
            Deletion = await RoleEffect.OfAsync(Db, Id, Role.Permissions, [], cancellationToken);
        }

        return Page();
    }

    /// <summary>Shows other permissions; what is typed and ticked stays.</summary>
    public Task<IActionResult> OnPostSearchAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>Shows what saving would do.</summary>
    public async Task<IActionResult> OnPostPreviewAsync(CancellationToken cancellationToken)
    {
        Demand();
        var shown = await ShowAsync(cancellationToken);
        if (shown is PageResult)
        {
            Role.RefuseManaged();
            Preview = await RoleEffect.OfAsync(
                Db, Id, Role.Permissions, Role.PermissionsAfter(Permissions), cancellationToken);
        }

        return shown;
    }

    /// <summary>Renames the role, and lets it grant what is ticked and nothing else.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        Demand();
        var changed = await RoleEditing.ChangeAsync(
            Db,
            Actor,
            Id,
            role =>
            {
                role.Rename(Name, Now);
                role.SetPermissions(Permissions, Now);
                role.ReceivePermissionsFrom(ReceivesFrom, Now);
            },
            cancellationToken);
        return changed is null ? NotFound() : Done($"Saved “{changed.Role.Name}”. {changed.Effect.Message()}".TrimEnd());
    }

    /// <summary>Deletes the role.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostDeleteAsync(CancellationToken cancellationToken)
    {
        Demand();
        var deleted = await RoleEditing.DeleteAsync(Db, Actor, Id, cancellationToken);
        if (deleted is null)
        {
            return NotFound();
        }

        Message = deleted.Effect.IsFelt
            ? $"Deleted “{deleted.Role.Name}”. {deleted.Effect.Message()}"
            : $"Deleted “{deleted.Role.Name}”. Nobody who is active lost a permission by it.";
        return Redirect($"/o/{Actor.Organization.Slug}/organization-settings/roles");
    }

    // Who may only see roles opens the page, too.
    private void Demand()
    {
        if (!MayManage)
        {
            throw RefusedException.Forbidden($"To change roles you need the permission {Permission.UserAccessManage}.");
        }
    }
}
