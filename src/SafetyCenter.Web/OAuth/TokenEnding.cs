using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// Ends tokens before their time: because the app gives them back (RFC 7009), or because one was used twice. Whoever takes
/// both locks takes the organization's first.
/// </summary>
public static class TokenEnding
{
    /// <summary>
    /// Ends what the app gives back: an access token alone, a refresh token with all that comes from the same sign-in of the
    /// app. With the last sign-in the grant ends. A token of another app is left as it is.
    /// </summary>
    public static async Task GiveBackAsync(
        SafetyCenterDb db,
        CurrentOrganization current,
        OAuthClient client,
        Secret secret,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (await Basis.OfTokenAsync(db, secret.Hash, cancellationToken) is not var (token, basis)
            || basis.App.ClientId != client.Id
            || token.EndedAt is not null)
        {
            return;
        }

        current.Id = token.OrganizationId;
        if (token.Kind == OAuthTokenKind.Access)
        {
            db.Attach(token);
            token.End(now);
            await db.SaveChangesAsync(cancellationToken);
            return;
        }

        await db.LockedAsync(
            token.OrganizationId, _ => EndFamilyAsync(db, token, now, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Ends a grant of which a code or a refresh token was used twice, and raises the alert. One that has ended already has
    /// nothing left to lose.
    /// </summary>
    internal static Task<bool> OfReplayAsync(
        SafetyCenterDb db, OAuthGrant replayed, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.LockedAsync(
            replayed.OrganizationId,
            async _ =>
            {
                var grant = await db.OAuthGrants.SingleAsync(grant => grant.Id == replayed.Id, cancellationToken);
                if (!grant.IsActive)
                {
                    return false;
                }

                // Saved before there is an alert: the alert of a replay is not closed by the end of its grant.
                grant.Revoke(null, RevocationReason.Replayed, lastingApiKeys: int.MaxValue, now);
                await db.SaveChangesAsync(cancellationToken);
                db.Alerts.Add(Alert.OfReplay(grant, now));
                return true;
            },
            cancellationToken);

    /// <summary>
    /// Takes the lock under which tokens of a grant are issued and given back, so that nothing is issued beside what ends.
    /// </summary>
    internal static Task<int> LockAsync(SafetyCenterDb db, Id<Credential> grantId, CancellationToken cancellationToken) =>
        db.Database.ExecuteSqlAsync(
            $"SELECT 1 FROM credentials WHERE id = {grantId.Value} FOR NO KEY UPDATE", cancellationToken);

    private static async Task<bool> EndFamilyAsync(
        SafetyCenterDb db, OAuthToken returned, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await LockAsync(db, returned.GrantId, cancellationToken);
        var ofGrant = db.OAuthTokens.Where(token => token.GrantId == returned.GrantId && token.EndedAt == null);
        var family = ofGrant.Where(token => token.Family == returned.Family);

        // Access tokens one by one, for this process remembers them.
        var open = await family.Where(token => token.Kind == OAuthTokenKind.Access && token.ExpiresAt > now)
            .ToListAsync(cancellationToken);
        open.ForEach(token => token.End(now));
        await family.Where(token => token.Kind == OAuthTokenKind.Refresh)
            .ExecuteUpdateAsync(set => set.SetProperty(token => token.EndedAt, now), cancellationToken);
        var isLast = !await ofGrant.AnyAsync(
            token => token.Kind == OAuthTokenKind.Refresh && token.UsedAt == null && token.ExpiresAt > now,
            cancellationToken);
        if (isLast)
        {
            var grant = await db.OAuthGrants.SingleAsync(grant => grant.Id == returned.GrantId, cancellationToken);
            grant.Revoke(null, RevocationReason.ReturnedByApp, lastingApiKeys: int.MaxValue, now);
        }

        return isLast;
    }
}
