using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>Who is told what: security emails as rows, in the transaction of what they tell about.</summary>
public static class SecurityEmails
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>
    /// Who gets the security emails of each organization: its contacts, verified or not, or else its admins.
    /// </summary>
    public static async Task<ILookup<Id<Organization>, string>> RecipientsAsync(
        SafetyCenterDb db, IReadOnlyCollection<Id<Organization>> organizationIds, CancellationToken cancellationToken)
    {
        var contacts = await db.SecurityContacts.IgnoreQueryFilters(Filter)
            .Where(contact => organizationIds.Contains(contact.OrganizationId))
            .Select(contact => new { contact.OrganizationId, contact.Email })
            .ToListAsync(cancellationToken);
        var without = organizationIds.Except(contacts.Select(contact => contact.OrganizationId)).ToArray();
        var admins = without.Length == 0 ? [] : await db.People.IgnoreQueryFilters(Filter).Admins()
            .Where(admin => without.Contains(admin.OrganizationId))
            .Select(admin => new { admin.OrganizationId, admin.Email })
            .ToListAsync(cancellationToken);
        return contacts.Concat(admins).ToLookup(row => row.OrganizationId, row => row.Email);
    }

    /// <summary>Adds the emails that say that leaked credentials no longer open anything.</summary>
    /// <returns>Whether any was added: whether any of the credentials had leaked.</returns>
    public static async Task<bool> AddLeakClosedAsync(
        SafetyCenterDb db,
        IReadOnlyCollection<Id<Credential>> revoked,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var alerts = await db.Alerts.IgnoreQueryFilters(Filter).OfLeaks()
            .Where(alert => revoked.Contains(alert.CredentialId))
            .Select(alert => new { alert.Id, alert.OrganizationId })
            .ToListAsync(cancellationToken);
        if (alerts.Count == 0)
        {
            return false;
        }

        var recipients = await RecipientsAsync(
            db, [.. alerts.Select(alert => alert.OrganizationId).Distinct()], cancellationToken);
        var emails = alerts.SelectMany(alert => recipients[alert.OrganizationId].Distinct().Select(recipient => new Email(
            alert.OrganizationId, EmailKind.LeakClosed, alert.Id.Value, recipient, $"leak-closed:{alert.Id}", now)));
        db.Emails.AddRange(await LeakEmailCap.CappedAsync(db, [.. emails], now, cancellationToken));
        return true;
    }

    /// <summary>
    /// Adds the emails that say that somebody dismissed an alert although the key is active: whoever hides a leak is seen. It was
    /// the last thing that happened to the alert.
    /// </summary>
    public static async Task AddLeakDismissedAsync(
        SafetyCenterDb db, Alert alert, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var recipients = await RecipientsAsync(db, [alert.OrganizationId], cancellationToken);
        var eventKey = $"leak-dismissed:{alert.Events[^1].Id}";
        db.Emails.AddRange(recipients[alert.OrganizationId].Distinct().Select(recipient => new Email(
            alert.OrganizationId, EmailKind.LeakDismissed, alert.Id.Value, recipient, eventKey, now)));
    }

    /// <summary>
    /// Adds the emails of a change of contacts: each new address is asked whether it is its owner's; old and new
    /// addresses and all admins are told who gets security emails now.
    /// </summary>
    public static async Task AddContactsChangedAsync(
        SafetyCenterDb db,
        Organization organization,
        ContactsChange change,
        IReadOnlyCollection<string> before,
        User by,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        foreach (var contact in change.Added)
        {
            db.Emails.Add(new Email(
                organization.Id, EmailKind.VerifyContact, contact.Id.Value, contact.Email, $"verify:{contact.Id}", now));
        }

        var admins = await db.People.Admins().Select(admin => admin.Email).ToListAsync(cancellationToken);
        var after = organization.Contacts.Select(contact => contact.Email).ToArray();
        var details = $"{by.DisplayName}\n{string.Join(", ", before)}\n{string.Join(", ", after)}";
        var eventKey = $"contacts-changed:{organization.Id}:{now.UtcTicks}";
        foreach (var recipient in admins.Concat(before).Concat(after).Distinct())
        {
            db.Emails.Add(new Email(
                organization.Id, EmailKind.ContactsChanged, organization.Id.Value, recipient, eventKey, now, details));
        }
    }
}
