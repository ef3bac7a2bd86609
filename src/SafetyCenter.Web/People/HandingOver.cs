using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>
/// Gives a service account a key that does what somebody's key does, so that a program goes on when its person leaves. A key
/// never changes its owner (seed 004): the new one has a secret of its own, and nothing ties it to the old one.
/// </summary>
public static class HandingOver
{
    /// <summary>
    /// Makes the new key: an application key for an application key, a service access token for a token, with the same name,
    /// scopes and end.
    /// </summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="format">The installation's secrets.</param>
    /// <param name="ownerId">Whose key is followed.</param>
    /// <param name="keyId">The key.</param>
    /// <param name="accountId">The service account.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The new key and its secret; null when there is no such key or account.</returns>
    /// <exception cref="RefusedException">
    /// The account may not do what the key does, or is disabled; the key is over; or who asks may not.
    /// </exception>
    public static Task<(Credential Credential, Secret Secret)?> MakeAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        Id<User> ownerId,
        Id<Credential> keyId,
        Id<User> accountId,
        DateTimeOffset now,
        CancellationToken cancellationToken) => PeopleLock.DoAsync<(Credential, Secret)?>(
        db,
        actor,
        [Permission.ServiceAccountWrite],
        async organization =>
        {
            var key = await db.Set<OwnedCredential>().Keys()
                .SingleOrDefaultAsync(key => key.Id == keyId && key.OwnerId == ownerId, cancellationToken);
            var people = await db.People.Include(user => user.Roles)
                .Where(user => user.Id == ownerId || (user.Id == accountId && user.IsServiceAccount))
                .ToListAsync(cancellationToken);
            if (key is null || people.Find(user => user.Id == accountId) is not { } account)
            {
                return null;
            }

            var owner = people.Single(user => user.Id == ownerId);
            PeopleLock.RefuseUnlessManages(actor, owner);
            RefuseUnlessItCan(key, owner, account, now);
            return key is ApplicationKey
                ? Both(await Issuing.ApplicationKeyAsync(
                    db, actor, organization, format, accountId, key.Name, key.Scopes, key.ExpiresAt, now, cancellationToken))
                : Both(await Issuing.AccessTokenAsync(
                    db, actor, organization, format, accountId, key.Name, key.Scopes, key.ExpiresAt, now, cancellationToken));
        },
        cancellationToken);

    private static void RefuseUnlessItCan(OwnedCredential key, User owner, User account, DateTimeOffset now)
    {
        if (!key.IsActive || key.EndsAt <= now)
        {
            throw RefusedException.Invalid($"“{key.Name}” is not active any more.");
        }

        if (owner.Id == account.Id)
        {
            throw RefusedException.Invalid("Choose another service account than the one whose key it is.", "account");
        }

        var lacking = Offboarding.Lacking(key, RolesEffect.Of(owner.Roles, account.Roles));
        if (lacking.Count > 0)
        {
            throw RefusedException.Invalid(
                $"{account.DisplayName} may not do what “{key.Name}” does: it lacks {RolesEffect.Words(lacking)}.", "account");
        }
    }

    private static (Credential, Secret)? Both<T>(Issued<T>? issued)
        where T : Credential => issued is null ? null : (issued.Credential, issued.Secret);
}
