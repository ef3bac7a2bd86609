using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>One user, and the roles they hold.</summary>
public sealed class UserModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>The user's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<User> Id { get; set; }

    /// <summary>The user.</summary>
    public User Person { get; private set; } = null!;

    /// <summary>The roles that can be given.</summary>
    public IReadOnlyList<Role> Roles { get; private set; } = [];

    /// <summary>The roles as they were ticked, after a form.</summary>
    private IReadOnlyCollection<Id<Role>>? Ticked { get; set; }

    /// <summary>Whether a role is ticked.</summary>
    public bool IsChosen(Role role) => Ticked?.Contains(role.Id) ?? Person.Roles.Any(held => held.Id == role.Id);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var person = await Db.People.AsNoTracking().Include(user => user.Roles)
            .SingleOrDefaultAsync(user => user.Id == Id, cancellationToken);
        if (person is null)
        {
            return NotFound();
        }

        Person = person;
        Roles = await Db.Roles.AsNoTracking().OrderBy(role => role.CreatedAt).ThenBy(role => role.Name)
            .ToListAsync(cancellationToken);
        return Page();
    }

    /// <summary>Gives the user the ticked roles and no others.</summary>
    public async Task<IActionResult> OnPostAsync([FromForm] List<Id<Role>> roles, CancellationToken cancellationToken)
    {
        Ticked = roles;
        var name = await RoleChange.SetAsync(Db, Actor, Id, roles, cancellationToken);
        return name is null ? NotFound() : Done($"Saved the roles of {name}.");
    }
}
