using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace SafetyCenter.Web.Pages;

/// <summary>Remembers in the browser whether somebody likes it dark.</summary>
public sealed class ThemeModel : PageModel
{
    /// <summary>There is nothing to see here.</summary>
    public IActionResult OnGet() => Redirect("/");

    /// <summary>Remembers it and goes back.</summary>
    public IActionResult OnPost(string? theme, string? back)
    {
        if (theme is "dark" or "light")
        {
            Response.Cookies.Append("theme", theme, new CookieOptions
            {
                HttpOnly = true,
                IsEssential = true,
                SameSite = SameSiteMode.Lax,
                MaxAge = TimeSpan.FromDays(365),
            });
        }

        return LocalRedirect(Url.IsLocalUrl(back) ? back : "/");
    }
}
