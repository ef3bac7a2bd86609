using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>Who is told of what becomes of the alerts of an organization.</summary>
/// <param name="Primary">The primary contact, or else all admins.</param>
/// <param name="Contacts">Both contacts, or else all admins.</param>
/// <param name="Everybody">Both contacts and all admins.</param>
internal sealed record AlertRecipients(
    IReadOnlyList<string> Primary, IReadOnlyList<string> Contacts, IReadOnlyList<string> Everybody)
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>Those of one organization.</summary>
    public static async Task<AlertRecipients> OfAsync(
        SafetyCenterDb db, Id<Organization> organization, CancellationToken cancellationToken)
    {
        var contacts = await db.SecurityContacts.IgnoreQueryFilters(Filter)
            .Where(contact => contact.OrganizationId == organization)
            .Select(contact => new { contact.Email, contact.Position })
            .ToListAsync(cancellationToken);
        var admins = await db.People.IgnoreQueryFilters(Filter).Admins()
            .Where(admin => admin.OrganizationId == organization)
            .Select(admin => admin.Email)
            .ToListAsync(cancellationToken);
        return contacts.Count == 0
            ? new AlertRecipients(admins, admins, admins)
            : new AlertRecipients(
                [contacts.MinBy(contact => contact.Position)!.Email],
                [.. contacts.Select(contact => contact.Email)],
                [.. contacts.Select(contact => contact.Email).Concat(admins).Distinct()]);
    }
}
