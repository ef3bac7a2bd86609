using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Core.OAuth;

/// <summary>What a token is for.</summary>
public enum OAuthTokenKind
{
    /// <summary>Opens the API.</summary>
    Access,

    /// <summary>Gets the next pair of tokens, once.</summary>
    Refresh,
}

/// <summary>
/// A token of an app, access or refresh: opaque, kept as a hash. What it opens ends with its grant, at once; see
/// <see cref="OAuthGrant"/>.
/// </summary>
public sealed class OAuthToken
{
    /// <summary>How long an access token opens something.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromHours(1);

    /// <summary>How long a refresh token can be used, from the last rotation on.</summary>
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromDays(90);

    /// <summary>Issues a token.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="grant">What the user agreed to.</param>
    /// <param name="family">The id that all tokens of one sign-in of the app bear: that of their code.</param>
    /// <param name="scopes">What it may do; not more than the grant.</param>
    /// <param name="secret">What was minted for it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="InvalidOperationException">More than the user agreed to, or another kind of secret.</exception>
    public OAuthToken(
        OAuthTokenKind kind,
        OAuthGrant grant,
        Guid family,
        IReadOnlyCollection<string> scopes,
        Secret secret,
        DateTimeOffset now)
    {
        if (scopes.Count == 0 || !grant.Covers(scopes))
        {
            throw new InvalidOperationException("A token would exceed what the user agreed to.");
        }

        if (secret.Kind != (kind == OAuthTokenKind.Access ? SecretKind.OAuthAccessToken : SecretKind.OAuthRefreshToken))
        {
            throw new InvalidOperationException($"A {secret.Kind} is no {kind} token.");
        }

        Id = Id<OAuthToken>.New(now);
        Kind = kind;
        OrganizationId = grant.OrganizationId;
        GrantId = grant.Id;
        Family = family;
        Scopes = [.. scopes];
        Hash = secret.Hash.ToArray();
        Last4 = secret.Last4;
        IssuedAt = now;
        ExpiresAt = now + (kind == OAuthTokenKind.Access ? AccessLifetime : RefreshLifetime);
    }

    // For EF Core.
    private OAuthToken(byte[] hash, string last4, string[] scopes) => (Hash, Last4, Scopes) = (hash, last4, scopes);

    /// <summary>Its id.</summary>
    public Id<OAuthToken> Id { get; private set; }

    /// <summary>What it is for.</summary>
    public OAuthTokenKind Kind { get; private set; }

    /// <summary>The organization it opens.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>What the user agreed to.</summary>
    public Id<Credential> GrantId { get; private set; }

    /// <summary>All tokens that come from one code, or from one another, bear the same.</summary>
    public Guid Family { get; private set; }

    /// <summary>What it may do.</summary>
    public string[] Scopes { get; private set; }

    /// <summary>SHA-256 of the token, 32 bytes.</summary>
    public byte[] Hash { get; private set; }

    /// <summary>Its last four characters.</summary>
    public string Last4 { get; private set; }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset IssuedAt { get; private set; }

    /// <summary>When it opens nothing any more.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When a refresh token was used. A second use means that somebody has a copy.</summary>
    public DateTimeOffset? UsedAt { get; private set; }

    /// <summary>When it was ended before its time (RFC 7009).</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Ends it before its time. Doing so twice keeps the first.</summary>
    public void End(DateTimeOffset now) => EndedAt ??= now;
}
