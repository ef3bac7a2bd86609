using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages;

/// <summary>The way in with a passkey alone. What it asks the browser for is the same for everybody.</summary>
[ResponseCache(NoStore = true)]
public sealed class SignInPasskeyModel(Passkeys passkeys, Sessions sessions) : PageModel
{
    /// <summary>What the device answered.</summary>
    [BindProperty]
    public string? Credential { get; set; }

    /// <summary>Where to go afterwards; only addresses of ours count.</summary>
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    /// <summary>The button for it is on the sign-in page.</summary>
    public IActionResult OnGet() => RedirectToPage("/SignIn", new { ReturnUrl });

    /// <summary>What the script gives the browser, as JSON.</summary>
    public async Task<IActionResult> OnPostOptionsAsync() =>
        Content(await passkeys.BeginProofAsync(), "application/json");

    /// <summary>Signs in.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (await passkeys.ProveAsync(Credential) is not { } login)
        {
            ModelState.AddModelError(
                "", "No passkey was accepted. It may have been removed, or it took longer than five minutes. Try again, or use "
                + "your password.");
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return Page();
        }

        await sessions.BeginAsync(HttpContext, login, hasSecondFactor: true);
        return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl! : "/");
    }
}
