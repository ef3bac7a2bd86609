using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>Why a credential was ended.</summary>
public enum RevocationReason
{
    /// <summary>Somebody ended it from its own page.</summary>
    ByHand,

    /// <summary>It was seen where it must not be.</summary>
    Leaked,

    /// <summary>Nobody had used it for too long.</summary>
    Unused,

    /// <summary>Its owner was disabled (seed 004).</summary>
    OwnerDisabled,
}

/// <summary>
/// Something that grants access. The secret itself is never kept: only its SHA-256 and its last four characters.
/// A revoked credential stays as a tombstone, so that a late report of it is still recognized.
/// </summary>
public abstract class Credential
{
    /// <summary>Registers a secret that was just minted.</summary>
    protected Credential(
        Id<Organization> organizationId, string name, Secret secret, Id<User>? createdBy, DateTimeOffset now)
    {
        Id = Id<Credential>.New(now);
        OrganizationId = organizationId;
        Name = name;
        Hash = secret.Hash.ToArray();
        Last4 = secret.Last4;
        CreatedAt = now;
        CreatedBy = createdBy;
        TrackedSince = now;
    }

    /// <summary>For EF Core.</summary>
    protected Credential(string name, byte[] hash, string last4) => (Name, Hash, Last4) = (name, hash, last4);

    /// <summary>Its id, which is no secret.</summary>
    public Id<Credential> Id { get; private set; }

    /// <summary>The organization it opens.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Its name.</summary>
    public string Name { get; protected set; }

    /// <summary>SHA-256 of the secret, 32 bytes.</summary>
    public byte[] Hash { get; private set; }

    /// <summary>The last four characters of the secret, to tell keys apart.</summary>
    public string Last4 { get; private set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Who made it; null for the operator.</summary>
    public Id<User>? CreatedBy { get; private set; }

    /// <summary>Since when we see its uses: from its birth, but for imported keys.</summary>
    public DateTimeOffset TrackedSince { get; private set; }

    /// <summary>When it was last used; written by the usage flush alone.</summary>
    public DateTimeOffset? LastUsedAt { get; private set; }

    /// <summary>The address it was last used from.</summary>
    public string? LastUsedAddress { get; private set; }

    /// <summary>The client it was last used with (its User-Agent).</summary>
    public string? LastUsedClient { get; private set; }

    /// <summary>
    /// Since when nobody has been seen using it: last use, or else creation, but not before we could see. Computed by
    /// the database.
    /// </summary>
    public DateTimeOffset QuietSince { get; private set; }

    /// <summary>The UTC day of <see cref="QuietSince"/>: what the scan's index holds. Computed by the database.</summary>
    public DateOnly QuietOn { get; private set; }

    /// <summary>When it was ended.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>Who ended it; null for a policy or the operator.</summary>
    public Id<User>? RevokedBy { get; private set; }

    /// <summary>Why it was ended.</summary>
    public RevocationReason? RevokedBecause { get; private set; }

    /// <summary>Whether it opens anything.</summary>
    public bool IsActive => RevokedAt is null;

    /// <summary>Ends it for good. Doing so twice keeps the first time, person and reason.</summary>
    /// <param name="by">Who ends it.</param>
    /// <param name="because">Why.</param>
    /// <param name="activeApiKeys">How many API keys the organization has active, counted under its lock.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">It is the organization's last API key.</exception>
    public virtual void Revoke(Id<User>? by, RevocationReason because, int activeApiKeys, DateTimeOffset now)
    {
        if (RevokedAt is not null)
        {
            return;
        }

        (RevokedAt, RevokedBy, RevokedBecause) = (now, by, because);
    }
}
