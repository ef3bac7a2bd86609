using System.Security.Cryptography;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// An authorization code (RFC 6749, 4.1.2): what an app gets through the person's browser and exchanges for tokens. Good for
/// a minute, and once.
/// </summary>
public sealed class OAuthCode
{
    /// <summary>How long it can be redeemed.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>How long it is kept afterwards, so that a second use is recognized.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    private const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // 43 of 62 letters are 256 bits.
    private const int Length = 43;

    /// <summary>Issues a code.</summary>
    /// <param name="grant">What the user agreed to.</param>
    /// <param name="scopes">What the tokens may do; not more than the grant.</param>
    /// <param name="redirectUri">Where it is sent, as the request named it; null when it left that out.</param>
    /// <param name="challenge">The code challenge of the request.</param>
    /// <param name="value">The code, from <see cref="NewValue"/>; only its hash is kept.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="InvalidOperationException">More than the user agreed to.</exception>
    public OAuthCode(
        OAuthGrant grant,
        IReadOnlyCollection<string> scopes,
        string? redirectUri,
        string challenge,
        string value,
        DateTimeOffset now)
    {
        if (scopes.Count == 0 || !grant.Covers(scopes))
        {
            throw new InvalidOperationException("A code would exceed what the user agreed to.");
        }

        Id = Id<OAuthCode>.New(now);
        OrganizationId = grant.OrganizationId;
        GrantId = grant.Id;
        Hash = SecretHash.Of(value).ToArray();
        Scopes = [.. scopes];
        RedirectUri = redirectUri ?? "";
        Challenge = challenge;
        IssuedAt = now;
    }

    // For EF Core.
    private OAuthCode(byte[] hash, string[] scopes, string redirectUri, string challenge) =>
        (Hash, Scopes, RedirectUri, Challenge) = (hash, scopes, redirectUri, challenge);

    /// <summary>Its id; the tokens made with it are one family and bear it.</summary>
    public Id<OAuthCode> Id { get; private set; }

    /// <summary>The organization.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>What the user agreed to.</summary>
    public Id<Credential> GrantId { get; private set; }

    /// <summary>SHA-256 of the code.</summary>
    public byte[] Hash { get; private set; }

    /// <summary>What the tokens may do.</summary>
    public string[] Scopes { get; private set; }

    /// <summary>
    /// Where it was sent, as the request named it; empty when it left that out. Whoever redeems it must name the same, or
    /// leave it out again (RFC 6749, 4.1.3).
    /// </summary>
    public string RedirectUri { get; private set; }

    /// <summary>The code challenge (RFC 7636).</summary>
    public string Challenge { get; private set; }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset IssuedAt { get; private set; }

    /// <summary>When it was redeemed.</summary>
    public DateTimeOffset? RedeemedAt { get; private set; }

    /// <summary>A new random code.</summary>
    public static string NewValue() => RandomNumberGenerator.GetString(Letters, Length);

    /// <summary>Whether it can still be redeemed, as far as time goes.</summary>
    public bool IsInTime(DateTimeOffset now) => now < IssuedAt + Lifetime;

    /// <summary>Whether whoever redeems it is whoever asked for it, and was sent there.</summary>
    public bool Fits(string? redirectUri, string? verifier) =>
        (redirectUri ?? "") == RedirectUri && CodeChallenge.Accepts(Challenge, verifier);
}
