using System.Security.Claims;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

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
        var loginId = Guid.Parse(User.FindFirstValue(ClaimTypes.NameIdentifier)!);
        Organizations = await db.Organizations.AsNoTracking()
            .Where(organization => db.People.IgnoreQueryFilters(new[] { CurrentOrganization.Filter }).ActivePeople()
                .Any(user => user.LoginId == loginId && user.OrganizationId == organization.Id))
            .OrderBy(organization => organization.Name)
            .ToListAsync(cancellationToken);
        return Organizations is [var only] ? Redirect(AddressIn(only)) : Page();
    }
}
