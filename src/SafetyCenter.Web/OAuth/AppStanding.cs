using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// Approves, disables, enables, restricts and deletes OAuth apps of the actor's organization, whichever page or endpoint
/// asks for it: under the organization's lock, so that nobody is let in meanwhile. What ends with an app is ended by the
/// save itself.
/// </summary>
public static class AppStanding
{
    /// <summary>What became of it.</summary>
    /// <param name="Names">Names of those that this action changed.</param>
    /// <param name="Before">What to say of those that were so before.</param>
    public sealed record Outcome(IReadOnlyList<string> Names, IReadOnlyList<string> Before)
    {
        /// <summary>What to tell the person who disabled them.</summary>
        public string Sentence => string.Join(
            " ",
            new[]
            {
                Names.Count switch
                {
                    0 => null,
                    1 => $"Disabled “{Names[0]}”. Its access has ended.",
                    _ => $"Disabled {Names.Count} apps. Their access has ended.",
                },
            }.Concat(Before).OfType<string>());
    }

    /// <summary>Disables apps; unknown ids are passed over, and of those that are no more it is said so.</summary>
    public static Task<Outcome> DisableAsync(
        SafetyCenterDb db,
        Actor actor,
        IReadOnlyCollection<Id<OAuthApp>> ids,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var apps = await db.OAuthApps.Where(app => ids.Contains(app.Id))
                .OrderBy(app => app.Client.Name).ThenBy(app => app.Id)
                .ToListAsync(cancellationToken);
            var (names, before) = (new List<string>(), new List<string>());
            foreach (var app in apps)
            {
                if (app.DeletedAt is { } deleted)
                {
                    before.Add($"“{app.Name}” was already deleted at {Moment.Exact(deleted)}.");
                    continue;
                }

                if (app.DisabledAt is { } disabled)
                {
                    before.Add($"“{app.Name}” was already disabled at {Moment.Exact(disabled)}.");
                    continue;
                }

                app.Disable(actor.UserId, now);
                names.Add(app.Name);
            }

            return new Outcome(names, before);
        },
        cancellationToken);

    /// <summary>Changes one app: <see cref="OAuthApp.Enable"/>, <see cref="OAuthApp.Approve"/> and their like.</summary>
    /// <param name="db">The database.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="id">The app.</param>
    /// <param name="change">What is done to it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The app; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">As the change says.</exception>
    public static Task<OAuthApp?> ChangeAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<OAuthApp> id,
        Action<OAuthApp> change,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async organization =>
        {
            var app = await FindAsync(db, id, cancellationToken);
            if (app is not null)
            {
                var wasDisabled = app.DisabledAt is not null;
                change(app);
                RefuseDisallowed(organization, app, wasDisabled);
            }

            return app;
        },
        cancellationToken);

    /// <summary>Takes the disabling of an app back, and brings back the grants that ended with it.</summary>
    /// <returns>The app; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is enabled, or it is too late.</exception>
    public static Task<OAuthApp?> UndoAsync(
        SafetyCenterDb db, Actor actor, Id<OAuthApp> id, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.LockedAsync(
            actor.OrganizationId,
            async organization =>
            {
                if (await FindAsync(db, id, cancellationToken) is not { } app)
                {
                    return null;
                }

                var disabled = app.Undo(organization.UndoWindow, now);
                RefuseDisallowed(organization, app, wasDisabled: true);
                var allowed = app.Scopes;
                await db.OAuthGrants
                    .Where(grant => grant.AppId == id
                        && grant.RevokedBecause == RevocationReason.AppDisabled && grant.RevokedAt == disabled
                        && grant.Scopes.All(scope => allowed.Contains(scope))
                        && !db.Alerts.Any(alert => alert.CredentialId == grant.Id)
                        && db.People.Any(user => user.Id == grant.OwnerId && user.DisabledAt == null))
                    .ExecuteUpdateAsync(
                        set => set
                            .SetProperty(grant => grant.RevokedAt, (DateTimeOffset?)null)
                            .SetProperty(grant => grant.RevokedBy, (Id<Core.Users.User>?)null)
                            .SetProperty(grant => grant.RevokedBecause, (RevocationReason?)null),
                        cancellationToken);
                return app;
            },
            cancellationToken);

    // What the organization's list keeps out comes back by way of the list alone.
    private static void RefuseDisallowed(Organization organization, OAuthApp app, bool wasDisabled)
    {
        if (wasDisabled && Admission.ObstacleTo(organization, app.Client, app) == AdmissionObstacle.Disallowed)
        {
            throw RefusedException.Forbidden(
                $"“{app.Name}” is on the list of apps that nobody may authorize (oauth_client_disallow_list). "
                + "Take it off that list first.");
        }
    }

    private static Task<OAuthApp?> FindAsync(SafetyCenterDb db, Id<OAuthApp> id, CancellationToken cancellationToken) =>
        db.OAuthApps.SingleOrDefaultAsync(app => app.Id == id && app.DeletedAt == null, cancellationToken);
}
