using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Who is here: people and service accounts, by name. Whoever is disabled is hidden until asked for.</summary>
public sealed class UsersModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>The choice of status that hides nobody.</summary>
    public const string AnyStatus = "all";

    private HashSet<Guid> _withSecondFactor = [];

    /// <summary>A part of a name, an address or a title.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Search { get; set; }

    /// <summary>A status, or <see cref="AnyStatus"/>; otherwise whoever is not disabled.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Status { get; set; }

    /// <summary>A role that they hold.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Role { get; set; }

    /// <summary><c>people</c> or <c>service-accounts</c>; otherwise both.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    /// <summary>The last one of the page before.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The users, with roles.</summary>
    public IReadOnlyList<User> Users { get; private set; } = [];

    /// <summary>How many there are on all pages.</summary>
    public int Count { get; private set; }

    /// <summary>The roles of the organization.</summary>
    public IReadOnlyList<Role> Roles { get; private set; } = [];

    /// <summary>The address of the next page, filters included; null on the last one.</summary>
    public string? Next { get; private set; }

    /// <summary>Whether any filter is set.</summary>
    public bool IsFiltered => Filters.Any(filter => !string.IsNullOrWhiteSpace(filter.Value));

    /// <summary>Whether who looks may invite people.</summary>
    public bool MayInvite => Granting.MayInvite(Actor, Actor.Organization);

    private (string Name, string? Value)[] Filters =>
        [("search", Search), ("status", Status), ("role", Role), ("kind", Kind)];

    /// <summary>Whether somebody has more than a password to prove who they are.</summary>
    public bool HasSecondFactor(User user) => user.LoginId is { } login && _withSecondFactor.Contains(login);

    /// <summary>The page about a user, which for service accounts is another one, for who may open that.</summary>
    public string AddressOf(User user) => $"/o/{Actor.Organization.Slug}/organization-settings/"
        + (user.IsServiceAccount && Actor.May(Permission.ServiceAccountWrite) ? "service-accounts" : "users") + $"/{user.Id}";

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var found = Found();
        var inOrder = await found.ByNameAsync(
            Db, string.IsNullOrEmpty(After) ? null : Id<User>.Parse(After, null), cancellationToken);
        var page = await inOrder.AsNoTracking().Include(user => user.Roles)
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        if (page.Count > Cursor.PageSize)
        {
            page.RemoveAt(Cursor.PageSize);
            Next = Request.Path + new QueryBuilder(Filters
                .Append<(string Name, string? Value)>(("after", page[^1].Id.ToString()))
                .Where(filter => !string.IsNullOrWhiteSpace(filter.Value))
                .Select(filter => KeyValuePair.Create(filter.Name, filter.Value!))).ToString();
        }

        Users = page;
        Count = await found.CountAsync(cancellationToken);
        Roles = await Db.Roles.AsNoTracking().OrderBy(role => role.CreatedAt).ThenBy(role => role.Name)
            .ToListAsync(cancellationToken);
        _withSecondFactor = await SecondFactors.OfAsync(
            Db, [.. page.Select(user => user.LoginId).OfType<Guid>()], cancellationToken);
        return Page();
    }

    private IQueryable<User> Found()
    {
        var users = Db.People.Containing(Search);
        users = Enum.TryParse<UserStatus>(Status, ignoreCase: true, out var status) ? users.WithStatus(status)
            : Status == AnyStatus ? users
            : users.Where(user => user.DisabledAt == null);
        if (!string.IsNullOrEmpty(Role))
        {
            var role = Id<Role>.Parse(Role, null);
            users = users.Where(user => user.Roles.Any(held => held.Id == role));
        }

        return Kind switch
        {
            "people" => users.Where(user => !user.IsServiceAccount),
            "service-accounts" => users.Where(user => user.IsServiceAccount),
            _ => users,
        };
    }
}
