using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Credentials;

/// <summary>
/// How credentials end, other than at once, and how they come back: undo, expiry, rotation, test revocation. Every act is
/// done under the organization's lock; the door has asked for the permission, and whose credential it may be.
/// </summary>
public static class Lifecycle
{
    /// <summary>Takes a revocation back.</summary>
    /// <returns>The credential; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is active, leaked, too late, or has no place any more.</exception>
    public static Task<Credential?> UndoAsync(
        SafetyCenterDb db, Actor actor, Id<Credential> id, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.LockedAsync(
            actor.OrganizationId,
            async organization =>
            {
                if (await FindAsync(db, id, cancellationToken) is not { } credential)
                {
                    return null;
                }

                var hasLeaked = await HasLeakedAsync(db, id, cancellationToken);
                var obstacle = credential switch
                {
                    ApiKey key => ApiKey.NameObstacle(key.Name, await db.ApiKeys.Active()
                            .AnyAsync(other => other.Name == key.Name && other.Id != key.Id, cancellationToken))
                        ?? ApiKey.LimitObstacle(organization, await db.ActiveCountAsync("api_key", cancellationToken)),
                    ClientToken token => ClientToken.NameObstacle(token.Name, await db.ClientTokens.Active()
                        .AnyAsync(other => other.Name == token.Name && other.Id != token.Id, cancellationToken)),
                    OAuthClientSecret { AppId: var appId } => await db.OAuthApps
                        .AnyAsync(app => app.Id == appId && app.DeletedAt == null, cancellationToken)
                            ? null
                            : "Its app was deleted.",
                    OAuthGrant grant => await GrantObstacleAsync(db, grant, cancellationToken),
                    OwnedCredential owned => await OwnerObstacleAsync(db, organization, owned, cancellationToken),
                    _ => null,
                };
                credential.Undo(organization.UndoWindow, hasLeaked, obstacle, actor.UserId, now);
                return credential;
            },
            cancellationToken);

    /// <summary>Whether a credential was ever seen where it must not be, or somebody was found to have a copy.</summary>
    public static Task<bool> HasLeakedAsync(
        SafetyCenterDb db, Id<Credential> id, CancellationToken cancellationToken) =>
        db.Alerts.AnyAsync(alert => alert.CredentialId == id, cancellationToken);

    /// <summary>Sets or lifts the end of a credential.</summary>
    /// <returns>The credential; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">The end cannot be, or no lasting API key would be left.</exception>
    public static Task<Credential?> ExpireAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Credential> id,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var credential = await FindAsync(db, id, cancellationToken);
            credential?.Expire(
                expiresAt, await db.LastingApiKeysAsync(atMost: 2, cancellationToken), actor.UserId, now);
            return credential;
        },
        cancellationToken);

    /// <summary>A new credential of the same kind beside the old one, which ends later.</summary>
    /// <param name="Old">The one that ends.</param>
    /// <param name="New">The one that takes its place.</param>
    /// <param name="Secret">The secret of the new one.</param>
    public sealed record Rotation(Credential Old, Credential New, Secret Secret);

    /// <summary>
    /// Begins to rotate: makes a new credential with the same owner, scopes and settings, and sets when the old one is
    /// retired. Both work until then. Only an owner may have their own credential rotated, because the new secret is shown
    /// to whoever asks; the door sees to that.
    /// </summary>
    /// <param name="db">The database.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="format">The installation's secrets.</param>
    /// <param name="id">The old one.</param>
    /// <param name="name">The name of the new one; null for the old name with today's date.</param>
    /// <param name="expiresAt">The end of the new one, if it is to have one.</param>
    /// <param name="retireAt">When the old one ends at the latest.</param>
    /// <param name="whenSilent">Whether the old one ends as soon as nobody has used it for a day.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Both; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">As for making a new one, and for retiring the old one.</exception>
    public static Task<Rotation?> RotateAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        Id<Credential> id,
        string? name,
        DateTimeOffset? expiresAt,
        DateTimeOffset retireAt,
        bool whenSilent,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async organization =>
        {
            if (await FindAsync(db, id, cancellationToken) is not { } old)
            {
                return null;
            }

            if (!old.IsActive || old.EndsAt <= now)
            {
                throw RefusedException.Invalid($"“{old.Name}” is not active. Make a new one instead.");
            }

            var called = string.IsNullOrWhiteSpace(name) ? SuccessorName(old, now) : name;
            var (successor, secret) = old switch
            {
                ApiKey key => Both(await Issuing.ApiKeyAsync(
                    db, actor, organization, format, called, expiresAt, now, cancellationToken), issued =>
                    issued.Configure(key.Category, key.RemoteConfigReadEnabled, actor.UserId, now)),
                OAuthClientSecret held => Both(await Issuing.ClientSecretAsync(
                    db, actor, format, held.AppId, called, expiresAt, now, cancellationToken)),
                ClientToken => Both(await Issuing.ClientTokenAsync(
                    db, actor, organization, format, called, expiresAt, now, cancellationToken)),
                ApplicationKey key => Both(await Issuing.ApplicationKeyAsync(
                    db, actor, organization, format, key.OwnerId, called, key.Scopes, expiresAt, now, cancellationToken)),
                AccessToken token => Both(await Issuing.AccessTokenAsync(
                    db, actor, organization, format, token.OwnerId, called, token.Scopes, expiresAt, now, cancellationToken)),
                _ => throw new InvalidOperationException($"A {old.KindName} cannot be rotated."),
            };

            // The new key is not saved yet, so it is added to what the database counts.
            var lasting = await db.LastingApiKeysAsync(atMost: 2, cancellationToken)
                + (successor is ApiKey { IsLasting: true } ? 1 : 0);
            old.ReplaceBy(successor, retireAt, whenSilent, lasting, actor.UserId, now);
            return new Rotation(old, successor, secret);
        },
        cancellationToken);

    /// <summary>Changes when a rotation retires the old credential.</summary>
    /// <returns>The credential; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is not being rotated, or the moment cannot be.</exception>
    public static Task<Credential?> RetireAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Credential> id,
        DateTimeOffset retireAt,
        bool whenSilent,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var credential = await FindAsync(db, id, cancellationToken);
            credential?.Retire(retireAt, whenSilent, actor.UserId, now);
            return credential;
        },
        cancellationToken);

    /// <summary>Turns a credential off for some minutes.</summary>
    /// <returns>The test; null when there is no credential of that id.</returns>
    /// <exception cref="RefusedException">A length that cannot be, or nothing to test.</exception>
    public static Task<TestRevocation?> TestAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Credential> id,
        int minutes,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            if (await FindAsync(db, id, cancellationToken) is not { } credential)
            {
                return null;
            }

            var running = await LatestTestAsync(db, id, cancellationToken);
            var test = new TestRevocation(credential, minutes, running, actor.UserId, now);
            db.Add(test);
            return test;
        },
        cancellationToken);

    /// <summary>Turns a credential on again before its test is over.</summary>
    /// <returns>The test; null when there is none of that credential.</returns>
    public static Task<TestRevocation?> StopTestAsync(
        SafetyCenterDb db, Actor actor, Id<Credential> id, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.LockedAsync(
            actor.OrganizationId,
            async _ =>
            {
                // The credential is loaded so that this process forgets it at once; see SafetyCenterDb.Committed.
                await FindAsync(db, id, cancellationToken);
                var test = await LatestTestAsync(db, id, cancellationToken);
                test?.Stop(now);
                return test;
            },
            cancellationToken);

    /// <summary>The latest test of a credential, under way or over; null when there was none.</summary>
    public static Task<TestRevocation?> LatestTestAsync(
        SafetyCenterDb db, Id<Credential> id, CancellationToken cancellationToken) => db.TestRevocations
        .Where(test => test.CredentialId == id)
        .OrderByDescending(test => test.StartedAt)
        .FirstOrDefaultAsync(cancellationToken);

    /// <summary>A name for what takes a credential's place: the old one with the date.</summary>
    public static string SuccessorName(Credential old, DateTimeOffset now)
    {
        var date = $" {now.UtcDateTime:yyyy-MM-dd}";
        var room = Text.NameLengthMax - date.Length;
        var kept = old.Name.Length <= room ? old.Name : old.Name[..(char.IsHighSurrogate(old.Name[room - 1]) ? room - 1 : room)];
        return kept.TrimEnd() + date;
    }

    private static async Task<string?> GrantObstacleAsync(
        SafetyCenterDb db, OAuthGrant grant, CancellationToken cancellationToken)
    {
        var app = await db.OAuthApps.SingleAsync(app => app.Id == grant.AppId, cancellationToken);
        var owner = await db.People.SingleAsync(user => user.Id == grant.OwnerId, cancellationToken);
        var hasLive = await db.OAuthGrants.Active().AnyAsync(
            other => other.AppId == grant.AppId && other.OwnerId == grant.OwnerId, cancellationToken);
        return owner.Status != UserStatus.Active ? $"{owner.DisplayName} is not an active user."
            : !app.IsUsable ? app.Obstacle
            : hasLive ? $"{owner.DisplayName} has authorized “{app.Name}” again meanwhile."
            : grant.Scopes.Except(app.Scopes, StringComparer.Ordinal).Any()
                ? $"“{app.Name}” cannot have all of these scopes any more."
            : null;
    }

    private static async Task<string?> OwnerObstacleAsync(
        SafetyCenterDb db, Organization organization, OwnedCredential credential, CancellationToken cancellationToken)
    {
        var owner = await db.People.SingleAsync(user => user.Id == credential.OwnerId, cancellationToken);
        if (owner.Status != UserStatus.Active)
        {
            return $"{owner.DisplayName} is not an active user, and cannot be given keys.";
        }

        var limit = organization.ApplicationKeyLimit;
        return credential is ApplicationKey
            ? ApplicationKey.LimitObstacle(
                limit, await db.ApplicationKeys.Active().CountAsync(key => key.OwnerId == owner.Id, cancellationToken))
            : AccessToken.LimitObstacle(
                limit, await db.AccessTokens.Active().CountAsync(token => token.OwnerId == owner.Id, cancellationToken));
    }

    private static Task<Credential?> FindAsync(
        SafetyCenterDb db, Id<Credential> id, CancellationToken cancellationToken) =>
        db.Credentials.SingleOrDefaultAsync(credential => credential.Id == id, cancellationToken);

    private static (Credential Successor, Secret Secret) Both<T>(Issued<T>? issued, Action<T>? configure = null)
        where T : Credential
    {
        // The owner was read with the old credential, in this transaction.
        var (credential, secret) = issued ?? throw new InvalidOperationException("The owner of a credential is gone.");
        configure?.Invoke(credential);
        return (credential, secret);
    }
}
