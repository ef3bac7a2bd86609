using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Data;

// What ends with an OAuth app, by whatever path it is disabled, deleted or restricted: set by set, for an app may act for
// everybody in the organization. Triggers tell other nodes the id of the app, once.
public sealed partial class SafetyCenterDb
{
    /// <summary>What ends with an app.</summary>
    /// <param name="AppId">The app.</param>
    /// <param name="Because">Why.</param>
    /// <param name="At">When.</param>
    /// <param name="Kept">Grants that hold nothing but these stay; null for none.</param>
    private sealed record Ending(
        Id<OAuthApp> AppId, RevocationReason Because, DateTimeOffset At, IReadOnlyList<string>? Kept);

    // An organization that disallows a client disables it with that.
    private async Task DisableDisallowedAppsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var entry in ChangeTracker.Entries<Organization>().ToList())
        {
            var policy = entry.ComplexProperty(nameof(Organization.Policies))
                .Property(nameof(Policies.DisallowedOAuthClients));
            if (entry.State != EntityState.Modified || !policy.IsModified)
            {
                continue;
            }

            var clients = entry.Entity.Policies.DisallowedOAuthClients
                .Select(text => new Id<OAuthClient>(Guid.TryParse(text, out var id) ? id : Guid.Empty))
                .ToArray();
            var apps = await OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(app => app.OrganizationId == entry.Entity.Id && clients.Contains(app.ClientId)
                    && app.DisabledAt == null && app.DeletedAt == null)
                .ToListAsync(cancellationToken);
            apps.ForEach(app => app.Disable(actor.IsKnown ? actor.UserId : null, now));
        }
    }

    private async Task<List<Ending>> EndingsOfAppsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var restricted = ChangeTracker.Entries<OAuthClient>()
            .Where(entry => entry.State == EntityState.Modified && entry.Property(client => client.Scopes).IsModified)
            .Select(entry => entry.Entity.Id)
            .ToArray();
        if (restricted.Length > 0)
        {
            await OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(app => restricted.Contains(app.ClientId) && app.DeletedAt == null)
                .LoadAsync(cancellationToken);
        }

        var endings = new List<Ending>();
        foreach (var entry in ChangeTracker.Entries<OAuthApp>().Where(entry => entry.State != EntityState.Added))
        {
            var app = entry.Entity;
            if (entry.Property(row => row.DeletedAt) is { IsModified: true, CurrentValue: { } deleted })
            {
                endings.Add(new Ending(app.Id, RevocationReason.AppDeleted, deleted, null));
            }
            else if (entry.Property(row => row.DisabledAt) is { IsModified: true, CurrentValue: { } disabled })
            {
                endings.Add(new Ending(app.Id, RevocationReason.AppDisabled, disabled, null));
            }
            else if (entry.Property(row => row.RestrictedTo).IsModified || restricted.Contains(app.ClientId))
            {
                endings.Add(new Ending(app.Id, RevocationReason.ScopeRemoved, now, app.Scopes));
            }
        }

        _changedOwners.UnionWith(endings.Select(ending => ending.AppId.Value));
        return endings;
    }

    private async Task EndAsync(Ending ending, CancellationToken cancellationToken)
    {
        string[] filter = [CurrentOrganization.Filter];
        var (appId, because, at, kept) = ending;
        var by = actor.IsKnown ? actor.UserId : (Id<User>?)null;
        var grants = OAuthGrants.IgnoreQueryFilters(filter).Active().Where(grant => grant.AppId == appId);
        if (kept is not null)
        {
            grants = grants.Where(grant => grant.Scopes.Any(scope => !kept.Contains(scope)));
        }

        await grants.ExecuteUpdateAsync(
            set => set
                .SetProperty(grant => grant.RevokedAt, at)
                .SetProperty(grant => grant.RevokedBy, by)
                .SetProperty(grant => grant.RevokedBecause, because),
            cancellationToken);
        if (because == RevocationReason.AppDeleted)
        {
            await OAuthClientSecrets.IgnoreQueryFilters(filter).Active().Where(secret => secret.AppId == appId)
                .ExecuteUpdateAsync(
                    set => set
                        .SetProperty(secret => secret.RevokedAt, at)
                        .SetProperty(secret => secret.RevokedBy, by)
                        .SetProperty(secret => secret.RevokedBecause, because),
                    cancellationToken);
        }
    }
}
