using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages;

/// <summary>The second step of signing in, for who has an authenticator app: the password was right.</summary>
[ResponseCache(NoStore = true)]
public sealed class SignInSecondFactorModel(
    SignInManager<Login> signIn, AuthenticatorApp app, Sessions sessions, FailedTries failed) : PageModel
{
    /// <summary>The code that was typed; never shown again.</summary>
    [BindProperty]
    public string? Code { get; set; }

    /// <summary>Where to go afterwards; only addresses of ours count.</summary>
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    /// <summary>How they got in, when it was with a recovery code: that must be read before they go on.</summary>
    public FactorProof? Recovered { get; private set; }

    /// <summary>Where they go on.</summary>
    public string Next => Url.IsLocalUrl(ReturnUrl) ? ReturnUrl! : "/";

    /// <summary>Shows the form to who has come from the password.</summary>
    public async Task<IActionResult> OnGetAsync() =>
        await signIn.GetTwoFactorAuthenticationUserAsync() is null ? ToSignIn() : Page();

    /// <summary>Signs in.</summary>
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await signIn.GetTwoFactorAuthenticationUserAsync() is not { } login)
        {
            return ToSignIn();
        }

        if (await app.ProveAsync(login, Code, cancellationToken) is not { } proof)
        {
            failed.Note(HttpContext.Connection.RemoteIpAddress);
            ModelState.AddModelError(
                "", "This code is wrong, too old, or was used already. After five wrong tries we wait ten minutes.");
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return Page();
        }

        await HttpContext.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);
        await sessions.BeginAsync(HttpContext, login, hasSecondFactor: true);
        if (!proof.WithRecoveryCode)
        {
            return LocalRedirect(Next);
        }

        Recovered = proof;
        return Page();
    }

    private RedirectToPageResult ToSignIn() => RedirectToPage("/SignIn", new { ReturnUrl });
}
