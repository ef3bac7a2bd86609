using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages;

/// <summary>
/// Where the link in a verification email leads. Opening it changes nothing, for mail scanners open links; the button
/// does.
/// </summary>
[ResponseCache(NoStore = true)]
public sealed class VerifyContactModel(SafetyCenterDb db, EmailLinks links, TimeProvider time) : PageModel
{
    /// <summary>Whose contact it is.</summary>
    public string OrganizationName { get; private set; } = "";

    /// <summary>The address.</summary>
    public string Email { get; private set; } = "";

    /// <summary>When it was verified, if it was.</summary>
    public DateTimeOffset? VerifiedAt { get; private set; }

    /// <summary>Asks.</summary>
    public async Task<IActionResult> OnGetAsync(string token, CancellationToken cancellationToken) =>
        await FindAsync(token, cancellationToken) is null ? NotFound() : Page();

    /// <summary>Verifies.</summary>
    public async Task<IActionResult> OnPostAsync(string token, CancellationToken cancellationToken)
    {
        if (await FindAsync(token, cancellationToken) is not { } contact)
        {
            return NotFound();
        }

        contact.Verify(time.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
        VerifiedAt = contact.VerifiedAt;
        return Page();
    }

    private async Task<SecurityContact?> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (links.ReadContact(token) is not var (id, email))
        {
            return null;
        }

        var contact = await db.SecurityContacts.IgnoreQueryFilters([CurrentOrganization.Filter])
            .SingleOrDefaultAsync(contact => contact.Id == id && contact.Email == email, cancellationToken);
        if (contact is null)
        {
            return null;
        }

        (Email, VerifiedAt) = (contact.Email, contact.VerifiedAt);
        OrganizationName = await db.Organizations
            .Where(organization => organization.Id == contact.OrganizationId)
            .Select(organization => organization.Name)
            .SingleAsync(cancellationToken);
        return contact;
    }
}
