using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data;

// How the audit trail is written. What is told of whom, and in which words, stands in SafetyCenterDb.AuditWords.
public sealed partial class SafetyCenterDb
{
    private static readonly JsonSerializerOptions ChangesJson =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Converters = { new JsonStringEnumConverter() } };

    private static readonly JsonSerializerOptions EventJson = new(ChangesJson)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly record struct Change(string Property, object? Before, object? After);

    /// <summary>
    /// Writes down every act on a credential and on who may use it, whichever page, endpoint or job does it: from what is
    /// about to be saved, in the same transaction.
    /// </summary>
    private void AddAuditEvents()
    {
        var now = time.GetUtcNow();
        var entries = ChangeTracker.Entries().ToList();
        var events = entries
            .Select(entry => AuditOf(entry, entries, now))
            .OfType<AuditEvent>()
            .ToList();
        AuditEvents.AddRange(events);
    }

    private AuditEvent? AuditOf(EntityEntry entry, List<EntityEntry> all, DateTimeOffset now) => entry.Entity switch
    {
        OAuthGrant grant => Audit(
            grant.OrganizationId,
            () => AssetOf(grant),
            "OAuth app",
            Changes(entry, ToldOfCredentials),
            changed => WordsOf(grant, entry, changed),
            now),
        Credential credential => Audit(
            credential.OrganizationId,
            () => AssetOf(credential),
            credential.KindName,
            Changes(entry, ToldOfCredentials),
            changed => WordsOf(credential, entry, changed),
            now),
        TestRevocation test => Audit(
            test.OrganizationId,
            () => AssetOf(all.Select(other => other.Entity).OfType<Credential>().First(row => row.Id == test.CredentialId)),
            "credential",
            Changes(entry, ToldOfTests),
            _ => WordsOf(test, entry),
            now),
        OAuthApp app => Audit(
            app.OrganizationId,
            () => new AuditAsset("oauth_app", app.Id.Value, app.Name),
            "OAuth app",
            Changes(entry, ToldOfApps),
            changed => WordsOf(app, entry, changed),
            now),

        // That one is registered is told of its app in the organization.
        OAuthClient { OrganizationId: { } organizationId } client when entry.State == EntityState.Modified => Audit(
            organizationId,
            () => new AuditAsset("oauth_app", IdOf(client, all), client.Name),
            "OAuth app",
            Changes(entry, ToldOfClients),
            _ => WordsOf(entry),
            now),
        // Whoever acts on an alert has loaded it with its credential. What happens by itself stands in its history alone.
        AlertEvent { By: not null } happened when entry.State == EntityState.Added => AuditOf(happened, all, now),
        LeakReporter reporter => Audit(
            reporter.OrganizationId,
            () => new AuditAsset("leak_reporter", reporter.Id.Value, reporter.Name),
            "leak reporter",
            Changes(entry, ToldOfReporters),
            _ => reporter.RevokedAt is null ? WordsOf(entry) : new Told(AuditAction.Deleted, "revoked", "revoked the"),
            now),
        WatchedRepository repository => Audit(
            repository.OrganizationId,
            () => new AuditAsset("watched_repository", repository.Id.Value, repository.Url),
            "watched repository",
            Changes(entry, ToldOfRepositories),
            _ => repository.DeletedAt is null ? WordsOf(entry) : new Told(AuditAction.Deleted, "deleted", "deleted the"),
            now),
        User user => Audit(
            user.OrganizationId,
            () => AssetOf(user),
            user.IsServiceAccount ? "service account" : "user",
            [.. Changes(entry, ToldOfUsers), .. RolesOf(user, entry, all)],
            changed => WordsOf(user, entry, changed),
            now),
        Invite invite => Audit(
            invite.OrganizationId,
            () => new AuditAsset("user_invite", invite.Id.Value, invite.User.Email),
            "invite of",
            Changes(entry, ToldOfInvites),
            changed => WordsOf(invite, entry, changed),
            now),
        Role { Managed: false } role => Audit(
            role.OrganizationId,
            () => new AuditAsset("role", role.Id.Value, role.Name),
            "role",
            Changes(entry, ToldOfRoles),
            _ => WordsOf(entry),
            now),
        Organization organization => Audit(
            organization.Id,
            () => new AuditAsset("organization", organization.Id.Value, organization.Name),
            "organization",
            [
                .. Changes(entry, ToldOfOrganizations),
                .. ThresholdsOf(entry),
                .. PoliciesOf(entry),
                .. LeakRulesOf(entry),
                .. ContactsOf(organization, all),
            ],
            changed => WordsOf(organization, entry, changed),
            now),
        _ => null,
    };

    /// <summary>What the audit trail says changed, as JSON, when a credential is revoked without having been loaded.</summary>
    internal static string ChangesOfRevocation(RevocationReason because, DateTimeOffset now) => JsonSerializer.Serialize(
        new Dictionary<string, object>
        {
            [SnakeCase.Of(nameof(Credential.RevokedAt))] = new { before = (object?)null, after = Plain(now) },
            [SnakeCase.Of(nameof(Credential.RevokedBecause))] = new { before = (object?)null, after = Plain(because) },
        },
        ChangesJson);

    private AuditEvent? Audit(
        Id<Organization> organizationId,
        Func<AuditAsset> assetOf,
        string kind,
        List<Change> changes,
        Func<IReadOnlyCollection<string>, Told> words,
        DateTimeOffset now)
    {
        if (changes.Count == 0)
        {
            return null;
        }

        var asset = assetOf();
        var (action, name, verb) = words([.. changes.Select(change => change.Property)]);
        var kindInSentence = kind.StartsWith("API", StringComparison.Ordinal)
            || kind.StartsWith("OAuth", StringComparison.Ordinal)
                ? kind
                : char.ToLowerInvariant(kind[0]) + kind[1..];
        return new AuditEvent(
            organizationId,
            action,
            name,
            asset,
            actor.Source,
            JsonSerializer.Serialize(
                changes.ToDictionary(
                    change => SnakeCase.Of(change.Property),
                    change => new { before = change.Before, after = change.After }),
                ChangesJson),
            $"{actor.Source.Name} {verb} {kindInSentence} “{asset.Name}”.",
            now);
    }

    // Whoever changes a program does so through its app, which is known then.
    private static Guid IdOf(OAuthClient client, List<EntityEntry> all) => all.Select(entry => entry.Entity)
        .OfType<OAuthApp>()
        .FirstOrDefault(app => app.ClientId == client.Id)?.Id.Value ?? client.Id.Value;

    private static List<Change> Changes(EntityEntry entry, string[] told) => entry.State switch
    {
        EntityState.Added =>
        [
            .. WorthTelling(entry, told).Where(property => property.CurrentValue is not (null or false))
                .Select(property => new Change(property.Metadata.Name, null, Plain(property.CurrentValue))),
        ],
        EntityState.Modified =>
        [
            .. WorthTelling(entry, told).Where(IsChanged).Select(property => new Change(
                property.Metadata.Name, Plain(property.OriginalValue), Plain(property.CurrentValue))),
        ],
        EntityState.Deleted =>
        [
            .. WorthTelling(entry, told).Select(property =>
                new Change(property.Metadata.Name, Plain(property.OriginalValue), null)),
        ],
        _ => [],
    };

    private static IEnumerable<PropertyEntry> WorthTelling(EntityEntry entry, string[] told) =>
        entry.Properties.Where(property => told.Contains(property.Metadata.Name));

    // Roles are given and taken away in rows of their own, beside the user's.
    private static IEnumerable<Change> RolesOf(User user, EntityEntry entry, List<EntityEntry> all)
    {
        var after = user.Roles.Select(role => role.Name).Order(StringComparer.Ordinal).ToArray();
        if (entry.State == EntityState.Added)
        {
            return after.Length == 0 ? [] : [new Change(nameof(User.Roles), null, after)];
        }

        var given = NamesOf(EntityState.Added);
        var taken = NamesOf(EntityState.Deleted);
        return given.Count + taken.Count == 0
            ? []
            : [new Change(nameof(User.Roles), after.Except(given).Concat(taken).Order(StringComparer.Ordinal).ToArray(), after)];

        List<string> NamesOf(EntityState state) =>
        [
            .. all.Where(row => row.State == state
                    && row.Metadata.GetTableName() == "user_roles"
                    && Key(row, typeof(User)).Equals(user.Id))
                .Select(row => all.Select(other => other.Entity).OfType<Role>()
                    .First(role => role.Id.Equals(Key(row, typeof(Role)))).Name),
        ];

        static object Key(EntityEntry row, Type of) => row.Property(row.Metadata.GetForeignKeys()
            .Single(key => key.PrincipalEntityType.ClrType == of).Properties[0].Name).CurrentValue!;
    }

    private static IEnumerable<Change> ThresholdsOf(EntityEntry entry) => entry.State != EntityState.Modified ? []
        : entry.ComplexProperty(nameof(Organization.Thresholds)).Properties.Where(IsChanged)
            .Select(property => new Change(property.Metadata.Name, property.OriginalValue, property.CurrentValue));

    private static IEnumerable<Change> LeakRulesOf(EntityEntry entry)
    {
        var rules = entry.Property(nameof(Organization.LeakRules));
        return entry.State == EntityState.Modified && rules.IsModified && !Equals(rules.OriginalValue, rules.CurrentValue)
            ? [new Change(nameof(Organization.LeakRules), rules.OriginalValue, rules.CurrentValue)]
            : [];
    }

    private AuditEvent AuditOf(AlertEvent happened, List<EntityEntry> all, DateTimeOffset now)
    {
        var alert = all.Select(entry => entry.Entity).OfType<Alert>().First(alert => alert.Id == happened.AlertId);
        var (name, verb) = WordsOf(happened.Kind);
        return new AuditEvent(
            happened.OrganizationId,
            AuditAction.Modified,
            name,
            new AuditAsset("alert", alert.Id.Value, alert.Credential.Name),
            actor.Source,
            JsonSerializer.Serialize(
                new { happened.Until, Resolution = happened.Resolution?.ToString(), happened.Step, happened.Text }, EventJson),
            $"{actor.Source.Name} {verb} the alert of “{alert.Credential.Name}”.",
            now);
    }

    private static IEnumerable<Change> PoliciesOf(EntityEntry entry) => entry.State != EntityState.Modified ? []
        : entry.ComplexProperty(nameof(Organization.Policies)).Properties.Where(IsChanged)
            .Select(property => new Change(property.Metadata.Name, property.OriginalValue, property.CurrentValue));

    private static IEnumerable<Change> ContactsOf(Organization organization, List<EntityEntry> all)
    {
        var contacts = all
            .Where(entry => entry.Entity is SecurityContact contact && contact.OrganizationId == organization.Id)
            .ToList();
        return
            from position in Enum.GetValues<ContactPosition>()
            let before = AddressAt(position, EntityState.Added, property => property.OriginalValue)
            let after = AddressAt(position, EntityState.Deleted, property => property.CurrentValue)
            where before != after
            select new Change($"{position}Contact", before, after);

        string? AddressAt(ContactPosition position, EntityState butNot, Func<PropertyEntry, object?> value) => contacts
            .Where(entry => entry.State != butNot
                && Equals(value(entry.Property(nameof(SecurityContact.Position))), position))
            .Select(entry => ((SecurityContact)entry.Entity).Email)
            .FirstOrDefault();
    }

    private static bool IsChanged(PropertyEntry property) => property.IsModified
        && !Equals(Plain(property.OriginalValue), Plain(property.CurrentValue))
        && !(property.OriginalValue is string[] before
            && property.CurrentValue is string[] after
            && before.SequenceEqual(after));

    private static object? Plain(object? value) => value switch
    {
        DateTimeOffset at => at.UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        Enum word => word.ToString(),
        Id<Credential> id => id.ToString(),
        Id<User> id => id.ToString(),
        _ => value,
    };
}
