using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Pages;

/// <summary>The way out.</summary>
public sealed class SignOutModel(SignInManager<Login> signIn) : PageModel
{
    /// <summary>Ends the session of this browser.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        await signIn.SignOutAsync();
        return Redirect("/sign-in");
    }
}
