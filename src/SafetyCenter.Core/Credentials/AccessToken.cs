using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>
/// A token that needs no API key beside it. It always has scopes, and its id stands readable inside the secret, so that a
/// leaked one leads to its record. Its end is fixed at birth.
/// </summary>
public abstract class AccessToken : OwnedCredential
{
    /// <summary>Issues a token.</summary>
    /// <param name="id">The id that was minted into the secret.</param>
    /// <param name="owner">For whom it acts.</param>
    /// <param name="name">Its name, which may repeat.</param>
    /// <param name="scopes">What it may do; at least one.</param>
    /// <param name="expiresAt">Its end; null for none, where its kind allows that.</param>
    /// <param name="secret">The secret that was minted for it.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">A blank name, no scope or an unknown one, or an end that cannot be.</exception>
    protected AccessToken(
        Id<Credential> id,
        User owner,
        string? name,
        IEnumerable<string> scopes,
        DateTimeOffset? expiresAt,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now)
        : base(owner, CleanName(name), CleanScopes(scopes), secret, by, now, id)
    {
        if (expiresAt < now + Expiry.TokenLifeMin)
        {
            throw RefusedException.Invalid("expires_at must be at least 24 hours in the future.", "expires_at");
        }

        if (expiresAt is { } end)
        {
            Expiry.Check(end, now);
        }

        EndAt(expiresAt);
    }

    /// <summary>For EF Core.</summary>
    protected AccessToken(string name, byte[] hash, string last4, string[] scopes)
        : base(name, hash, last4, scopes)
    {
    }

    /// <inheritdoc />
    public override void Expire(DateTimeOffset? expiresAt, int lastingApiKeys, Id<User>? by, DateTimeOffset now) =>
        throw RefusedException.Invalid(
            "The end of an access token is fixed when it is made. Make a new token instead.", "expires_at");

    /// <inheritdoc />
    public override int? WarningDue(DateTimeOffset now) =>
        ExpiresAt - CreatedAt <= Expiry.ShortLife ? null : base.WarningDue(now);

    /// <summary>Why a user has no room for one more active token; null when they have.</summary>
    /// <param name="limit">How many one user may have.</param>
    /// <param name="activeTokens">How many they have.</param>
    public static string? LimitObstacle(int limit, int activeTokens) => activeTokens < limit ? null
        : $"One user can have at most {limit} active access tokens, and this one has {activeTokens}. "
        + "Revoke one that is not used.";

    /// <summary>Changes its name and scopes; null leaves what it is.</summary>
    /// <exception cref="RefusedException">A blank name, no scope or an unknown one, or the token is revoked.</exception>
    public void Edit(string? name, IEnumerable<string>? scopes, Id<User>? by, DateTimeOffset now)
    {
        if (name is not null)
        {
            Rename(CleanName(name), by, now);
        }

        if (scopes is not null)
        {
            Rescope(CleanScopes(scopes), by, now);
        }
    }

    private static string CleanName(string? name) => Text.Name(name, "Access token name");

    private static IReadOnlyList<string> CleanScopes(IEnumerable<string> scopes) =>
        Scope.Clean(scopes) is { Count: > 0 } clean
            ? clean
            : throw RefusedException.Invalid("An access token needs at least one scope.", "scopes");
}

/// <summary>A token of a person. It lives between a day and a year.</summary>
public sealed class PersonalAccessToken : AccessToken
{
    /// <summary>Issues a token; its parameters and refusals are those of every access token.</summary>
    public PersonalAccessToken(
        Id<Credential> id,
        User owner,
        string? name,
        IEnumerable<string> scopes,
        DateTimeOffset expiresAt,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now)
        : base(id, owner, name, scopes, expiresAt, secret, by, now)
    {
        if (expiresAt > now + Expiry.TokenLifeMax)
        {
            throw RefusedException.Invalid("expires_at can be at most one year in the future.", "expires_at");
        }
    }

    // For EF Core.
    private PersonalAccessToken(string name, byte[] hash, string last4, string[] scopes)
        : base(name, hash, last4, scopes)
    {
    }

    /// <inheritdoc />
    public override string KindName => "Personal access token";
}

/// <summary>A token of a service account. It may live for ever.</summary>
public sealed class ServiceAccessToken : AccessToken
{
    /// <summary>Issues a token; its parameters and refusals are those of every access token.</summary>
    public ServiceAccessToken(
        Id<Credential> id,
        User owner,
        string? name,
        IEnumerable<string> scopes,
        DateTimeOffset? expiresAt,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now)
        : base(id, owner, name, scopes, expiresAt, secret, by, now)
    {
    }

    // For EF Core.
    private ServiceAccessToken(string name, byte[] hash, string last4, string[] scopes)
        : base(name, hash, last4, scopes)
    {
    }

    /// <inheritdoc />
    public override string KindName => "Service access token";
}
