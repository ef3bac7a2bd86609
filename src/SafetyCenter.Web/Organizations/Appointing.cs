using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Organizations;

/// <summary>Says who gets security emails, whichever page or endpoint asks for it.</summary>
public static class Appointing
{
    /// <summary>Sets them; old and new addresses and all admins are told.</summary>
    /// <returns>The organization with its contacts, and what changed.</returns>
    /// <exception cref="RefusedException">The addresses cannot be, or who asks was disabled meanwhile.</exception>
    public static Task<(Organization Organization, ContactsChange Change)> ContactsAsync(
        SafetyCenterDb db,
        Actor actor,
        string? primary,
        string? secondary,
        DateTimeOffset now,
        CancellationToken cancellationToken) => PeopleLock.DoAsync(
        db,
        actor,
        [Permission.OrgManagement],
        async organization =>
        {
            await db.Entry(organization).Collection(row => row.Contacts).LoadAsync(cancellationToken);
            var before = organization.Contacts.Select(contact => contact.Email).ToArray();
            var change = organization.SetContacts(primary, secondary, actor.UserId, now);
            if (!change.IsEmpty)
            {
                db.AddRange(change.Added);
                await SecurityEmails.AddContactsChangedAsync(
                    db, organization, change, before, actor.User, now, cancellationToken);
            }

            return (organization, change);
        },
        cancellationToken);
}
