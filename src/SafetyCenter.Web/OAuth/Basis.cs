using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>What a code or a token hangs on: all of it must stand for the program to get anything more.</summary>
public sealed class Basis
{
    /// <summary>What the user agreed to.</summary>
    public required OAuthGrant Grant { get; init; }

    /// <summary>The program in the organization.</summary>
    public required OAuthApp App { get; init; }

    /// <summary>Who agreed.</summary>
    public required User User { get; init; }

    /// <summary>The organization.</summary>
    public required Organization Organization { get; init; }

    /// <summary>Whether the program may still get tokens.</summary>
    public bool IsOpen => Grant.IsActive && MayAct(App, User, Organization);

    /// <summary>Whether a program may act for somebody in an organization.</summary>
    public static bool MayAct(OAuthApp app, User user, Organization organization) => app.IsUsable
        && user.Status == UserStatus.Active
        && organization.DisabledAt is null
        && Admission.ObstacleTo(organization, app.Client, app) is null;

    /// <summary>The code with this hash and what it hangs on, in any organization; not tracked.</summary>
    internal static async Task<(OAuthCode Code, Basis Basis)?> OfCodeAsync(
        SafetyCenterDb db, SecretHash hash, CancellationToken cancellationToken)
    {
        var bytes = hash.ToArray();
        var found = await db.OAuthCodes.IgnoreQueryFilters([CurrentOrganization.Filter]).AsNoTracking()
            .Where(code => code.Hash == bytes)
            .Join(All(db), code => code.GrantId, basis => basis.Grant.Id, (code, basis) => new { code, basis })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.code, found.basis);
    }

    /// <summary>The token with this hash and what it hangs on, in any organization; not tracked.</summary>
    internal static async Task<(OAuthToken Token, Basis Basis)?> OfTokenAsync(
        SafetyCenterDb db, SecretHash hash, CancellationToken cancellationToken)
    {
        var bytes = hash.ToArray();
        var found = await db.OAuthTokens.IgnoreQueryFilters([CurrentOrganization.Filter]).AsNoTracking()
            .Where(token => token.Hash == bytes)
            .Join(All(db), token => token.GrantId, basis => basis.Grant.Id, (token, basis) => new { token, basis })
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.token, found.basis);
    }

    private static IQueryable<Basis> All(SafetyCenterDb db) =>
        from grant in db.OAuthGrants
        join app in db.OAuthApps.Include(app => app.Client) on grant.AppId equals app.Id
        join user in db.People on grant.OwnerId equals user.Id
        join organization in db.Organizations on grant.OrganizationId equals organization.Id
        select new Basis { Grant = grant, App = app, User = user, Organization = organization };
}
