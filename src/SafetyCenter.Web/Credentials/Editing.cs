using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Credentials;

/// <summary>
/// Changes what can be changed of a credential of any kind, under the organization's lock, so that two cannot be given the
/// same name at once. The page has asked for the permission, and whose credential it may be.
/// </summary>
public static class Editing
{
    /// <summary>Gives a credential another name.</summary>
    /// <returns>The credential; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">A bad or taken name, or the credential is revoked.</exception>
    public static Task<Credential?> RenameAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Credential> id,
        string? name,
        DateTimeOffset now,
        CancellationToken cancellationToken) => ChangeAsync(
        db,
        actor,
        id,
        async credential =>
        {
            var wanted = name ?? "";
            switch (credential)
            {
                case ApiKey key:
                    var keyName = ApiKey.CleanName(wanted);
                    var isKeyTaken = await db.ApiKeys.Active()
                        .AnyAsync(other => other.Name == keyName && other.Id != id, cancellationToken);
                    key.Edit(keyName, isKeyTaken, category: null, remoteConfigReadEnabled: null, actor.UserId, now);
                    break;
                case ClientToken token:
                    var tokenName = ClientToken.CleanName(wanted);
                    var isTokenTaken = await db.ClientTokens.Active()
                        .AnyAsync(other => other.Name == tokenName && other.Id != id, cancellationToken);
                    token.Edit(tokenName, isTokenTaken, actor.UserId, now);
                    break;
                case ApplicationKey key:
                    key.Edit(wanted, scopes: null, actor.UserId, now);
                    break;
                case AccessToken token:
                    token.Edit(wanted, scopes: null, actor.UserId, now);
                    break;
                case OAuthClientSecret secret:
                    secret.Edit(wanted, actor.UserId, now);
                    break;
            }
        },
        cancellationToken);

    /// <summary>Changes what an application key or an access token may do.</summary>
    /// <returns>The credential; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">An unknown scope, none where one is needed, or the credential is revoked.</exception>
    public static Task<Credential?> RescopeAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Credential> id,
        IReadOnlyCollection<string> scopes,
        DateTimeOffset now,
        CancellationToken cancellationToken) => ChangeAsync(
        db,
        actor,
        id,
        credential =>
        {
            Delegation.RefuseWider(actor, scopes);
            switch (credential)
            {
                case ApplicationKey key:
                    key.Edit(name: null, scopes, actor.UserId, now);
                    break;
                case AccessToken token:
                    token.Edit(name: null, scopes, actor.UserId, now);
                    break;
                default:
                    throw RefusedException.Invalid($"A {credential.KindName} has no scopes.", "scopes");
            }

            return Task.CompletedTask;
        },
        cancellationToken);

    private static Task<Credential?> ChangeAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Credential> id,
        Func<Credential, Task> change,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var credential = await db.Credentials
                .SingleOrDefaultAsync(credential => credential.Id == id, cancellationToken);
            if (credential is not null)
            {
                await change(credential);
            }

            return credential;
        },
        cancellationToken);
}
