using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages;

/// <summary>The way in. It says the same whether the address or the password is wrong.</summary>
[ResponseCache(NoStore = true)]
public sealed class SignInModel(
    SignInManager<Login> signIn, UserManager<Login> logins, Sessions sessions) : PageModel
{
    private const string Refusal = "The email or the password is wrong. After five wrong tries we wait ten minutes.";

    /// <summary>The address that was typed.</summary>
    [BindProperty]
    public string? Email { get; set; }

    /// <summary>The password that was typed; never shown again.</summary>
    [BindProperty]
    public string? Password { get; set; }

    /// <summary>Where to go afterwards; only addresses of ours count.</summary>
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    /// <summary>Shows the form.</summary>
    public IActionResult OnGet() => User.Identity?.IsAuthenticated == true ? LocalRedirect(Next()) : Page();

    /// <summary>Signs in.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        var login = await logins.FindByEmailAsync((Email ?? "").Trim());
        if (login is null)
        {
            // As much work as for an address that exists, so that the time tells nothing.
            logins.PasswordHasher.HashPassword(new Login(), Password ?? "");
            return Refuse();
        }

        var result = await signIn.CheckPasswordSignInAsync(login, Password ?? "", lockoutOnFailure: true);
        if (!result.Succeeded)
        {
            return Refuse();
        }

        if (login.TwoFactorEnabled)
        {
            var pending = new ClaimsIdentity(
                [new Claim(ClaimTypes.Name, login.Id.ToString())], IdentityConstants.TwoFactorUserIdScheme);
            await HttpContext.SignInAsync(IdentityConstants.TwoFactorUserIdScheme, new ClaimsPrincipal(pending));
            return RedirectToPage("/SignInSecondFactor", new { ReturnUrl });
        }

        await sessions.BeginAsync(HttpContext, login, hasSecondFactor: false);
        return LocalRedirect(Next());
    }

    private PageResult Refuse()
    {
        ModelState.AddModelError("", Refusal);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }

    private string Next() => Url.IsLocalUrl(ReturnUrl) ? ReturnUrl! : "/";
}
