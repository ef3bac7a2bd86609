using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>One user: the roles they hold, whether they may come in, and what ends when they may not.</summary>
public sealed class UserModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    // So many are shown by name; the others are counted.
    private const int ShownMax = 20;

    /// <summary>The user's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<User> Id { get; set; }

    /// <summary>The user.</summary>
    public User Person { get; private set; } = null!;

    /// <summary>The roles that can be given.</summary>
    public IReadOnlyList<Role> Roles { get; private set; } = [];

    /// <summary>Their active application keys and access tokens, those used last first: what disabling ends.</summary>
    public IReadOnlyList<OwnedCredential> Ending { get; private set; } = [];

    /// <summary>How many of those are not shown.</summary>
    public int EndingMore { get; private set; }

    /// <summary>Active API keys and client tokens that they made: what disabling leaves as it is.</summary>
    public IReadOnlyList<Credential> Staying { get; private set; } = [];

    /// <summary>How many of those are not shown.</summary>
    public int StayingMore { get; private set; }

    /// <summary>Whether the page is about who looks.</summary>
    public bool IsSelf => Person.Id == Actor.UserId;

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
        if (person.Status != UserStatus.Disabled)
        {
            (Ending, EndingMore) = await SomeOfAsync(
                Db.Set<OwnedCredential>().Where(credential => credential.OwnerId == Id), cancellationToken);
            (Staying, StayingMore) = await SomeOfAsync(
                Db.Credentials.Where(credential =>
                    credential.CreatedBy == Id && (credential is ApiKey || credential is ClientToken)),
                cancellationToken);
        }

        return Page();
    }

    /// <summary>Gives the user the ticked roles and no others.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync([FromForm] List<Id<Role>> roles, CancellationToken cancellationToken)
    {
        Ticked = roles;
        if (roles.Count == 0)
        {
            throw RefusedException.Invalid("Choose at least one role.", "role");
        }

        var user = await RoleChange.SetAsync(Db, Actor, Id, roles, Now, cancellationToken);
        return user is null ? NotFound() : Done($"Saved the roles of {user.DisplayName}.");
    }

    /// <summary>Stops the user from signing in, and ends their keys and tokens.</summary>
    public async Task<IActionResult> OnPostDisableAsync(CancellationToken cancellationToken)
    {
        var user = await UserStanding.DisableAsync(Db, Actor, Id, Now, cancellationToken);
        return user is null ? NotFound() : Done(
            $"Disabled {user.DisplayName}. They cannot come in any more, and their application keys and tokens are revoked.");
    }

    /// <summary>Lets the user sign in again.</summary>
    public async Task<IActionResult> OnPostEnableAsync(CancellationToken cancellationToken)
    {
        var user = await UserStanding.EnableAsync(Db, Actor, Id, Now, cancellationToken);
        return user is null ? NotFound() : Done(
            $"Enabled {user.DisplayName}. Their old application keys and tokens stay revoked; they can make new ones.");
    }

    private static async Task<(List<T> Shown, int More)> SomeOfAsync<T>(
        IQueryable<T> credentials, CancellationToken cancellationToken)
        where T : Credential
    {
        var active = credentials.AsNoTracking().Active();
        var shown = await active
            .OrderByDescending(credential => credential.LastUsedAt ?? credential.CreatedAt)
            .ThenByDescending(credential => credential.Id)
            .Take(ShownMax + 1)
            .ToListAsync(cancellationToken);
        if (shown.Count <= ShownMax)
        {
            return (shown, 0);
        }

        shown.RemoveAt(ShownMax);
        return (shown, await active.CountAsync(cancellationToken) - ShownMax);
    }
}
