using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Core;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages;

/// <summary>
/// Where the link to a new password leads. Opening it changes nothing, for mail scanners open links. Whoever reads the mailbox
/// has proved no more than that: they must sign in afterwards, with their second factor if they have one.
/// </summary>
[ResponseCache(NoStore = true)]
public sealed class ResetPasswordModel(
    EmailLinks links, UserManager<Login> logins, Passwords passwords, TimeProvider time) : PageModel
{
    /// <summary>Whose password it is; null when the link does not work.</summary>
    public string? Email { get; private set; }

    /// <summary>Tells the sign-in page what was done.</summary>
    [TempData]
    public string? Message { get; set; }

    /// <summary>Asks for it.</summary>
    public async Task<IActionResult> OnGetAsync(string token) => await FindAsync(token) is null ? Gone() : Page();

    /// <summary>Sets it.</summary>
    public async Task<IActionResult> OnPostAsync(string token, string? newPassword)
    {
        if (await FindAsync(token) is not { } login)
        {
            return Gone();
        }

        try
        {
            await passwords.SetAsync(HttpContext, login, newPassword, keep: null);
        }
        catch (RefusedException refused)
        {
            ModelState.AddModelError(refused.Field ?? "", refused.Message);
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return Page();
        }

        Message = "Your password is changed. Sign in with it.";
        return Redirect("/sign-in");
    }

    private async Task<Login?> FindAsync(string token)
    {
        if (links.ReadReset(token) is not var (loginId, stamp, until) || until <= time.GetUtcNow())
        {
            return null;
        }

        var login = await logins.FindByIdAsync(loginId.ToString());
        if (login?.SecurityStamp != stamp)
        {
            return null;
        }

        Email = login!.Email;
        return login;
    }

    private PageResult Gone()
    {
        Response.StatusCode = StatusCodes.Status404NotFound;
        return Page();
    }
}
