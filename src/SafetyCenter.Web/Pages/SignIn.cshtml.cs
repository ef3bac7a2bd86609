using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Pages.Shared;

namespace SafetyCenter.Web.Pages;

/// <summary>The way in. It says the same whether the address or the password is wrong.</summary>
[ResponseCache(NoStore = true)]
public sealed class SignInModel(Passwords passwords, Sessions sessions, FailedTries failed) : PageModel
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

    /// <summary>What was done to lead here, shown once.</summary>
    [TempData]
    public string? Message { get; set; }

    /// <summary>Shows the form.</summary>
    public IActionResult OnGet() => User.Identity?.IsAuthenticated == true ? LocalRedirect(Next()) : Page();

    /// <summary>Signs in.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (failed.WaitOf(HttpContext.Connection.RemoteIpAddress) is { Ticks: > 0 } wait)
        {
            Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds)}";
            return Refuse(
                $"Too many wrong passwords came from your address. Wait {((long)Math.Ceiling(wait.TotalMinutes)).Of("minute")}.",
                StatusCodes.Status429TooManyRequests);
        }

        var login = await passwords.OwnerOfAsync(Email);
        return await passwords.VerifyAsync(HttpContext, login, Password)
            ? LocalRedirect(await sessions.ContinueAsync(HttpContext, login!, Next()))
            : Refuse(Refusal, StatusCodes.Status400BadRequest);
    }

    private PageResult Refuse(string words, int status)
    {
        ModelState.AddModelError("", words);
        Response.StatusCode = status;
        return Page();
    }

    private string Next() => Url.IsLocalUrl(ReturnUrl) ? ReturnUrl! : "/";
}
