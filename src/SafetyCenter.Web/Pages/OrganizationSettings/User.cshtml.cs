using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// One user: who they are, the roles they hold, how their invite stands, whether they may come in. Who may not change them
/// sees the same without the forms.
/// </summary>
public sealed class UserModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    private const int AppsMax = 20;

    private IReadOnlyCollection<Id<Role>>? _ticked;

    /// <summary>The user's id, from the address.</summary>
    [BindProperty(SupportsGet = true)]
    public Id<User> Id { get; set; }

    /// <summary>The name, as it was typed.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>The title, as it was typed.</summary>
    [BindProperty]
    public string? Title { get; set; }

    /// <summary>The address, as it was typed.</summary>
    [BindProperty]
    public string? Email { get; set; }

    /// <summary>The user, with roles.</summary>
    public User Person { get; private set; } = null!;

    /// <summary>Whether they have more than a password to prove who they are.</summary>
    public bool HasSecondFactor { get; private set; }

    /// <summary>Their open invite, if they have not come yet.</summary>
    public Invite? Invite { get; private set; }

    /// <summary>How it stands.</summary>
    public InviteStatus? InviteState { get; private set; }

    /// <summary>The roles they hold, and those that can be given.</summary>
    public IReadOnlyList<Role> Roles { get; private set; } = [];

    /// <summary>What the ticked roles would change, when somebody asked.</summary>
    public RolesEffect? Effect { get; private set; }

    /// <summary>How many active keys and tokens end when they are disabled.</summary>
    public int Keys { get; private set; }

    /// <summary>How many apps act for them.</summary>
    public int AppCount { get; private set; }

    /// <summary>Those used last, for those who may see them.</summary>
    public IReadOnlyList<OAuthUse> Apps { get; private set; } = [];

    /// <summary>Whether the page is about who looks.</summary>
    public bool IsSelf => Person.Id == Actor.UserId;

    /// <summary>Whether who looks may change them.</summary>
    public bool MayManage => PeopleLock.Manages(Actor, Person);

    /// <summary>Whether who looks may invite people.</summary>
    public bool MayInvite => Granting.MayInvite(Actor, Actor.Organization);

    /// <summary>Whether another address can be set: whoever can sign in has proved that theirs is theirs.</summary>
    public bool MayCorrectAddress => MayManage && Person.LoginId is null;

    /// <summary>What is shown of their standing, and how it is changed.</summary>
    public Standing Standing => new(Person, Keys, AppCount, MayManage, IsSelf, Actor.Organization.Slug);

    /// <summary>Whether a role is ticked.</summary>
    public bool IsChosen(Role role) => _ticked?.Contains(role.Id) ?? Person.Roles.Any(held => held.Id == role.Id);

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var found = await Db.People.AsNoTracking().Include(user => user.Roles)
            .Where(user => user.Id == Id)
            .Select(user => new
            {
                Person = user,
                Keys = Db.Set<OwnedCredential>().Keys().Count(key => key.OwnerId == user.Id && key.RevokedAt == null),
                Apps = Db.OAuthGrants.Count(grant => grant.OwnerId == user.Id && grant.RevokedAt == null),
                Invite = Db.Invites.Open().SingleOrDefault(invite => invite.UserId == user.Id),
            })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return NotFound();
        }

        (Person, Keys, AppCount) = (found.Person, found.Keys, found.Apps);
        if (!MayManage && !Actor.May(Permission.UserAccessRead))
        {
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        Invite = Person.Status == UserStatus.Pending ? found.Invite : null;
        InviteState = Invite?.StatusAt(Now, await DeliveryOfAsync(Invite, cancellationToken));
        HasSecondFactor = Person.LoginId is { } login
            && (await SecondFactors.OfAsync(Db, [login], cancellationToken)).Count > 0;
        var roles = await Db.Roles.AsNoTracking().OrderBy(role => role.CreatedAt).ThenBy(role => role.Name)
            .ToListAsync(cancellationToken);
        Roles = [.. roles.Where(role => Granting.May(Actor, role) || Person.Roles.Any(held => held.Id == role.Id))];
        Apps = AppCount == 0 || !Actor.May(Permission.OrgAuthorizedAppsRead) ? []
            : (await OAuthUse.LoadAsync(Db, Id, AppsMax, cancellationToken)).Grants;
        Effect = _ticked is null ? null : RolesEffect.Of(Person.Roles, Roles.Where(IsChosen));
        return Page();
    }

    /// <summary>Gives the user the ticked roles and no others, or shows what that would change.</summary>
    [RequiresRecentProof]
    public async Task<IActionResult> OnPostAsync(
        [FromForm] List<Id<Role>> roles, [FromForm] bool preview, CancellationToken cancellationToken)
    {
        _ticked = roles;
        if (roles.Count == 0)
        {
            throw RefusedException.Invalid("Choose at least one role.", "role");
        }

        if (preview)
        {
            return await ShowAsync(cancellationToken);
        }

        var user = await RoleChange.SetAsync(Db, Actor, Id, roles, Now, cancellationToken);
        return user is null ? NotFound() : Done($"Saved the roles of {user.DisplayName}.");
    }

    /// <summary>Changes what the user is called. Everybody may do so for themselves.</summary>
    public async Task<IActionResult> OnPostDescribeAsync(CancellationToken cancellationToken)
    {
        var user = await Describing.DescribeAsync(Db, Actor, Id, Name, Title, Now, cancellationToken);
        return user is null ? NotFound() : Done($"Saved the name and title of {user.DisplayName}.");
    }

    /// <summary>Corrects the address of somebody who cannot sign in.</summary>
    public async Task<IActionResult> OnPostAddressAsync(CancellationToken cancellationToken)
    {
        var user = await Describing.CorrectAddressAsync(Db, Actor, Id, Email, Now, cancellationToken);
        return user is null ? NotFound() : Done(user.IsServiceAccount
            ? $"Emails about {user.DisplayName} go to {user.Email} from now on."
            : $"The address is {user.Email} now. An open invite was sent there anew; its old link is dead.");
    }

    /// <summary>Writes to a pending user: the first time, or again with a new link.</summary>
    public async Task<IActionResult> OnPostInviteAsync(CancellationToken cancellationToken)
    {
        var sent = await Inviting.SendAsync(Db, Actor, [Id], Now, cancellationToken);
        return sent is not [var invite] ? NotFound() : Done(
            $"An invite is on its way to {invite.User.Email}. Its link works until {Moment.Exact(invite.ExpiresAt)}.");
    }

    /// <summary>Stops a user for whom nothing acts. Of anybody else, what stops with them is shown first.</summary>
    public async Task<IActionResult> OnPostDisableAsync(CancellationToken cancellationToken)
    {
        if (await Db.Set<OwnedCredential>().Active().AnyAsync(key => key.OwnerId == Id, cancellationToken))
        {
            return Redirect($"{Request.Path}/disable");
        }

        var user = await UserStanding.DisableAsync(Db, Actor, Id, Now, cancellationToken);
        return user is null ? NotFound() : Back(user, Standing.Disabled(user));
    }

    /// <summary>Lets the user in again.</summary>
    public async Task<IActionResult> OnPostEnableAsync(CancellationToken cancellationToken)
    {
        var user = await UserStanding.EnableAsync(Db, Actor, Id, Now, cancellationToken);
        return user is null ? NotFound() : Back(user, Standing.Enabled(user));
    }

    private RedirectResult Back(User user, string message)
    {
        Message = message;
        return Redirect(Standing.PageOf(user, Actor.Organization.Slug));
    }

    private async Task<InviteDelivery> DeliveryOfAsync(Invite invite, CancellationToken cancellationToken)
    {
        var key = Inviting.EventKeyOf(invite.Stamp);
        return InviteRow.DeliveryOf(await Db.Emails.AsNoTracking()
            .SingleOrDefaultAsync(email => email.EventKey == key && email.Recipient == Person.Email, cancellationToken));
    }
}
