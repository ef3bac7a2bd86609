using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data;

// What the audit trail tells, and in which words.
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

    private static readonly string[] ToldOfApps =
    [
        nameof(OAuthApp.CreatedAt), nameof(OAuthApp.ApprovedAt), nameof(OAuthApp.DisabledAt), nameof(OAuthApp.DeletedAt),
        nameof(OAuthApp.RestrictedTo),
    ];

    private static readonly string[] ToldOfClients =
    [
        nameof(OAuthClient.Name), nameof(OAuthClient.Publisher), nameof(OAuthClient.RedirectUris),
        nameof(OAuthClient.Scopes), nameof(OAuthClient.ActsAs),
    ];

    private static readonly string[] ToldOfTests = [nameof(TestRevocation.StartedAt), nameof(TestRevocation.EndsAt)];

    private static readonly string[] ToldOfUsers =
        [nameof(User.Name), nameof(User.Email), nameof(User.Title), nameof(User.DisabledAt)];

    private static readonly string[] ToldOfRoles =
        [nameof(Role.Name), nameof(Role.Permissions), nameof(Role.ReceivesPermissionsFrom)];

    private static readonly string[] ToldOfOrganizations =
    [
        nameof(Organization.ApiKeyLimit), nameof(Organization.ApplicationKeyLimit), nameof(Organization.UndoDays),
        nameof(Organization.ContactsConfirmedAt), nameof(Organization.Name), nameof(Organization.DisabledAt),
    ];

    private static readonly string[] ToldOfInvites =
        [nameof(Invite.SentAt), nameof(Invite.AcceptedAt), nameof(Invite.WithdrawnAt)];

    private static readonly string[] ToldOfPolicies =
    [
        nameof(Policies.AdminOnlyInvites), nameof(Policies.HasLongInvites), nameof(Policies.AllowsCustomRoles),
        nameof(Policies.RequiresSecondFactor), nameof(Policies.DisallowedOAuthClients),
        nameof(Policies.RequiresAppApproval), nameof(Policies.AllowedDomains),
        nameof(Policies.EnforcesAllowedDomains), nameof(Policies.MonitorTimezone),
    ];

    private static readonly string[] ToldOfReporters =
        [nameof(LeakReporter.Name), nameof(LeakReporter.Proof), nameof(LeakReporter.RevokedAt)];

    private static readonly string[] ToldOfRepositories =
        [nameof(WatchedRepository.Url), nameof(WatchedRepository.IsPublic), nameof(WatchedRepository.DeletedAt)];

    private readonly record struct Told(AuditAction Action, string Name, string Verb);

    private static Told WordsOf(EntityEntry entry) => entry.State switch
    {
        EntityState.Added => new Told(AuditAction.Created, "created", "created"),
        EntityState.Deleted => new Told(AuditAction.Deleted, "deleted", "deleted"),
        _ => new Told(AuditAction.Modified, "modified", "changed"),
    };

    private static Told WordsOf(Credential credential, EntityEntry entry, IReadOnlyCollection<string> changed)
    {
        if (entry.State != EntityState.Modified)
        {
            return WordsOf(entry);
        }

        if (changed.Contains(nameof(Credential.RevokedAt)))
        {
            return credential.IsActive ? new Told(AuditAction.Modified, "restored", "brought back")
                : credential.RevokedBecause == RevocationReason.Expired
                    ? new Told(AuditAction.Deleted, "expired", "ended the expired")
                    : new Told(AuditAction.Deleted, "revoked", "revoked");
        }

        return MostImportant(
            entry,
            changed,
            (nameof(Credential.ReplacedBy), "rotated", "began to rotate"),
            (nameof(OwnedCredential.Scopes), "rescoped", "changed the scopes of"),
            (nameof(Credential.ExpiresAt), "expiry_changed", "changed the end of"),
            (nameof(Credential.RetireAt), "retirement_changed", "changed the retirement of"),
            (nameof(Credential.Name), "renamed", "renamed"));
    }

    private static Told WordsOf(OAuthGrant grant, EntityEntry entry, IReadOnlyCollection<string> changed) =>
        entry.State != EntityState.Modified ? new Told(AuditAction.Created, "authorized", "authorized the")
        : !changed.Contains(nameof(Credential.RevokedAt))
            ? new Told(AuditAction.Modified, "rescoped", "gave more scopes to the")
        : grant.IsActive ? new Told(AuditAction.Modified, "restored", "brought back the access of the")
        : grant.RevokedBecause == RevocationReason.Replayed
            ? new Told(AuditAction.Deleted, "replayed", "ended, because a code or token was used twice, the access of the")
            : new Told(AuditAction.Deleted, "revoked", "ended the access of the");

    private static Told WordsOf(OAuthApp app, EntityEntry entry, IReadOnlyCollection<string> changed) =>
        entry.State == EntityState.Added
            ? app.ApprovedAt is null
                ? new Told(AuditAction.Created, "requested", "asked for the approval of the")
                : WordsOf(entry)
        : changed.Contains(nameof(OAuthApp.DeletedAt)) ? new Told(AuditAction.Deleted, "deleted", "deleted the")
        : changed.Contains(nameof(OAuthApp.DisabledAt))
            ? app.DisabledAt is null
                ? new Told(AuditAction.Modified, "enabled", "enabled the")
                : new Told(AuditAction.Modified, "disabled", "disabled the")
        : MostImportant(
            entry,
            changed,
            (nameof(OAuthApp.ApprovedAt), "approved", "approved the"),
            (nameof(OAuthApp.RestrictedTo), "rescoped", "restricted the scopes of the"));

    private static Told WordsOf(TestRevocation test, EntityEntry entry) => entry.State == EntityState.Added
        ? new Told(
            AuditAction.Modified,
            "test_revocation_started",
            $"turned off for {(test.EndsAt - test.StartedAt).TotalMinutes:0} minutes, as a test, the")
        : new Told(AuditAction.Modified, "test_revocation_stopped", "turned on again the");

    private static Told WordsOf(User user, EntityEntry entry, IReadOnlyCollection<string> changed) =>
        entry.State == EntityState.Added ? WordsOf(entry)
        : !changed.Contains(nameof(User.DisabledAt))
            ? MostImportant(entry, changed, (nameof(User.Roles), "roles_changed", "changed the roles of"))
        : user.DisabledAt is null ? new Told(AuditAction.Modified, "enabled", "enabled")
        : new Told(AuditAction.Deleted, "disabled", "disabled");

    private static Told WordsOf(Organization organization, EntityEntry entry, IReadOnlyCollection<string> changed) =>
        entry.State == EntityState.Added ? WordsOf(entry) : MostImportant(
            entry,
            changed,
            (nameof(Organization.ApiKeyLimit), "limits_changed", "changed the limits of the"),
            (nameof(Organization.ApplicationKeyLimit), "limits_changed", "changed the limits of the"),
            (nameof(Organization.UndoDays), "undo_changed", "changed for how long revocations can be undone in the"),
            (nameof(Organization.PrimaryContact), "contacts_changed", "changed the security contacts of the"),
            (nameof(Organization.SecondaryContact), "contacts_changed", "changed the security contacts of the"),
            (nameof(Organization.ContactsConfirmedAt), "contacts_confirmed", "confirmed the security contacts of the"),
            (nameof(Organization.DisabledAt), organization.DisabledAt is null ? "enabled" : "disabled",
                organization.DisabledAt is null ? "enabled the" : "disabled the"),
            (nameof(Organization.Name), "renamed", "renamed the"),
            (nameof(Organization.LeakRules), "leak_rules_changed", "changed how leaks are answered in the"),
            (Array.Find(ToldOfPolicies, changed.Contains) ?? "", "policies_changed", "changed the policies of the"),
            (changed.First(), "thresholds_changed", "changed the thresholds of the"));

    private static (string Name, string Verb) WordsOf(AlertEventKind kind) => kind switch
    {
        AlertEventKind.Seen => ("seen", "looked for the first time at"),
        AlertEventKind.Acknowledged => ("acknowledged", "acknowledged"),
        AlertEventKind.Assigned => ("assigned", "assigned"),
        AlertEventKind.Released => ("released", "gave back"),
        AlertEventKind.Snoozed => ("snoozed", "put off"),
        AlertEventKind.Dismissed => ("dismissed", "dismissed"),
        AlertEventKind.Reopened => ("reopened", "opened again"),
        AlertEventKind.Held => ("held", "objected to what the rules would do to"),
        AlertEventKind.Commented => ("commented", "commented on"),
        AlertEventKind.StepDone => ("step_done", "ticked a step of"),
        AlertEventKind.StepUndone => ("step_undone", "took back a step of"),
        _ => throw new InvalidOperationException($"Nobody does {kind} to an alert."),
    };

    private static Told WordsOf(Invite invite, EntityEntry entry, IReadOnlyCollection<string> changed) =>
        entry.State != EntityState.Modified ? new Told(AuditAction.Created, "invited", "sent the")
        : changed.Contains(nameof(Invite.AcceptedAt)) ? new Told(AuditAction.Modified, "accepted", "accepted the")
        : changed.Contains(nameof(Invite.WithdrawnAt)) ? new Told(AuditAction.Deleted, "withdrawn", "deleted the")
        : new Told(AuditAction.Modified, "resent", "sent again the");

    private static Told MostImportant(
        EntityEntry entry,
        IReadOnlyCollection<string> changed,
        params (string Property, string Name, string Verb)[] words)
    {
        var first = Array.Find(words, word => changed.Contains(word.Property));
        return first.Name is null ? WordsOf(entry) : new Told(AuditAction.Modified, first.Name, first.Verb);
    }

    private static AuditAsset AssetOf(User user) =>
        new("user", user.Id.Value, user.IsServiceAccount ? user.DisplayName : user.Email);

    // Datadog's audit trail calls a client token a public API key.
    private static AuditAsset AssetOf(Credential credential) => new(
        credential switch
        {
            ApiKey => "api_key",
            ApplicationKey => "application_key",
            ClientToken => "public_api_key",
            PersonalAccessToken => "personal_access_token",
            ServiceAccessToken => "service_access_token",
            OAuthGrant => "oauth_grant",
            OAuthClientSecret => "oauth_client_secret",
            _ => throw new InvalidOperationException($"The audit trail has no word for a {credential.GetType().Name}."),
        },
        credential.Id.Value,
        credential.Name);
}
