using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Findings;

/// <summary>
/// When each rule holds, said once. Every use of a rule (scan, clearing, "next 30 days", preview of a threshold) runs
/// these expressions in the database. Spans are spans of time between instants, and a boundary counts as reached.
/// </summary>
public static class FindingRules
{
    /// <summary>Active, and quiet for the organization's number of days.</summary>
    /// <param name="keys">The keys to judge.</param>
    /// <param name="organizations">Their organizations.</param>
    /// <param name="lowestThreshold">
    /// The lowest number of days in use anywhere: it bounds what the index on the quiet day hands over.
    /// </param>
    /// <param name="now">The present, or the moment to judge for.</param>
    public static IQueryable<SubjectHolding<Credential>> UnusedApiKeys(
        IQueryable<ApiKey> keys, IQueryable<Organization> organizations, int lowestThreshold, DateTimeOffset now)
    {
        var latestDay = DateOnly.FromDateTime(now.UtcDateTime.AddDays(-lowestThreshold));
        return
            from key in keys.Active()
            where key.QuietOn <= latestDay
            join organization in organizations on key.OrganizationId equals organization.Id
            where key.QuietSince <= now.AddDays(-organization.Thresholds.UnusedApiKeyDays)
            select new SubjectHolding<Credential>
            {
                OrganizationId = key.OrganizationId,
                SubjectId = key.Id,
                Since = key.QuietSince.AddDays(organization.Thresholds.UnusedApiKeyDays),
                Threshold = organization.Thresholds.UnusedApiKeyDays,
            };
    }

    /// <summary>
    /// Enabled, with a live grant or secret, and none of these used or given for the organization's number of days; the
    /// lower number counts when a live grant writes.
    /// </summary>
    public static IQueryable<SubjectHolding<OAuthApp>> InactiveOAuthApps(
        IQueryable<OAuthApp> apps,
        IQueryable<OAuthGrant> grants,
        IQueryable<OAuthClientSecret> secrets,
        IQueryable<Organization> organizations,
        DateTimeOffset now)
    {
        var writing = PermissionCatalogue.Writing.Order(StringComparer.Ordinal).ToArray();
        var live = grants.Active()
            .Select(grant => new
            {
                grant.AppId,
                grant.QuietSince,
                Writes = grant.Scopes.Any(scope => writing.Contains(scope)) ? 1 : 0,
            })
            .Concat(secrets.ActiveAt(now).Select(secret => new { secret.AppId, secret.QuietSince, Writes = 0 }));
        var quiet =
            from held in live
            group held by held.AppId into held
            select new
            {
                AppId = held.Key,
                Since = held.Max(one => one.QuietSince),
                Writing = held.Sum(one => one.Writes),
            };
        return
            from app in apps
            where app.DisabledAt == null && app.DeletedAt == null
            join held in quiet on app.Id equals held.AppId
            join organization in organizations on app.OrganizationId equals organization.Id
            let days = held.Writing > 0
                ? organization.Thresholds.InactiveWritingAppDays
                : organization.Thresholds.InactiveAppDays
            where held.Since <= now.AddDays(-days)
            select new SubjectHolding<OAuthApp>
            {
                OrganizationId = app.OrganizationId,
                SubjectId = app.Id,
                Since = held.Since.AddDays(days),
                Threshold = days,
            };
    }

    /// <summary>Open, and sent the organization's number of days ago.</summary>
    public static IQueryable<SubjectHolding<Invite>> StaleInvites(
        IQueryable<Invite> invites, IQueryable<Organization> organizations, DateTimeOffset now) =>
        from invite in invites.Open()
        join organization in organizations on invite.OrganizationId equals organization.Id
        where invite.SentAt <= now.AddDays(-organization.Thresholds.StaleInviteDays)
        select new SubjectHolding<Invite>
        {
            OrganizationId = invite.OrganizationId,
            SubjectId = invite.Id,
            Since = invite.SentAt.AddDays(organization.Thresholds.StaleInviteDays),
            Threshold = organization.Thresholds.StaleInviteDays,
        };

    /// <summary>More than the organization's percentage of active people are admins.</summary>
    public static IQueryable<CountedHolding> TooManyAdmins(
        IQueryable<Organization> organizations, IQueryable<User> users, DateTimeOffset now) =>
        from count in Counted(organizations, users)
        where count.Admins * 100 > count.People * count.Organization.Thresholds.AdminPercent
        select new CountedHolding
        {
            OrganizationId = count.Organization.Id,
            Since = now,
            Threshold = count.Organization.Thresholds.AdminPercent,
            Measured = count.Admins,
            OutOf = count.People,
        };

    /// <summary>Exactly one active person is an admin.</summary>
    public static IQueryable<OrganizationHolding> OnlyOneAdmin(
        IQueryable<Organization> organizations, IQueryable<User> users, DateTimeOffset now) =>
        from count in Counted(organizations, users)
        where count.Admins == 1
        select new OrganizationHolding
        {
            OrganizationId = count.Organization.Id,
            Since = now,
            Threshold = 1,
        };

    /// <summary>No primary contact, or six calendar months since the contacts were confirmed.</summary>
    public static IQueryable<OrganizationHolding> ContactsDue(
        IQueryable<Organization> organizations, IQueryable<SecurityContact> contacts, DateTimeOffset now) =>
        from organization in organizations
        let primary = contacts.Any(
            contact => contact.OrganizationId == organization.Id && contact.Position == ContactPosition.Primary)
        let due = organization.ContactsConfirmedAt!.Value.AddMonths(Organization.ContactsReviewMonths)
        where !primary || organization.ContactsConfirmedAt == null || due <= now
        select new OrganizationHolding
        {
            OrganizationId = organization.Id,
            Since = primary && organization.ContactsConfirmedAt != null ? due
                : organization.ContactsConfirmedAt ?? organization.CreatedAt,
            Threshold = Organization.ContactsReviewMonths,
        };

    private static IQueryable<AdminCount> Counted(IQueryable<Organization> organizations, IQueryable<User> users)
    {
        var people = users.ActivePeople();
        var admins = users.Admins();
        return organizations.Select(organization => new AdminCount
        {
            Organization = organization,
            Admins = admins.Count(admin => admin.OrganizationId == organization.Id),
            People = people.Count(person => person.OrganizationId == organization.Id),
        });
    }

    private sealed class AdminCount
    {
        public required Organization Organization { get; init; }

        public required int Admins { get; init; }

        public required int People { get; init; }
    }
}
