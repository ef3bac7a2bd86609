using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>
/// Where somebody who opened a page that asks for a proof sends it: the page itself takes no forms. <see
/// cref="RecentProofFilter"/> does the asking.
/// </summary>
public sealed class ConfirmModel : PageModel
{
    /// <summary>There is nothing to see here.</summary>
    public IActionResult OnGet() => Redirect("/me/security");

    /// <summary>They have proved who they are: on to where they wanted to go.</summary>
    [RequiresRecentProof]
    public IActionResult OnPost(string? returnUrl) => LocalRedirect(Url.IsLocalUrl(returnUrl) ? returnUrl : "/me/security");
}
