using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;
using Making = SafetyCenter.Web.People.ServiceAccounts;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>The identities of programs: make, list.</summary>
public sealed class ServiceAccountsModel(SafetyCenterDb db, Actor actor, TimeProvider time)
    : OrganizationPage(db, actor, time)
{
    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The name of the account to make.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>Where to write about it.</summary>
    [BindProperty]
    public string? Email { get; set; }

    /// <summary>The roles that were ticked.</summary>
    [BindProperty]
    public List<Id<Role>>? Ticked { get; set; }

    /// <summary>The accounts, newest first.</summary>
    public IReadOnlyList<User> Accounts { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public Cursor? Next { get; private set; }

    /// <summary>The roles that can be given.</summary>
    public IReadOnlyList<Role> Roles { get; private set; } = [];

    /// <summary>Whether a role is ticked: until somebody chooses, the one that may least.</summary>
    public bool IsTicked(Role role) =>
        Ticked is { Count: > 0 } ? Ticked.Contains(role.Id) : role is { Managed: true, Name: Role.ReadOnlyName };

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var accounts = Db.People.AsNoTracking().Where(user => user.IsServiceAccount);
        if (Cursor.Read(After) is { } cursor)
        {
            var id = new Id<User>(cursor.Id);
            accounts = accounts.Where(user => EF.Functions.LessThan(
                ValueTuple.Create(user.CreatedAt, user.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await accounts
            .Include(user => user.Roles)
            .OrderByDescending(user => user.CreatedAt).ThenByDescending(user => user.Id)
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        if (page.Count > Cursor.PageSize)
        {
            page.RemoveAt(Cursor.PageSize);
            Next = new Cursor(page[^1].CreatedAt, page[^1].Id.Value);
        }

        Accounts = page;
        var roles = await Db.Roles.AsNoTracking().OrderBy(role => role.CreatedAt).ThenBy(role => role.Name)
            .ToListAsync(cancellationToken);
        Roles = [.. roles.Where(role => Granting.May(Actor, role))];
        return Page();
    }

    /// <summary>Makes an account.</summary>
    public async Task<IActionResult> OnPostCreateAsync(CancellationToken cancellationToken)
    {
        if (Ticked is not { Count: > 0 })
        {
            throw RefusedException.Invalid("Choose at least one role.", "role");
        }

        var account = await Making.MakeAsync(Db, Actor, Email, Name, title: null, Ticked, Now, cancellationToken);
        Message = $"Created the service account {account.DisplayName}. Now give it a key.";
        return Redirect($"/o/{Actor.Organization.Slug}/organization-settings/service-accounts/{account.Id}");
    }
}
