using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>What an app may do as whoever has signed in, in one of their organizations.</summary>
public sealed class OwnGrant
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>What it may do.</summary>
    public required OAuthGrant Grant { get; init; }

    /// <summary>The app, with its program.</summary>
    public required OAuthApp App { get; init; }

    /// <summary>Who they are there.</summary>
    public required User User { get; init; }

    /// <summary>Where.</summary>
    public required Organization Organization { get; init; }

    /// <summary>Who ended it, by name; null while nobody has, and when nobody did it by hand.</summary>
    public required string? EndedBy { get; init; }

    /// <summary>Whether a code or a token of it was used twice: then it stays ended.</summary>
    public required bool WasReplayed { get; init; }

    /// <summary>
    /// All of theirs, ended ones too, in the organizations that they can enter with this session: none that is disabled, and
    /// none that requires a second factor which they have not proved.
    /// </summary>
    public static IQueryable<OwnGrant> Of(SafetyCenterDb db, Session session)
    {
        var (loginId, hasSecondFactor) = (session.LoginId, session.HasSecondFactor);
        return
            from grant in db.OAuthGrants.AsNoTracking().IgnoreQueryFilters(Filter)
            join user in db.People.ActivePeople() on grant.OwnerId equals user.Id
            join app in db.OAuthApps on grant.AppId equals app.Id
            join organization in db.Organizations on grant.OrganizationId equals organization.Id
            where user.LoginId == loginId
                && organization.DisabledAt == null
                && (hasSecondFactor || !organization.Policies.RequiresSecondFactor)
            select new OwnGrant
            {
                Grant = grant,
                App = app,
                User = user,
                Organization = organization,
                EndedBy = db.People.Where(other => other.Id == grant.RevokedBy)
                    .Select(other => other.Name ?? other.Email).FirstOrDefault(),
                WasReplayed = db.Alerts.Any(alert => alert.CredentialId == grant.Id),
            };
    }
}

/// <summary>Questions about them, as expressions that the database answers.</summary>
public static class OwnGrantQueries
{
    /// <summary>Those by which an app may act now.</summary>
    public static IQueryable<OwnGrant> Live(this IQueryable<OwnGrant> grants) =>
        grants.Where(own => own.Grant.RevokedAt == null);

    /// <summary>
    /// Those that ended so lately that it can be undone, as <see cref="Credential.UndoableUntil"/> says; not what the app was
    /// let do again meanwhile, nor what an app could do that is out of use.
    /// </summary>
    public static IQueryable<OwnGrant> Undoable(this IQueryable<OwnGrant> grants, DateTimeOffset now) => grants.Where(own =>
        own.Grant.RevokedAt > now.AddDays(-own.Organization.UndoDays)
        && (own.Grant.RevokedBecause == RevocationReason.ByHand || own.Grant.RevokedBecause == RevocationReason.Unused)
        && !own.WasReplayed
        && own.App.DisabledAt == null && own.App.DeletedAt == null && own.App.Client.DeletedAt == null
        && !own.App.Grants.Any(other => other.OwnerId == own.Grant.OwnerId && other.RevokedAt == null));
}
