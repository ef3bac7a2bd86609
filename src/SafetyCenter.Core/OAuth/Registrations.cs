using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// Programs that register themselves again and again, as some do each time they start: what belongs together, and which
/// registrations nobody needs any more. Said once, as expressions that the database answers.
/// </summary>
public static class Registrations
{
    /// <summary>
    /// For how many days somebody must have had a newer registration, and not used the older one, until that counts as
    /// superseded: whoever works on two machines uses both within that time.
    /// </summary>
    public const int SupersededDays = BlastRadius.InUseDays;

    /// <summary>How many days one that an admin approved by hand waits for whoever asked to authorize it.</summary>
    public const int ApprovedDays = 1;

    /// <summary>Those of programs that registered themselves and are the same program, as far as one can tell.</summary>
    public static IQueryable<OAuthApp> OfProgram(this IQueryable<OAuthApp> apps, string fingerprint) => apps.Where(app =>
        app.DeletedAt == null && app.Client.OrganizationId == null && app.Client.Fingerprint == fingerprint);

    /// <summary>
    /// The registrations to clean up: one of several of the same program, through which nobody acts. Nobody lets it act; or
    /// nobody has used it for the organization's number of days; or each of its users has had a newer registration for
    /// <see cref="SupersededDays"/> days and not used this one since. One that waits for approval, was approved just now, or
    /// is disabled, is none: deleting it would undo what an admin decided.
    /// </summary>
    /// <param name="apps">The apps of one organization.</param>
    /// <param name="grants">What users let them do.</param>
    /// <param name="thresholds">The thresholds of the organization.</param>
    /// <param name="now">The present.</param>
    public static IQueryable<OAuthApp> Dead(
        IQueryable<OAuthApp> apps, IQueryable<OAuthGrant> grants, Thresholds thresholds, DateTimeOffset now)
    {
        var writing = PermissionCatalogue.Writing.Order(StringComparer.Ordinal).ToArray();
        var usedByWriters = now.AddDays(-thresholds.InactiveWritingAppDays);
        var usedByReaders = now.AddDays(-thresholds.InactiveAppDays);
        var newerSince = now.AddDays(-SupersededDays);
        var approvedBefore = now.AddDays(-ApprovedDays);
        var dynamic = apps.Where(app => app.DeletedAt == null && app.Client.OrganizationId == null);
        var live = grants.Active();
        return dynamic.Where(app => app.DisabledAt == null
            && app.ApprovedAt != null
            && (app.ApprovedBy == null || app.ApprovedAt <= approvedBefore || grants.Any(grant => grant.AppId == app.Id))
            && dynamic.Any(other => other.Client.Fingerprint == app.Client.Fingerprint && other.Id != app.Id)
            && !live.Any(grant => grant.AppId == app.Id
                && grant.QuietSince > (live.Any(held =>
                    held.AppId == app.Id && held.Scopes.Any(scope => writing.Contains(scope)))
                        ? usedByWriters
                        : usedByReaders)
                && !live.Any(newer => newer.OwnerId == grant.OwnerId
                    && newer.CreatedAt > grant.QuietSince
                    && newer.CreatedAt <= newerSince
                    && dynamic.Any(other => other.Id == newer.AppId && other.Client.Fingerprint == app.Client.Fingerprint))));
    }
}
