using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages;

/// <summary>The way out.</summary>
public sealed class SignOutModel(Sessions sessions) : PageModel
{
    /// <summary>Ends the session of this browser.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        await sessions.EndAsync(HttpContext);
        return Redirect("/sign-in");
    }
}
