using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// A line of the list of apps: one app, or all registrations of a program that registered itself more than once.
/// </summary>
public sealed class AppGroup
{
    /// <summary>The app; of several registrations the newest.</summary>
    public required OAuthApp App { get; init; }

    /// <summary>The name that the list is sorted by, as the database writes it small.</summary>
    public required string SortedBy { get; init; }

    /// <summary>How many registrations there are; 1 for an app that stands alone.</summary>
    public required int Registrations { get; init; }

    /// <summary>Whether one of them waits for approval.</summary>
    public required bool Waits { get; init; }

    /// <summary>How many of them nobody can use, because they wait for approval or are disabled.</summary>
    public required int Stopped { get; init; }

    /// <summary>For how many users it may act now.</summary>
    public required int Users { get; init; }

    /// <summary>Whether what users let it do changes something.</summary>
    public required bool Writes { get; init; }

    /// <summary>When it last called, for whomever; null for never.</summary>
    public required DateTimeOffset? LastExercised { get; init; }

    /// <summary>Whether it is several registrations.</summary>
    public bool IsGroup => Registrations > 1;

    /// <summary>The apps of the organization that were not deleted, registrations of the same program together.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="search">A part of a name or publisher; null for all.</param>
    public static IQueryable<AppGroup> Of(SafetyCenterDb db, string? search)
    {
        var writing = PermissionCatalogue.Writing.Order(StringComparer.Ordinal).ToArray();
        var apps = db.OAuthApps.AsNoTracking().Where(app => app.DeletedAt == null);
        var grants = db.OAuthGrants.AsNoTracking();

        // The newest registration stands for all.
        var first = apps.Where(app => app.Client.OrganizationId != null || !apps.Any(newer =>
            newer.Client.OrganizationId == null
            && newer.Client.Fingerprint == app.Client.Fingerprint
            && EF.Functions.GreaterThan(
                ValueTuple.Create(newer.CreatedAt, newer.Id), ValueTuple.Create(app.CreatedAt, app.Id))));
        if (!string.IsNullOrWhiteSpace(search))
        {
            var pattern = $"%{AuditSearch.Escaped(search.Trim().Normalize())}%";
            first = first.Where(app => EF.Functions.ILike(app.Client.Name, pattern, "\\")
                || EF.Functions.ILike(app.Client.Publisher, pattern, "\\"));
        }

        // What stands together: the app itself, and what is the same program. The fingerprint of no program is empty.
        return first
            .Select(app => new { App = app, Program = app.Client.OrganizationId == null ? app.Client.Fingerprint : "" })
            .Select(row => new AppGroup
            {
                App = row.App,
                SortedBy = row.App.Client.Name.ToLower(),
                Registrations = apps.Count(one => one.Id == row.App.Id
                    || (one.Client.OrganizationId == null && one.Client.Fingerprint == row.Program)),
                Waits = apps.Any(one => one.ApprovedAt == null && (one.Id == row.App.Id
                    || (one.Client.OrganizationId == null && one.Client.Fingerprint == row.Program))),
                Stopped = apps.Count(one => (one.ApprovedAt == null || one.DisabledAt != null) && (one.Id == row.App.Id
                    || (one.Client.OrganizationId == null && one.Client.Fingerprint == row.Program))),
                Users = grants.Where(grant => grant.RevokedAt == null && apps.Any(one => one.Id == grant.AppId
                        && (one.Id == row.App.Id
                            || (one.Client.OrganizationId == null && one.Client.Fingerprint == row.Program))))
                    .Select(grant => grant.OwnerId)
                    .Distinct()
                    .Count(),
                Writes = grants.Any(grant => grant.RevokedAt == null && grant.Scopes.Any(scope => writing.Contains(scope))
                    && apps.Any(one => one.Id == grant.AppId && (one.Id == row.App.Id
                        || (one.Client.OrganizationId == null && one.Client.Fingerprint == row.Program)))),
                LastExercised = grants.Where(grant => apps.Any(one => one.Id == grant.AppId && (one.Id == row.App.Id
                        || (one.Client.OrganizationId == null && one.Client.Fingerprint == row.Program))))
                    .Max(grant => grant.LastUsedAt),
            });
    }

    /// <summary>Deletes the registrations of a program that <see cref="Registrations.Dead"/> finds at this moment.</summary>
    /// <returns>What to say of it; null when there is no such program.</returns>
    public static Task<string?> CleanUpAsync(
        SafetyCenterDb db, Actor actor, string fingerprint, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.LockedAsync(
            actor.OrganizationId,
            async organization =>
            {
                var all = await db.OAuthApps.OfProgram(fingerprint).ToListAsync(cancellationToken);
                if (all.Count == 0)
                {
                    return null;
                }

                var dead = await Core.OAuth.Registrations
                    .Dead(db.OAuthApps, db.OAuthGrants, organization.Thresholds, now)
                    .OfProgram(fingerprint)
                    .ToListAsync(cancellationToken);
                dead.ForEach(app => app.Delete(now));
                return dead.Count == 0
                    ? $"Deleted none: each registration of “{all[0].Name}” is in use."
                    : $"Deleted {dead.Count} of {all.Count} registrations of “{all[0].Name}”. "
                        + (all.Count == dead.Count ? "None is left." : "Those in use go on.");
            },
            cancellationToken);
}
