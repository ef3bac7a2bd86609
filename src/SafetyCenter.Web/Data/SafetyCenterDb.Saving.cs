using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Findings;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Data;

public sealed partial class SafetyCenterDb
{
    private bool _emailsWritten;

    /// <summary>
    /// Does one guarded action under the lock of an organization, so that what it counted (keys, admins) still holds
    /// when it is saved. Saves and commits.
    /// </summary>
    public async Task<T> LockedAsync<T>(
        Id<Organization> organizationId, Func<Organization, Task<T>> action, CancellationToken cancellationToken)
    {
        await using var transaction = await Database.BeginTransactionAsync(cancellationToken);

        // Not FromSql: it looks for the columns of complex properties (thresholds) under names the table does not have.
        await Database.ExecuteSqlAsync(
            $"SELECT 1 FROM organizations WHERE id = {organizationId.Value} FOR UPDATE", cancellationToken);
        var organization = await Organizations.SingleAsync(
            organization => organization.Id == organizationId, cancellationToken);
        var result = await action(organization);
        await SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        AfterCommit();
        return result;
    }

    /// <inheritdoc />
    public override async Task<int> SaveChangesAsync(
        bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        var disabled = JustDisabled();
        var at = time.GetUtcNow();
        await RevokeKeysOfAsync(disabled, at, cancellationToken);
        await ReleaseAlertsOfAsync(disabled, at, cancellationToken);
        TellAddressesOf(disabled, at);
        await DisableDisallowedAppsAsync(at, cancellationToken);
        var endings = await EndingsOfAppsAsync(at, cancellationToken);
        AddAuditEvents();
        await CredentialEmails.AddToOwnersAsync(this, time.GetUtcNow(), cancellationToken);
        await AppEmails.AddAsync(this, time.GetUtcNow(), cancellationToken);
        var causes = Causes();
        var revoked = Revoked();
        NoteChangedCredentials();
        _emailsWritten |= ChangeTracker.Entries<Email>().Any(entry => entry.State == EntityState.Added);
        var isOwnTransaction = Database.CurrentTransaction is null;
        var endangered = OrganizationsThatMayLoseAnAdmin();
        if (causes.Count == 0 && revoked.Count == 0 && endangered.Count == 0 && endings.Count == 0)
        {
            var count = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
            if (isOwnTransaction)
            {
                AfterCommit();
            }

            return count;
        }

        await using var transaction = isOwnTransaction
            ? await Database.BeginTransactionAsync(cancellationToken)
            : null;
        await LockAsync(endangered, cancellationToken);
        var saved = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        await RefuseToLoseTheLastAdminAsync(endangered, cancellationToken);
        foreach (var ending in endings)
        {
            await EndAsync(ending, cancellationToken);
        }

        var now = time.GetUtcNow();
        foreach (var (rule, scope) in causes)
        {
            await Reconciliation.RunAsync(this, rule, scope, now, cancellationToken);
        }

        if (revoked.Count > 0 && await SecurityEmails.AddLeakClosedAsync(this, revoked, now, cancellationToken))
        {
            _emailsWritten = true;
            saved += await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        }

        if (transaction is not null)
        {
            await transaction.CommitAsync(cancellationToken);
            AfterCommit();
        }

        return saved;
    }

    /// <inheritdoc />
    public override int SaveChanges(bool acceptAllChangesOnSuccess) =>
        throw new NotSupportedException("Save with SaveChangesAsync: only that reconciles findings.");

    private List<User> JustDisabled() => ChangeTracker.Entries<User>()
        .Where(entry => entry.State == EntityState.Modified
            && entry.Property(user => user.DisabledAt) is { IsModified: true, OriginalValue: null, CurrentValue: not null })
        .Select(entry => entry.Entity)
        .ToList();

    // By whatever path somebody is disabled, their keys and tokens end with it, for good (seed 004). API keys and client
    // tokens they made have no owner, and stay.
    private async Task RevokeKeysOfAsync(List<User> users, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (users.Count == 0)
        {
            return;
        }

        var disabled = users.Select(user => user.Id).ToArray();
        var owned = await Set<OwnedCredential>().IgnoreQueryFilters([CurrentOrganization.Filter]).Active()
            .Where(credential => disabled.Contains(credential.OwnerId))
            .ToListAsync(cancellationToken);
        foreach (var credential in owned)
        {
            credential.Revoke(
                actor.IsKnown ? actor.UserId : null, RevocationReason.OwnerDisabled, int.MaxValue, now);
        }
    }

    // A service account reads no page; whoever looks after it reads mail.
    private void TellAddressesOf(List<User> disabled, DateTimeOffset now) => Emails.AddRange(disabled
        .Where(user => user.IsServiceAccount)
        .Select(account => new Email(
            account.OrganizationId,
            EmailKind.ServiceAccountDisabled,
            account.Id.Value,
            account.Email,
            $"account-disabled:{account.Id}:{account.DisabledAt!.Value.UtcTicks}",
            now,
            actor.Source.Name)));

    private void RingIfEmailsWereWritten()
    {
        if (_emailsWritten)
        {
            _emailsWritten = false;
            emailWake.Ring();
        }
    }

    // Which rules the pending changes can make true or false, and for whom.
    private List<(FindingRule Rule, Extent Extent)> Causes()
    {
        ChangeTracker.DetectChanges();
        var changed = ChangeTracker.Entries()
            .Where(entry => entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted)
            .ToList();
        var causes = new List<(FindingRule, Extent)>();
        AddSubjects(FindingRule.UnusedApiKey, Changed<ApiKey>().Select(key => key.Id.Value));
        AddSubjects(
            FindingRule.InactiveOAuthApp,
            Changed<OAuthApp>().Select(app => app.Id.Value)
                .Concat(Changed<OAuthGrant>().Select(grant => grant.AppId.Value))
                .Concat(Changed<OAuthClientSecret>().Select(secret => secret.AppId.Value)));
        AddSubjects(FindingRule.StaleInvite, Changed<Invite>().Select(invite => invite.Id.Value));

        foreach (var organizationId in OrganizationsWithOtherAdmins(changed))
        {
            causes.Add((FindingRule.TooManyAdmins, Extent.Of(organizationId)));
            causes.Add((FindingRule.OnlyOneAdmin, Extent.Of(organizationId)));
        }

        foreach (var entry in changed.Where(entry => entry.Entity is Organization))
        {
            var organizationId = ((Organization)entry.Entity).Id;
            var thresholds = entry.ComplexProperty(nameof(Organization.Thresholds));
            var rules = entry.State == EntityState.Modified && thresholds.IsModified
                ? FindingRule.All
                : [FindingRule.ContactsDue];
            causes.AddRange(rules.Select(rule => (rule, Extent.Of(organizationId))));
        }

        foreach (var organizationId in Changed<SecurityContact>().Select(contact => contact.OrganizationId).Distinct())
        {
            causes.Add((FindingRule.ContactsDue, Extent.Of(organizationId)));
        }

        return [.. causes.DistinctBy(cause => (cause.Item1.Name, cause.Item2.OrganizationId, cause.Item2.SubjectIds))];

        IEnumerable<T> Changed<T>() => changed.Select(entry => entry.Entity).OfType<T>();

        void AddSubjects(FindingRule rule, IEnumerable<Guid> ids)
        {
            var subjects = ids.Distinct().ToArray();
            if (subjects.Length > 0)
            {
                causes.Add((rule, Extent.Of(subjects)));
            }
        }
    }

    private HashSet<Id<Organization>> OrganizationsWithOtherAdmins(List<EntityEntry> changed)
    {
        string[] decisive = [nameof(User.LoginId), nameof(User.DisabledAt), nameof(User.IsServiceAccount)];
        var organizations = new HashSet<Id<Organization>>();

        // Once: each question to the change tracker compares everything it knows, and five hundred may be invited at a time.
        var ofTrackedUsers = new Lazy<HashSet<Id<Organization>>>(
            () => [.. ChangeTracker.Entries<User>().Select(user => user.Entity.OrganizationId)]);
        foreach (var entry in changed)
        {
            switch (entry.Entity)
            {
                case User user when entry.State != EntityState.Modified
                    || decisive.Any(property => entry.Property(property).IsModified):
                    organizations.Add(user.OrganizationId);
                    break;
                case Role role:
                    organizations.Add(role.OrganizationId);
                    break;
                case Dictionary<string, object> when entry.Metadata.GetTableName() == "user_roles":
                    // Who was given or lost a role is tracked beside the row that says so.
                    organizations.UnionWith(ofTrackedUsers.Value);
                    break;
            }
        }

        return organizations;
    }

    private List<Id<Credential>> Revoked() => ChangeTracker.Entries<Credential>()
        .Where(entry => entry.State == EntityState.Modified
            && entry.Property(credential => credential.RevokedAt) is { IsModified: true, CurrentValue: not null })
        .Select(entry => entry.Entity.Id)
        .ToList();
}
