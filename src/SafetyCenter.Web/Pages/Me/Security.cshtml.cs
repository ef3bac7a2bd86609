using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Pages.Shared;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>How the signed-in person gets in, and which browsers they are in with.</summary>
[ResponseCache(NoStore = true)]
public sealed class SecurityModel(
    SafetyCenterDb db,
    UserManager<Login> logins,
    Passwords passwords,
    Sessions sessions,
    CurrentSession session,
    TimeProvider time) : PageModel
{
    /// <summary>How many sessions are listed.</summary>
    public const int SessionsMax = 50;

    private const string Wrong = "This is not your password. After five wrong tries we wait ten minutes.";

    /// <summary>Who looks.</summary>
    public Login Login { get; private set; } = null!;

    /// <summary>The session they look with.</summary>
    public Session Current => session.Value!;

    /// <summary>Their sessions: the one they look with, then those last used first.</summary>
    public IReadOnlyList<Session> Sessions { get; private set; } = [];

    /// <summary>Whether there are more than are listed.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Their organizations that require a second factor, by address.</summary>
    public IReadOnlyDictionary<string, string> RequiredBy { get; private set; } = new Dictionary<string, string>();

    /// <summary>The organization that sent them here, by its address.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Required { get; set; }

    /// <summary>What the last action did, shown once.</summary>
    [TempData]
    public string? Message { get; set; }

    /// <summary>Shows the page.</summary>
    public Task OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    /// <summary>Ends one session.</summary>
    public async Task<IActionResult> OnPostSignOutAsync(Id<Session> ended, CancellationToken cancellationToken)
    {
        if (ended == Current.Id)
        {
            return await LeaveAsync();
        }

        return await sessions.EndAsync(Current.LoginId, ended, cancellationToken)
            ? Done("Signed out there.")
            : NotFound();
    }

    /// <summary>Ends every session but this one.</summary>
    public async Task<IActionResult> OnPostSignOutElsewhereAsync(CancellationToken cancellationToken)
    {
        var count = await sessions.EndAllAsync(Current.LoginId, Current.Id, cancellationToken);
        return Done($"Signed out everywhere else: {count.Of("session")} ended.");
    }

    /// <summary>Ends every session.</summary>
    public async Task<IActionResult> OnPostSignOutEverywhereAsync(CancellationToken cancellationToken)
    {
        await sessions.EndAllAsync(Current.LoginId, except: null, cancellationToken);
        return await LeaveAsync();
    }

    /// <summary>Changes the password; the old one is asked for, and its wrong tries count like those at sign-in.</summary>
    public async Task<IActionResult> OnPostPasswordAsync(
        string? currentPassword, string? newPassword, CancellationToken cancellationToken)
    {
        await ShowAsync(cancellationToken);
        try
        {
            if (!await passwords.VerifyAsync(HttpContext, Login, currentPassword))
            {
                throw RefusedException.Invalid(Wrong, "currentPassword");
            }

            await passwords.SetAsync(HttpContext, Login, newPassword, keep: Current.Id);
        }
        catch (RefusedException refused)
        {
            ModelState.AddModelError(refused.Field ?? "", refused.Message);
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return Page();
        }

        await sessions.ProveAsync(withSecondFactor: false, cancellationToken);
        return Done("Your password is changed. You are signed out everywhere else.");
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        Login = (await logins.FindByIdAsync(Current.LoginId.ToString()))!;
        var live = await db.Sessions.AsNoTracking().LiveOf(Current.LoginId, time.GetUtcNow())
            .OrderByDescending(row => row.Id == Current.Id).ThenByDescending(row => row.LastSeenAt)
            .Take(SessionsMax + 1)
            .ToListAsync(cancellationToken);
        (Sessions, HasMore) = ([.. live.Take(SessionsMax)], live.Count > SessionsMax);
        RequiredBy = await db.Organizations.AsNoTracking()
            .Where(organization => organization.Policies.RequiresSecondFactor
                && db.People.IgnoreQueryFilters(new[] { CurrentOrganization.Filter }).ActivePeople()
                    .Any(user => user.LoginId == Current.LoginId && user.OrganizationId == organization.Id))
            .OrderBy(organization => organization.Name)
            .ToDictionaryAsync(organization => organization.Slug, organization => organization.Name, cancellationToken);
    }

    private async Task<IActionResult> LeaveAsync()
    {
        await sessions.EndAsync(HttpContext);
        return Redirect("/sign-in");
    }

    private RedirectToPageResult Done(string message)
    {
        Message = message;
        return RedirectToPage(new { required = (string?)null });
    }
}
