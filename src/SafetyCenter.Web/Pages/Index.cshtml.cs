using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Organizations;

namespace SafetyCenter.Web.Pages;

/// <summary>
/// Leads the signed-in person to their Safety Center; who is in several organizations chooses. At <c>/organizations</c>
/// everybody chooses, in order to go elsewhere.
/// </summary>
public sealed class IndexModel(SafetyCenterDb db) : PageModel
{
    /// <summary>Where they are active.</summary>
    public IReadOnlyList<Organization> Organizations { get; private set; } = [];

    /// <summary>Whether they see how all organizations fare.</summary>
    public bool IsOperator { get; private set; }

    /// <summary>Goes on, or asks where to.</summary>
    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Organizations = await db.OrganizationsOf(User).ToListAsync(cancellationToken);
        IsOperator = await db.IsOperatorAsync(User, cancellationToken);
        var open = Organizations.Where(organization => organization.DisabledAt is null).ToList();
        return Request.Path == "/" && open is [var only] ? Redirect($"/o/{only.Slug}/safety-center") : Page();
    }
}
