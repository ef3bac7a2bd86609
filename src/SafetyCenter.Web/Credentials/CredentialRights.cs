using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Credentials;

/// <summary>What can be done to a credential.</summary>
public enum CredentialAct
{
    /// <summary>See it and who uses it.</summary>
    Read,

    /// <summary>Rename it, change its scopes or its end, bring it back.</summary>
    Edit,

    /// <summary>End it, or turn it off for a test.</summary>
    Revoke,

    /// <summary>Have another made in its place, whose secret is shown to whoever asks.</summary>
    Rotate,
}

/// <summary>
/// What somebody may do to one credential: one table for pages and endpoints that serve every kind. Keys and tokens of
/// other people can be seen, changed and ended with the permissions for that, but never rotated: the new secret would let
/// one person act as another.
/// </summary>
/// <param name="Actor">Who asks.</param>
/// <param name="Credential">The credential.</param>
/// <param name="Owner">For whom it acts; null when it belongs to the organization.</param>
public sealed record CredentialRights(Actor Actor, Credential Credential, User? Owner)
{
    /// <summary>Loads a credential of the organization, revoked ones included, in at most two statements.</summary>
    /// <returns>The credential and the rights; null when there is none, or it may not be seen.</returns>
    public static async Task<CredentialRights?> FindAsync(
        SafetyCenterDb db, Actor actor, Id<Credential> id, CancellationToken cancellationToken)
    {
        var credential = await db.Credentials.AsNoTracking()
            .SingleOrDefaultAsync(credential => credential.Id == id, cancellationToken);
        var owner = credential is OwnedCredential { OwnerId: var ownerId }
            ? await db.People.AsNoTracking().SingleAsync(user => user.Id == ownerId, cancellationToken)
            : null;
        return credential is not null && new CredentialRights(actor, credential, owner) is var rights
            && rights.May(CredentialAct.Read)
                ? rights
                : null;
    }

    /// <summary>The credentials of the organization that who asks may see, as <see cref="FindAsync"/> says of each.</summary>
    public static IQueryable<Credential> Readable(SafetyCenterDb db, Actor actor)
    {
        var (apiKeys, clientTokens) = (actor.May(Permission.ApiKeysRead), actor.May(Permission.ClientTokensRead));
        var all = actor.MayAny([Permission.OrgAppKeysRead, Permission.OrgAppKeysWrite]);
        var (own, accounts) = (actor.May(Permission.UserAppKeys), actor.May(Permission.ServiceAccountWrite));
        var me = actor.UserId;
        var apps = actor.May(Permission.OrgAuthorizedAppsRead);
        return db.Credentials.Where(credential =>
            (apps && (credential is OAuthClientSecret || credential is OAuthGrant))
            || (apiKeys && credential is ApiKey)
            || (clientTokens && credential is ClientToken)
            || (credential is OwnedCredential && !(credential is OAuthGrant) && (all
                || (own && ((OwnedCredential)credential).OwnerId == me)
                || (accounts && db.People.Any(user =>
                    user.Id == ((OwnedCredential)credential).OwnerId && user.IsServiceAccount)))));
    }

    /// <summary>Whether who asks may do it.</summary>
    public bool May(CredentialAct act) => IsOwnGrant(act) || Actor.MayAny(PermissionsFor(act));

    /// <summary>Refuses what may not be done, with the permission that is missing.</summary>
    /// <exception cref="RefusedException">It may not be done.</exception>
    public void Demand(CredentialAct act)
    {
        if (May(act))
        {
            return;
        }

        var needed = PermissionsFor(act);
        throw RefusedException.Forbidden(Credential is OAuthGrant && needed.Count == 0
            ? $"Only {Owner!.DisplayName} can let “{Credential.Name}” act for them."
            : needed.Count == 0
            ? $"Only {Owner!.DisplayName} can rotate this, because the new secret is shown to whoever asks."
            : $"Forbidden: this needs the permission {string.Join(" or ", needed)}.");
    }

    /// <summary>Any one of these is enough; none at all means that nobody may.</summary>
    public IReadOnlyList<string> PermissionsFor(CredentialAct act) => (Credential, act) switch
    {
        (ApiKey, CredentialAct.Read) => [Permission.ApiKeysRead],
        (ApiKey, CredentialAct.Revoke) => [Permission.ApiKeysDelete],
        (ApiKey, _) => [Permission.ApiKeysWrite],
        (OAuthClientSecret, CredentialAct.Read) => [Permission.OrgAuthorizedAppsRead],
        (OAuthClientSecret, _) => [Permission.OrgAuthorizedAppsWrite],
        (OAuthGrant grant, _) => PermissionsForGrant(grant, act),
        (ClientToken, CredentialAct.Read) => [Permission.ClientTokensRead],
        (ClientToken, _) => [Permission.ClientTokensWrite],
        _ => PermissionsForOwned(act),
    };

    // Scopes change by consent alone. What somebody ended who had agreed to it, nobody else brings back.
    private IReadOnlyList<string> PermissionsForGrant(OAuthGrant grant, CredentialAct act) => act switch
    {
        CredentialAct.Rotate => [],
        CredentialAct.Read => [Permission.OrgAuthorizedAppsRead],
        CredentialAct.Edit when grant.RevokedBy == grant.OwnerId && grant.OwnerId != Actor.UserId => [],
        _ => [Permission.OrgAuthorizedAppsWrite],
    };

    // Whom an app acts for may see that and end it in their browser, whatever else they may.
    private bool IsOwnGrant(CredentialAct act) => act != CredentialAct.Rotate
        && Credential is OAuthGrant grant && grant.OwnerId == Actor.UserId && Actor.CalledWith is null;

    private List<string> PermissionsForOwned(CredentialAct act)
    {
        var enough = new List<string>();
        if (Owner!.Id == Actor.UserId)
        {
            enough.Add(Permission.UserAppKeys);
        }

        if (Owner.IsServiceAccount)
        {
            enough.Add(Permission.ServiceAccountWrite);
        }

        if (act == CredentialAct.Read)
        {
            enough.Add(Permission.OrgAppKeysRead);
        }

        if (act is CredentialAct.Read or CredentialAct.Edit or CredentialAct.Revoke)
        {
            enough.Add(Permission.OrgAppKeysWrite);
        }

        return enough;
    }
}
