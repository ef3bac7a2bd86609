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

/// <summary>A credential that was just made, and its secret: the only time that it is in anybody's hands.</summary>
public sealed record Issued<T>(T Credential, Secret Secret)
    where T : Credential;

/// <summary>
/// Makes credentials in the actor's organization, whichever page or endpoint asks for it: under the organization's lock, so
/// that limits and unique names hold whatever happens at the same time, and nobody is given a key while being disabled.
/// </summary>
public static class Issuing
{
    /// <summary>Makes an API key.</summary>
    /// <exception cref="RefusedException">A bad or taken name or category, an end that has passed, or the limit.</exception>
    public static Task<Issued<ApiKey>> ApiKeyAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        string? name,
        string? category,
        bool? remoteConfigReadEnabled,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async organization =>
        {
            var issued = await ApiKeyAsync(db, actor, organization, format, name, expiresAt, now, cancellationToken);
            issued.Credential.Configure(category, remoteConfigReadEnabled, actor.UserId, now);
            return issued;
        },
        cancellationToken);

    /// <summary>Makes a secret of a confidential OAuth app; the caller holds the organization's lock.</summary>
    /// <returns>The secret; null when there is no such app.</returns>
    /// <exception cref="RefusedException">
    /// The app has no secrets or too many, it acts as somebody else, the end cannot be, or the caller's own credential is
    /// narrower or shorter-lived.
    /// </exception>
    internal static async Task<Issued<OAuthClientSecret>?> ClientSecretAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        Id<OAuthApp> appId,
        string? name,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (await db.OAuthApps.SingleOrDefaultAsync(app => app.Id == appId, cancellationToken) is not { } app)
        {
            return null;
        }

        // Whoever holds a secret acts as this user, as nobody acts as somebody else.
        if (app.Client.ActsAs is { } actsAs && actsAs != actor.UserId
            && await db.People.SingleAsync(user => user.Id == actsAs, cancellationToken) is var other
            && !(other.IsServiceAccount && actor.May(Permission.ServiceAccountWrite)))
        {
            throw RefusedException.Forbidden(
                $"“{app.Name}” acts as {other.DisplayName} for whoever has a secret of it. Let it act as yourself first"
                + (other.IsServiceAccount ? $", or get the permission {Permission.ServiceAccountWrite}." : "."));
        }

        Delegation.RefuseWider(actor, app.Client.Scopes);
        Delegation.RefuseLonger(actor, expiresAt);
        var active = await db.OAuthClientSecrets.Active().CountAsync(held => held.AppId == appId, cancellationToken);
        var secret = format.Mint(SecretKind.OAuthClientSecret);
        var made = new OAuthClientSecret(app, name, active, secret, actor.UserId, now, expiresAt);
        db.Add(made);
        return new Issued<OAuthClientSecret>(made, secret);
    }

    /// <summary>Makes an API key; the caller holds the organization's lock.</summary>
    internal static async Task<Issued<ApiKey>> ApiKeyAsync(
        SafetyCenterDb db,
        Actor actor,
        Organization organization,
        SecretFormat format,
        string? name,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var clean = ApiKey.CleanName(name);
        var active = db.ApiKeys.Active();
        var isTaken = await active.AnyAsync(other => other.Name == clean, cancellationToken);
        var secret = format.Mint(SecretKind.ApiKey);
        var key = ApiKey.Issue(
            organization,
            clean,
            isTaken,
            await db.ActiveCountAsync("api_key", cancellationToken),
            secret,
            actor.UserId,
            now,
            expiresAt);
        db.Add(key);
        return new Issued<ApiKey>(key, secret);
    }

    /// <summary>Makes a client token.</summary>
    /// <exception cref="RefusedException">A bad or taken name, or an end that has passed.</exception>
    public static Task<Issued<ClientToken>> ClientTokenAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        string? name,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        organization => ClientTokenAsync(db, actor, organization, format, name, expiresAt, now, cancellationToken),
        cancellationToken);

    /// <summary>Makes a client token; the caller holds the organization's lock.</summary>
    internal static async Task<Issued<ClientToken>> ClientTokenAsync(
        SafetyCenterDb db,
        Actor actor,
        Organization organization,
        SecretFormat format,
        string? name,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var clean = ClientToken.CleanName(name);
        var isTaken = await db.ClientTokens.Active().AnyAsync(other => other.Name == clean, cancellationToken);
        var secret = format.Mint(SecretKind.ClientToken);
        var token = ClientToken.Issue(organization, clean, isTaken, secret, actor.UserId, now, expiresAt);
        db.Add(token);
        return new Issued<ClientToken>(token, secret);
    }

    /// <summary>Makes an application key of a user or service account.</summary>
    /// <returns>The key; null when the organization has no such owner.</returns>
    /// <exception cref="RefusedException">
    /// A blank name, an unknown scope, an owner who is not active, the limit; or the caller's own credential is narrower.
    /// </exception>
    public static Task<Issued<ApplicationKey>?> ApplicationKeyAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        Id<User> ownerId,
        string? name,
        IReadOnlyCollection<string> scopes,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        organization => ApplicationKeyAsync(
            db, actor, organization, format, ownerId, name, scopes, expiresAt, now, cancellationToken),
        cancellationToken);

    /// <summary>Makes an application key; the caller holds the organization's lock.</summary>
    internal static async Task<Issued<ApplicationKey>?> ApplicationKeyAsync(
        SafetyCenterDb db,
        Actor actor,
        Organization organization,
        SecretFormat format,
        Id<User> ownerId,
        string? name,
        IReadOnlyCollection<string> scopes,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (await OwnerAsync(db, ownerId, cancellationToken) is not { } owner)
        {
            return null;
        }

        var secret = format.Mint(SecretKind.ApplicationKey);
        var key = new ApplicationKey(owner, name, scopes, secret, now, actor.UserId, expiresAt);
        Delegation.RefuseAccessToken(actor);
        Delegation.RefuseWider(actor, key.Scopes);
        var active = await db.ApplicationKeys.Active()
            .CountAsync(other => other.OwnerId == ownerId, cancellationToken);
        if (ApplicationKey.LimitObstacle(organization.ApplicationKeyLimit, active) is { } obstacle)
        {
            throw RefusedException.Invalid(obstacle);
        }

        db.Add(key);
        return new Issued<ApplicationKey>(key, secret);
    }

    /// <summary>Makes a personal access token for whoever asks, or a service access token of a service account.</summary>
    /// <param name="db">The database.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="format">The installation's secrets.</param>
    /// <param name="ownerId">For whom the token acts; its kind follows from that.</param>
    /// <param name="name">Its name.</param>
    /// <param name="scopes">Its scopes; at least one.</param>
    /// <param name="expiresAt">Its end; a person's token needs one.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The token; null when the organization has no such owner.</returns>
    /// <exception cref="RefusedException">
    /// A blank name, no scope or an unknown one, an end that cannot be, an owner who is not active, the limit; or the
    /// caller's own credential is narrower or shorter-lived.
    /// </exception>
    public static Task<Issued<AccessToken>?> AccessTokenAsync(
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        Id<User> ownerId,
        string? name,
        IReadOnlyCollection<string> scopes,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        organization => AccessTokenAsync(
            db, actor, organization, format, ownerId, name, scopes, expiresAt, now, cancellationToken),
        cancellationToken);

    /// <summary>Makes an access token; the caller holds the organization's lock.</summary>
    internal static async Task<Issued<AccessToken>?> AccessTokenAsync(
        SafetyCenterDb db,
        Actor actor,
        Organization organization,
        SecretFormat format,
        Id<User> ownerId,
        string? name,
        IReadOnlyCollection<string> scopes,
        DateTimeOffset? expiresAt,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (await OwnerAsync(db, ownerId, cancellationToken) is not { } owner)
        {
            return null;
        }

        var id = Id<Credential>.New(now);
        var kind = owner.IsServiceAccount ? SecretKind.ServiceAccessToken : SecretKind.PersonalAccessToken;
        var secret = format.Mint(kind, id.Value);
        AccessToken token = owner.IsServiceAccount
            ? new ServiceAccessToken(id, owner, name, scopes, expiresAt, secret, actor.UserId, now)
            : new PersonalAccessToken(
                id,
                owner,
                name,
                scopes,
                expiresAt ?? throw RefusedException.Invalid("A personal access token needs an end.", "expires_at"),
                secret,
                actor.UserId,
                now);
        Delegation.RefuseWider(actor, token.Scopes);
        Delegation.RefuseLonger(actor, expiresAt);
        var active = await db.AccessTokens.Active().CountAsync(other => other.OwnerId == ownerId, cancellationToken);
        if (AccessToken.LimitObstacle(organization.ApplicationKeyLimit, active) is { } obstacle)
        {
            throw RefusedException.Invalid(obstacle);
        }

        db.Add(token);
        return new Issued<AccessToken>(token, secret);
    }

    private static async Task<User?> OwnerAsync(SafetyCenterDb db, Id<User> id, CancellationToken cancellationToken)
    {
        var owner = await db.People.SingleOrDefaultAsync(user => user.Id == id, cancellationToken);
        return owner is null or { Status: UserStatus.Active } ? owner : throw RefusedException.Invalid(
            $"{owner.DisplayName} is not an active user, and cannot be given keys.");
    }
}
