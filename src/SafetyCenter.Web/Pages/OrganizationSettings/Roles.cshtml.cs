using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The organization's roles, and how many hold each.</summary>
public sealed class RolesModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>A role on the list.</summary>
    /// <param name="Role">It.</param>
    /// <param name="People">How many active people hold it.</param>
    /// <param name="ServiceAccounts">How many active service accounts hold it.</param>
    public sealed record Row(Role Role, int People, int ServiceAccounts);

    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The roles, those that were made first at the top: the managed ones.</summary>
    public IReadOnlyList<Row> Roles { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public Cursor? Next { get; private set; }

    /// <summary>Whether who looks may make roles.</summary>
    public bool MayManage => Actor.May(Permission.UserAccessManage);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var roles = Db.Roles.AsNoTracking();
        if (Cursor.Read(After) is { } cursor)
        {
            var id = new Id<Role>(cursor.Id);
            roles = roles.Where(role => EF.Functions.GreaterThan(
                ValueTuple.Create(role.CreatedAt, role.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await roles
            .OrderBy(role => role.CreatedAt).ThenBy(role => role.Id)
            .Take(Cursor.PageSize + 1)
            .Select(role => new Row(
                role,
                Db.People.ActivePeople().Count(user => user.Roles.Any(held => held.Id == role.Id)),
                Db.People.Count(user => user.IsServiceAccount && user.DisabledAt == null
                    && user.Roles.Any(held => held.Id == role.Id))))
            .ToListAsync(cancellationToken);
        if (page.Count > Cursor.PageSize)
        {
            page.RemoveAt(Cursor.PageSize);
            Next = new Cursor(page[^1].Role.CreatedAt, page[^1].Role.Id.Value);
        }

        Roles = page;
        return Page();
    }
}
