using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages;

/// <summary>Where the link in an invite leads: the invited person chooses a password and is in.</summary>
[ResponseCache(NoStore = true)]
public sealed class InvitationModel(
    SafetyCenterDb db,
    EmailLinks links,
    Founding founding,
    UserManager<Login> logins,
    Passwords passwords,
    Sessions sessions,
    TimeProvider time) : PageModel
{
    /// <summary>Who invites.</summary>
    public string OrganizationName { get; private set; } = "";

    /// <summary>Who is invited.</summary>
    public string Email { get; private set; } = "";

    /// <summary>Whether the address has a login already, from another organization.</summary>
    public bool HasLogin { get; private set; }

    /// <summary>The name they give.</summary>
    [BindProperty]
    public string? Name { get; set; }

    /// <summary>The password they choose, or have.</summary>
    [BindProperty]
    public string? Password { get; set; }

    /// <summary>Shows the form.</summary>
    public async Task<IActionResult> OnGetAsync(string token, CancellationToken cancellationToken) =>
        await FindAsync(token, cancellationToken) is null ? NotFound() : Page();

    /// <summary>Lets them in.</summary>
    public async Task<IActionResult> OnPostAsync(string token, CancellationToken cancellationToken)
    {
        if (await FindAsync(token, cancellationToken) is not { } invite)
        {
            return NotFound();
        }

        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var (login, isNew) = await founding.LoginForAsync(Email, Password ?? "");
            if (!isNew && !await passwords.VerifyAsync(HttpContext, login, Password))
            {
                await transaction.CommitAsync(cancellationToken);
                throw RefusedException.Invalid("This is not the password of that address.", "password");
            }

            var now = time.GetUtcNow();
            invite.Accept(login.Id, Name, now);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return LocalRedirect(await sessions.ContinueAsync(HttpContext, login, "/"));
        }
        catch (RefusedException refused)
        {
            ModelState.AddModelError(refused.Field ?? "", refused.Message);
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return Page();
        }
    }

    private async Task<Invite?> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (links.ReadInvite(token) is not var (id, stamp))
        {
            return null;
        }

        var invite = await db.Invites.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Include(invite => invite.User)
            .SingleOrDefaultAsync(invite => invite.Id == id && invite.Stamp == stamp, cancellationToken);
        if (invite?.CanBeAcceptedAt(time.GetUtcNow()) != true)
        {
            return null;
        }

        Email = invite!.User.Email;
        HasLogin = await logins.FindByEmailAsync(Email) is not null;
        OrganizationName = await db.Organizations
            .Where(organization => organization.Id == invite.OrganizationId)
            .Select(organization => organization.Name)
            .SingleAsync(cancellationToken);
        return invite;
    }
}
