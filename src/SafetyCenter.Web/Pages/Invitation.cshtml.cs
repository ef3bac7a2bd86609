using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages;

/// <summary>What the visitor who followed the link of an invite can do.</summary>
public enum InvitationWay
{
    /// <summary>Choose a password: the address is new here.</summary>
    ChoosePassword,

    /// <summary>Give the password they have, from another organization.</summary>
    GivePassword,

    /// <summary>Sign in, for their password alone is not enough, and come back.</summary>
    SignInFirst,

    /// <summary>Press the button: they have signed in.</summary>
    Press,

    /// <summary>Sign out: somebody else has signed in with this browser.</summary>
    SignOut,

    /// <summary>Ask for another link: this one is too old.</summary>
    AskAgain,

    /// <summary>Nothing: it was accepted before.</summary>
    Nothing,
}

/// <summary>Where the link in an invite leads: the invited person says who they are, and is in.</summary>
[ResponseCache(NoStore = true)]
[ShowsAnewWhenOutdated]
public sealed class InvitationModel(
    SafetyCenterDb db,
    Actor actor,
    CurrentOrganization current,
    EmailLinks links,
    Founding founding,
    UserManager<Login> logins,
    Passwords passwords,
    Sessions sessions,
    TimeProvider time) : PageModel
{
    private const string WrongPassword =
        "This is not the password of that address. After five wrong tries we wait ten minutes.";

    private Login? _login;

    /// <summary>The invite, with its user.</summary>
    public Invite Invite { get; private set; } = null!;

    /// <summary>Who invites.</summary>
    public Organization Organization { get; private set; } = null!;

    /// <summary>Who sent the invite; null for the operator.</summary>
    public User? InvitedBy { get; private set; }

    /// <summary>What the visitor can do.</summary>
    public InvitationWay Way { get; private set; }

    /// <summary>The name they give.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>The password they choose, or have.</summary>
    [BindProperty]
    public string? Password { get; set; }

    /// <summary>Says what can be done, and notes that the link was followed.</summary>
    public async Task<IActionResult> OnGetAsync(string token, CancellationToken cancellationToken)
    {
        if (!await FindAsync(token, cancellationToken))
        {
            return NotFound();
        }

        Name = Invite.User.Name;
        await Inviting.OpenedAsync(db, Invite, time.GetUtcNow(), cancellationToken);
        return Show(StatusCodes.Status200OK);
    }

    /// <summary>Lets them in.</summary>
    public async Task<IActionResult> OnPostAsync(string token, CancellationToken cancellationToken)
    {
        if (!await FindAsync(token, cancellationToken))
        {
            return NotFound();
        }

        if (Way is not (InvitationWay.ChoosePassword or InvitationWay.GivePassword or InvitationWay.Press))
        {
            return Show(StatusCodes.Status409Conflict);
        }

        try
        {
            await ProveAsync();
            var login = await AcceptAsync(cancellationToken);
            return LocalRedirect(Way == InvitationWay.Press ? "/" : await sessions.ContinueAsync(HttpContext, login, "/"));
        }
        catch (RefusedException refused)
        {
            ModelState.AddModelError(refused.Field ?? "", refused.Message);
        }
        catch (DbUpdateException both) when (both.InnerException is PostgresException
        {
            SqlState: PostgresErrorCodes.UniqueViolation,
        })
        {
            ModelState.AddModelError("", "Somebody has signed up with this address at the same moment. Try again.");
        }

        // Whatever stood in the way may have been somebody quicker: it is looked at anew.
        db.ChangeTracker.Clear();
        return await FindAsync(token, cancellationToken) ? Show(StatusCodes.Status400BadRequest) : NotFound();
    }

    /// <summary>Signs the other person out of this browser.</summary>
    public async Task<IActionResult> OnPostSignOutAsync(string token)
    {
        await sessions.EndAsync(HttpContext);
        return RedirectToPage(new { token });
    }

    private PageResult Show(int status)
    {
        Response.StatusCode = Way is InvitationWay.AskAgain or InvitationWay.Nothing ? StatusCodes.Status410Gone : status;
        return Page();
    }

    // Outside the lock and its transaction, for a wrong try must count although nothing else is kept.
    private async Task ProveAsync()
    {
        if (Way == InvitationWay.GivePassword && !await passwords.VerifyAsync(HttpContext, _login!, Password))
        {
            throw RefusedException.Invalid(WrongPassword, "password");
        }
    }

    private Task<Login> AcceptAsync(CancellationToken cancellationToken) => db.LockedAsync(
        Invite.OrganizationId,
        async organization =>
        {
            // From here on as the invited person, whom the audit trail names; and the invite as it is now.
            current.Id = organization.Id;
            var invite = await db.Invites.Include(row => row.User).ThenInclude(user => user.Roles)
                .SingleOrDefaultAsync(row => row.Id == Invite.Id && row.Stamp == Invite.Stamp, cancellationToken)
                ?? throw RefusedException.Invalid("This invite was sent again. Use the link in the last email.");
            var login = _login ?? await NewLoginAsync(invite.User.Email);
            var now = time.GetUtcNow();
            invite.Accept(login.Id, Name, now);
            invite.User.SignedIn(now);
            actor.Is(invite.User, organization, RequestSource.Of(HttpContext, invite.User, "SESSION"));
            return login;
        },
        cancellationToken);

    private async Task<Login> NewLoginAsync(string email) => await founding.LoginForAsync(email, Password ?? "") switch
    {
        (var made, true) => made,
        _ => throw RefusedException.Invalid(
            "Somebody has just signed up with this address. If it was you, give the password you chose.", "password"),
    };

    private async Task<bool> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (links.ReadInvite(token) is not var (id, stamp))
        {
            return false;
        }

        var found = await db.Invites.IgnoreQueryFilters([CurrentOrganization.Filter]).AsNoTracking()
            .Include(invite => invite.User)
            .Where(invite => invite.Id == id && invite.Stamp == stamp && invite.WithdrawnAt == null)
            .Join(
                db.Organizations.Where(organization => organization.DisabledAt == null),
                invite => invite.OrganizationId,
                organization => organization.Id,
                (invite, organization) => new
                {
                    Invite = invite,
                    Organization = organization,
                    By = db.People.SingleOrDefault(user => user.Id == invite.InvitedBy),
                })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return false;
        }

        (Invite, Organization, InvitedBy) = (found.Invite, found.Organization, found.By);
        _login = await logins.FindByEmailAsync(Invite.User.Email);
        Way = WayFor(_login);
        return true;
    }

    private InvitationWay WayFor(Login? login) =>
        Invite.AcceptedAt is not null ? InvitationWay.Nothing
        : !Invite.CanBeAcceptedAt(time.GetUtcNow()) ? InvitationWay.AskAgain
        : User.Identity?.IsAuthenticated == true
            ? login?.Id.ToString() == logins.GetUserId(User) ? InvitationWay.Press : InvitationWay.SignOut
        : login is null ? InvitationWay.ChoosePassword
        : login.TwoFactorEnabled || login.PasswordHash is null ? InvitationWay.SignInFirst
        : InvitationWay.GivePassword;
}
