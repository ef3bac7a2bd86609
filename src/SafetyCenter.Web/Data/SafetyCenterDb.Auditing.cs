using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data;

public sealed partial class SafetyCenterDb
{
    // What is worth telling of each kind; never a hash, nor the value of a client token.
    private static readonly string[] ToldOfCredentials =
    [
        nameof(Credential.Name), nameof(OwnedCredential.Scopes), nameof(ApiKey.Category),
        nameof(ApiKey.RemoteConfigReadEnabled), nameof(Credential.ExpiresAt), nameof(Credential.ReplacedBy),
        nameof(Credential.RetireAt), nameof(Credential.RetiresWhenSilent), nameof(Credential.RevokedAt),
        nameof(Credential.RevokedBecause),
    ];

    private static readonly string[] ToldOfUsers =
        [nameof(User.Name), nameof(User.Email), nameof(User.Title), nameof(User.DisabledAt)];

    private static readonly string[] ToldOfOrganizations =
        [nameof(Organization.ApiKeyLimit), nameof(Organization.ApplicationKeyLimit), nameof(Organization.UndoDays)];

    private static readonly string[] ToldOfTests = [nameof(TestRevocation.StartedAt), nameof(TestRevocation.EndsAt)];

    private static readonly JsonSerializerOptions Changes =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly record struct Told(AuditAction Action, string Name, string Verb);

    /// <summary>
    /// Writes down every act on a credential and on who may use it, whichever page, endpoint or job does it: from what is
    /// about to be saved, in the same transaction.
    /// </summary>
    private void AddAuditEvents()
    {
        ChangeTracker.DetectChanges();
        var now = time.GetUtcNow();
        var events = ChangeTracker.Entries()
            .Where(entry => entry.State is EntityState.Added or EntityState.Modified)
            .Select(entry => AuditOf(entry, now))
            .OfType<AuditEvent>()
            .ToList();
        AuditEvents.AddRange(events);
    }

    private AuditEvent? AuditOf(EntityEntry entry, DateTimeOffset now) => entry.Entity switch
    {
        Credential credential => Audit(
            entry,
            credential.OrganizationId,
            new AuditAsset(AssetTypeOf(credential), credential.Id.Value, credential.Name),
            credential.KindName,
            ToldOfCredentials,
            changed => WordsOf(credential, entry, changed),
            now),
        TestRevocation test => Audit(
            entry,
            test.OrganizationId,
            TestedBy(test),
            "credential",
            ToldOfTests,
            _ => entry.State == EntityState.Added
                ? new Told(AuditAction.Modified, "test_revocation_started", "turned off for a test the")
                : new Told(AuditAction.Modified, "test_revocation_stopped", "turned on again the"),
            now),
        User user => Audit(
            entry,
            user.OrganizationId,
            new AuditAsset("user", user.Id.Value, user.Email),
            user.IsServiceAccount ? "service account" : "user",
            ToldOfUsers,
            changed => entry.State == EntityState.Added ? new Told(AuditAction.Created, "created", "created")
                : !changed.Contains(nameof(User.DisabledAt)) ? new Told(AuditAction.Modified, "modified", "changed")
                : user.DisabledAt is null ? new Told(AuditAction.Modified, "enabled", "enabled")
                : new Told(AuditAction.Deleted, "disabled", "disabled"),
            now),
        Organization organization => Audit(
            entry,
            organization.Id,
            new AuditAsset("organization", organization.Id.Value, organization.Name),
            "organization",
            ToldOfOrganizations,
            _ => entry.State == EntityState.Added
                ? new Told(AuditAction.Created, "created", "created")
                : new Told(AuditAction.Modified, "limits_changed", "changed the limits of the"),
            now),
        _ => null,
    };

    private AuditEvent? Audit(
        EntityEntry entry,
        Id<Organization> organizationId,
        AuditAsset asset,
        string kind,
        string[] told,
        Func<IReadOnlyCollection<string>, Told> words,
        DateTimeOffset now)
    {
        var isNew = entry.State == EntityState.Added;
        var properties = entry.Properties
            .Where(property => told.Contains(property.Metadata.Name))
            .Where(property => isNew ? property.CurrentValue is not null : IsChanged(property))
            .ToList();
        if (properties.Count == 0)
        {
            return null;
        }

        var (action, name, verb) = words([.. properties.Select(property => property.Metadata.Name)]);
        var changes = properties.ToDictionary(
            property => SnakeCase.Of(property.Metadata.Name),
            property => new
            {
                before = isNew ? null : Plain(property.OriginalValue),
                after = Plain(property.CurrentValue),
            });
        var kindInSentence = kind.StartsWith("API", StringComparison.Ordinal)
            ? kind
            : char.ToLowerInvariant(kind[0]) + kind[1..];
        return new AuditEvent(
            organizationId,
            action,
            name,
            asset,
            actor.Source,
            JsonSerializer.Serialize(changes, Changes),
            $"{actor.Source.Name} {verb} {kindInSentence} “{asset.Name}”.",
            now);
    }

    private AuditAsset TestedBy(TestRevocation test)
    {
        var credential = ChangeTracker.Entries<Credential>()
            .Select(entry => entry.Entity)
            .First(candidate => candidate.Id == test.CredentialId);
        return new AuditAsset(AssetTypeOf(credential), credential.Id.Value, credential.Name);
    }

    private static Told WordsOf(Credential credential, EntityEntry entry, IReadOnlyCollection<string> changed)
    {
        if (entry.State == EntityState.Added)
        {
            return new Told(AuditAction.Created, "created", "created");
        }

        if (changed.Contains(nameof(Credential.RevokedAt)))
        {
            return credential.IsActive ? new Told(AuditAction.Modified, "restored", "brought back")
                : credential.RevokedBecause == RevocationReason.Expired
                    ? new Told(AuditAction.Deleted, "expired", "ended the expired")
                    : new Told(AuditAction.Deleted, "revoked", "revoked");
        }

        (string Property, string Name, string Verb)[] byImportance =
        [
            (nameof(Credential.ReplacedBy), "rotated", "began to rotate"),
            (nameof(OwnedCredential.Scopes), "rescoped", "changed the scopes of"),
            (nameof(Credential.ExpiresAt), "expiry_changed", "changed the end of"),
            (nameof(Credential.RetireAt), "retirement_changed", "changed the retirement of"),
            (nameof(Credential.Name), "renamed", "renamed"),
        ];
        var first = byImportance.FirstOrDefault(word => changed.Contains(word.Property));
        return new Told(AuditAction.Modified, first.Name ?? "modified", first.Verb ?? "changed");
    }

    // Datadog's audit trail calls a client token a public API key.
    private static string AssetTypeOf(Credential credential) => credential switch
    {
        ApiKey => "api_key",
        ApplicationKey => "application_key",
        ClientToken => "public_api_key",
        PersonalAccessToken => "personal_access_token",
        ServiceAccessToken => "service_access_token",
        _ => throw new InvalidOperationException($"The audit trail has no word for a {credential.GetType().Name}."),
    };

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
        _ => value,
    };
}
