using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Credentials;

/// <summary>
/// What is made through a limited credential is limited at least as much (product page, section 9). Somebody who signed in
/// is limited by permissions alone.
/// </summary>
public static class Delegation
{
    /// <summary>Refuses scopes that the calling credential does not have.</summary>
    /// <exception cref="RefusedException">They exceed it.</exception>
    public static void RefuseWider(Actor actor, IReadOnlyCollection<string> scopes)
    {
        var exceeding = Scope.Exceeding(scopes, actor.Scopes);
        if (exceeding.Count > 0)
        {
            throw RefusedException.Forbidden(
                "What is made or edited with a scoped credential cannot exceed its scopes; these do: "
                + $"{string.Join(", ", exceeding.Take(10))}.");
        }
    }

    /// <summary>Refuses access tokens, which may revoke application keys but neither make nor edit them.</summary>
    /// <exception cref="RefusedException">The caller uses an access token.</exception>
    public static void RefuseAccessToken(Actor actor)
    {
        if (actor.CalledWith is { IsAccessToken: true })
        {
            throw RefusedException.Forbidden(
                "An access token cannot make or edit application keys. Use an application key, or sign in.");
        }
    }

    /// <summary>
    /// Refuses to bring back or to prolong what the calling credential could not have made: application keys when it is an
    /// access token, and whatever is wider than it.
    /// </summary>
    /// <exception cref="RefusedException">It could not.</exception>
    public static void RefuseToEdit(Actor actor, Credential credential)
    {
        if (credential is ApplicationKey)
        {
            RefuseAccessToken(actor);
        }

        if (credential is OwnedCredential { Scopes: var scopes })
        {
            RefuseWider(actor, scopes);
        }
    }

    /// <summary>Refuses a token that would outlive the token it is made with.</summary>
    /// <exception cref="RefusedException">It would.</exception>
    public static void RefuseLonger(Actor actor, DateTimeOffset? expiresAt)
    {
        if (actor.CalledWith is { IsAccessToken: true, EndsAt: { } end } && (expiresAt is null || expiresAt > end))
        {
            throw RefusedException.Forbidden(
                $"A token cannot outlive the token it is made with, which ends at {Moment.Exact(end)}.");
        }
    }
}
