using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.OAuth;

/// <summary>One app and what its page says of it, without who calls.</summary>
public sealed class AppReport
{
    /// <summary>The app.</summary>
    public required OAuthApp App { get; init; }

    /// <summary>Who brought it here; null for nobody who is known.</summary>
    public required string? BroughtBy { get; init; }

    /// <summary>Who approved it; null when nobody was asked.</summary>
    public required string? ApprovedBy { get; init; }

    /// <summary>Who disabled it.</summary>
    public required string? DisabledBy { get; init; }

    /// <summary>As whom it acts when nobody consents.</summary>
    public required string? ActsAs { get; init; }

    /// <summary>How many users let it act now: each has one grant.</summary>
    public required int Users { get; init; }

    /// <summary>The last use through a grant that is live.</summary>
    public required DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>When it last called, for whomever, also by grants that have ended since.</summary>
    public required DateTimeOffset? LastExercised { get; init; }

    /// <summary>Since when the uses of its oldest live grant are seen.</summary>
    public required DateTimeOffset? TrackedSince { get; init; }

    /// <summary>How many grants come back when its disabling is undone.</summary>
    public required int Returning { get; init; }

    /// <summary>That it is inactive, if it is.</summary>
    public required Finding? Idle { get; init; }

    /// <summary>Loads it, in one statement.</summary>
    /// <returns>The report; null when there is no such app, or it was deleted.</returns>
    public static Task<AppReport?> LoadAsync(SafetyCenterDb db, Id<OAuthApp> id, CancellationToken cancellationToken)
    {
        var live = db.OAuthGrants.Active().Where(grant => grant.AppId == id);
        var idle = db.Findings.Open()
            .Where(finding => finding.Rule == FindingRule.InactiveOAuthApp.Name && finding.SubjectId == id.Value);
        return db.OAuthApps.AsNoTracking()
            .Where(app => app.Id == id && app.DeletedAt == null)
            .Select(app => new AppReport
            {
                App = app,
                BroughtBy = db.People.Where(user => user.Id == app.CreatedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                ApprovedBy = db.People.Where(user => user.Id == app.ApprovedBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                DisabledBy = db.People.Where(user => user.Id == app.DisabledBy)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                ActsAs = db.People.Where(user => user.Id == app.Client.ActsAs)
                    .Select(user => user.Name ?? user.Email).FirstOrDefault(),
                Users = live.Count(),
                LastUsedAt = live.Max(grant => grant.LastUsedAt),
                LastExercised = db.OAuthGrants.Where(grant => grant.AppId == id).Max(grant => grant.LastUsedAt),
                TrackedSince = live.Min(grant => (DateTimeOffset?)grant.TrackedSince),
                Returning = db.OAuthGrants.Count(grant => grant.AppId == id
                    && grant.RevokedBecause == RevocationReason.AppDisabled && grant.RevokedAt == app.DisabledAt),
                Idle = idle.FirstOrDefault(),
            })
            .SingleOrDefaultAsync(cancellationToken);
    }
}
