using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>Who is told of the life of a credential: that it will end, that somebody else ended it, that one was made.</summary>
public static class CredentialEmails
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>What is told of an end now: of which credential, which end, and how many days ahead.</summary>
    public static string EndsKey(Credential credential, DateTimeOffset now) =>
        $"expiry:{credential.Id}:{EndOf(credential)}:{credential.WarningDue(now)}";

    /// <summary>An end as an email remembers it, to see at sending whether it still stands.</summary>
    public static string EndOf(Credential credential) =>
        credential.EndsAt?.UtcTicks.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>
    /// Emails that say that credentials of one organization end soon: to the owner (of a service account: to its address),
    /// or to whoever made them while that is an active person, or else to who gets security emails.
    /// </summary>
    public static async Task<IReadOnlyList<Email>> EndsAsync(
        SafetyCenterDb db,
        Id<Organization> organization,
        IReadOnlyCollection<Credential> credentials,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (credentials.Count == 0)
        {
            return [];
        }

        var ids = credentials.Select(PersonOf).OfType<Id<User>>().Distinct().ToArray();
        var people = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .Where(user => ids.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, cancellationToken);
        var others = (await SecurityEmails.RecipientsAsync(db, [organization], cancellationToken))[organization]
            .Distinct().ToArray();
        return
        [
            .. from credential in credentials
               from recipient in RecipientsOf(credential, people, others)
               select new Email(
                   organization,
                   EmailKind.CredentialEnds,
                   credential.Id.Value,
                   recipient,
                   EndsKey(credential, now),
                   now,
                   EndOf(credential)),
        ];
    }

    /// <summary>
    /// Adds the emails of changes that are about to be saved: to a person whose key or token somebody else revokes, and to
    /// the address of a service account of which one is made or revoked. What ends because its owner is disabled is not told
    /// one by one.
    /// </summary>
    public static async Task AddToOwnersAsync(
        SafetyCenterDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var changed = db.ChangeTracker.Entries<OwnedCredential>()
            .Where(entry => entry.Entity.Hash is not null)
            .Where(entry => entry.State == EntityState.Added || (entry.State == EntityState.Modified
                && entry.Property(credential => credential.RevokedAt)
                    is { IsModified: true, OriginalValue: null, CurrentValue: not null }
                && entry.Entity.RevokedBecause != RevocationReason.OwnerDisabled
                && entry.Entity.RevokedBy != entry.Entity.OwnerId))
            .Select(entry => entry.Entity)
            .ToList();
        if (changed.Count == 0)
        {
            return;
        }

        var owners = db.ChangeTracker.Entries<User>().ToDictionary(entry => entry.Entity.Id, entry => entry.Entity);
        var missing = changed.Select(credential => credential.OwnerId).Where(id => !owners.ContainsKey(id)).Distinct().ToArray();
        if (missing.Length > 0)
        {
            var loaded = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
                .Where(user => missing.Contains(user.Id))
                .ToListAsync(cancellationToken);
            loaded.ForEach(owner => owners[owner.Id] = owner);
        }

        db.Emails.AddRange(changed
            .Select(credential => ToOwner(credential, owners[credential.OwnerId], now))
            .OfType<Email>());
    }

    private static Email? ToOwner(OwnedCredential credential, User owner, DateTimeOffset now)
    {
        if (credential.RevokedAt is not { } revoked)
        {
            return owner.IsServiceAccount
                ? Of(EmailKind.AccountCredentialMade, $"credential-made:{credential.Id}")
                : null;
        }

        // A person was told of an end before it came, and began a rotation themselves.
        return owner.IsServiceAccount
            || credential.RevokedBecause is not (RevocationReason.Expired or RevocationReason.Rotated)
                ? Of(EmailKind.OwnCredentialRevoked, $"credential-revoked:{credential.Id}:{revoked.UtcTicks}")
                : null;

        Email Of(EmailKind kind, string eventKey) =>
            new(credential.OrganizationId, kind, credential.Id.Value, owner.Email, eventKey, now);
    }

    private static Id<User>? PersonOf(Credential credential) =>
        credential is OwnedCredential { OwnerId: var owner } ? owner : credential.CreatedBy;

    private static string[] RecipientsOf(
        Credential credential, Dictionary<Id<User>, User> people, string[] others)
    {
        var person = PersonOf(credential) is { } id ? people.GetValueOrDefault(id) : null;
        return credential is OwnedCredential || person is { IsServiceAccount: false, Status: UserStatus.Active }
            ? [person!.Email]
            : others;
    }
}
