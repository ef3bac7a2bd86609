using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Alerts;

/// <summary>How a reporter proves who they are.</summary>
public enum ReporterProof
{
    /// <summary>They send the token (RFC 6750). We keep its hash.</summary>
    Token,

    /// <summary>
    /// They sign each body with it (HMAC-SHA-256) and never send it. To check that we need it, so it is kept encrypted.
    /// </summary>
    Signature,
}

/// <summary>
/// A program that an organization lets report leaks to it: a scanner in its builds, its GitLab. Its token opens nothing else, and
/// its reports are matched with credentials of this organization alone.
/// </summary>
public sealed class LeakReporter
{
    /// <summary>How many an organization may have.</summary>
    public const int ActiveMax = 50;

    private const int RandomLength = 34;
    private const int BodyLength = RandomLength + Base62.ChecksumLength;

    // What follows the prefix.
    private const int TokenLength = 4 + BodyLength;

    /// <summary>Registers a token that was just minted.</summary>
    /// <param name="organization">Whose reporter it is.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="proof">How it will prove who it is.</param>
    /// <param name="token">What <see cref="NewToken"/> made.</param>
    /// <param name="sealedToken">The token, encrypted, for <see cref="ReporterProof.Signature"/>; null otherwise.</param>
    /// <param name="active">How many the organization has, counted under its lock.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">The name cannot be, or there are too many.</exception>
    public LeakReporter(
        Id<Organization> organization,
        string? name,
        ReporterProof proof,
        string token,
        byte[]? sealedToken,
        int active,
        Id<User> by,
        DateTimeOffset now)
    {
        if (active >= ActiveMax)
        {
            throw RefusedException.Invalid($"An organization can have at most {ActiveMax} reporters. Revoke one first.");
        }

        if ((sealedToken is not null) != (proof == ReporterProof.Signature))
        {
            throw new ArgumentException("A token is kept encrypted if and only if it signs.", nameof(sealedToken));
        }

        Id = Id<LeakReporter>.New(now);
        (OrganizationId, Name, Proof) = (organization, Text.Name(name, "Reporter name"), proof);
        (Hash, Last4, SealedToken) = (SecretHash.Of(token).ToArray(), token[^4..], sealedToken);
        (CreatedAt, CreatedBy) = (now, by);
    }

    // For EF Core.
    private LeakReporter(string name, byte[] hash, string last4) => (Name, Hash, Last4) = (name, hash, last4);

    /// <summary>A new random token: prefix, <c>rep_</c>, 34 random digits and their checksum.</summary>
    public static string NewToken(SecretFormat format) => $"{format.Prefix}rep_{Base62.RandomWithChecksum(RandomLength)}";

    /// <summary>
    /// Whether this text can be such a token, checksum included: whoever tries others is sent away without a look at the
    /// database.
    /// </summary>
    public static bool IsToken(string text, SecretFormat format) =>
        text.StartsWith($"{format.Prefix}rep_", StringComparison.Ordinal)
        && text.Length == format.Prefix.Length + TokenLength
        && Base62.IsAllDigits(text.AsSpan()[^BodyLength..])
        && Base62.EndsInChecksum(text.AsSpan()[^BodyLength..]);

    /// <summary>Its id.</summary>
    public Id<LeakReporter> Id { get; private set; }

    /// <summary>Whose reporter it is.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>What people call it.</summary>
    public string Name { get; private set; }

    /// <summary>How it proves who it is.</summary>
    public ReporterProof Proof { get; private set; }

    /// <summary>SHA-256 of the token, 32 bytes.</summary>
    public byte[] Hash { get; private set; }

    /// <summary>Its last four characters.</summary>
    public string Last4 { get; private set; }

    /// <summary>The token, encrypted, when it signs.</summary>
    public byte[]? SealedToken { get; private set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Who made it.</summary>
    public Id<User> CreatedBy { get; private set; }

    /// <summary>When it last reported.</summary>
    public DateTimeOffset? LastUsedAt { get; private set; }

    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>Who revoked it.</summary>
    public Id<User>? RevokedBy { get; private set; }

    /// <summary>Ends it for good: it can be told from an unknown one no more. Doing so twice keeps the first.</summary>
    public void Revoke(Id<User> by, DateTimeOffset now)
    {
        if (RevokedAt is null)
        {
            (RevokedAt, RevokedBy, SealedToken) = (now, by, null);
        }
    }

    /// <summary>It reports.</summary>
    public void Use(DateTimeOffset now) => LastUsedAt = now;
}
