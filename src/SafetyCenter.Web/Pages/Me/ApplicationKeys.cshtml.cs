using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Organizations;

namespace SafetyCenter.Web.Pages.Me;

/// <summary>Leads the signed-in person to their application keys; who is in several organizations chooses.</summary>
public sealed class ApplicationKeysModel(SafetyCenterDb db) : PageModel
{
    /// <summary>Where they are active.</summary>
    public IReadOnlyList<Organization> Organizations { get; private set; } = [];

    /// <summary>Where the keys of one organization are.</summary>
    public static string AddressIn(Organization organization) =>
        $"/o/{organization.Slug}/organization-settings/application-keys";

    /// <summary>Goes on, or asks where to.</summary>
    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Organizations = await db.OrganizationsOf(User)
            .Where(organization => organization.DisabledAt == null)
            .ToListAsync(cancellationToken);
        return Organizations is [var only] ? Redirect(AddressIn(only)) : Page();
    }
}
