using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.OAuth;

/// <summary>An app of the organization, and how it is used, for lists of them.</summary>
public sealed class AppSummary
{
    /// <summary>The app, with its program.</summary>
    public required OAuthApp App { get; init; }

    /// <summary>When it last called, for whomever, also by grants that have ended since; null for never.</summary>
    public required DateTimeOffset? LastExercised { get; init; }

    /// <summary>For how many users it may act now.</summary>
    public required int Users { get; init; }

    /// <summary>
    /// The apps of the organization that were not deleted, as a question that can be filtered and sorted further.
    /// </summary>
    /// <param name="db">Bound to the organization.</param>
    public static IQueryable<AppSummary> Of(SafetyCenterDb db) => db.OAuthApps.AsNoTracking()
        .Include(app => app.Client)
        .Where(app => app.DeletedAt == null)
        .Select(app => new AppSummary
        {
            App = app,
            LastExercised = db.OAuthGrants.Where(grant => grant.AppId == app.Id).Max(grant => grant.LastUsedAt),
            Users = db.OAuthGrants.Active().Count(grant => grant.AppId == app.Id),
        });
}
