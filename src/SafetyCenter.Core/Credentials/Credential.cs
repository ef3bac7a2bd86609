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

    /// <summary>Its own end had come.</summary>
    Expired,

    /// <summary>Another one took its place, and nobody used it any more, or the time given for that was over.</summary>
    Rotated,

    /// <summary>The OAuth app that it belongs to was disabled.</summary>
    AppDisabled,

    /// <summary>The OAuth app that it belongs to was deleted.</summary>
    AppDeleted,

    /// <summary>A scope that it holds was taken from its OAuth app.</summary>
    ScopeRemoved,

    /// <summary>The OAuth app itself gave it back (RFC 7009).</summary>
    ReturnedByApp,

    /// <summary>An authorization code or a refresh token of it was used twice: somebody has a copy (RFC 9700, 4.14).</summary>
    Replayed,
}

/// <summary>
/// Something that grants access. The secret itself is never kept: only its SHA-256 and its last four characters.
/// A revoked credential stays as a tombstone, so that a late report of it is still recognized.
/// </summary>
public abstract partial class Credential
{
    /// <summary>Registers a secret that was just minted.</summary>
    /// <param name="organizationId">Whose it is.</param>
    /// <param name="name">Its name, cleaned.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="createdBy">Who makes it; null for the operator.</param>
    /// <param name="now">The present.</param>
    /// <param name="id">Its id, where that is part of the secret.</param>
    protected Credential(
        Id<Organization> organizationId,
        string name,
        Secret secret,
        Id<User>? createdBy,
        DateTimeOffset now,
        Id<Credential>? id = null)
    {
        Id = id ?? Id<Credential>.New(now);
        OrganizationId = organizationId;
        Name = name;
        Hash = secret.Hash.ToArray();
        Last4 = secret.Last4;
        CreatedAt = now;
        CreatedBy = createdBy;
        TrackedSince = now;
    }

    /// <summary>Registers one that has no secret of its own: what it opens is opened by tokens that are made from it.</summary>
    protected Credential(Id<Organization> organizationId, string name, Id<User>? createdBy, DateTimeOffset now)
    {
        Id = Id<Credential>.New(now);
        OrganizationId = organizationId;
        Name = name;
        Last4 = "";
        CreatedAt = now;
        CreatedBy = createdBy;
        TrackedSince = now;
    }

    /// <summary>For EF Core.</summary>
    protected Credential(string name, byte[]? hash, string last4) => (Name, Hash, Last4) = (name, hash, last4);

    /// <summary>Its id, which is no secret.</summary>
    public Id<Credential> Id { get; private set; }

    /// <summary>The organization it opens.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Its name.</summary>
    public string Name { get; protected set; }

    /// <summary>SHA-256 of the secret, 32 bytes; null when it has none of its own.</summary>
    public byte[]? Hash { get; private set; }

    /// <summary>The last four characters of the secret, to tell keys apart; empty when it has none.</summary>
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

    /// <summary>When its name, scopes or settings were last changed; null when they never were.</summary>
    public DateTimeOffset? ModifiedAt { get; private set; }

    /// <summary>Who changed them.</summary>
    public Id<User>? ModifiedBy { get; private set; }

    /// <summary>The end that was set for it, if any.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>The credential that takes its place, once it is being rotated.</summary>
    public Id<Credential>? ReplacedBy { get; private set; }

    /// <summary>When the rotation began.</summary>
    public DateTimeOffset? RotatedAt { get; private set; }

    /// <summary>When the rotation ends it, used or not.</summary>
    public DateTimeOffset? RetireAt { get; private set; }

    /// <summary>Whether the rotation ends it earlier, as soon as nobody has used it for a day.</summary>
    public bool RetiresWhenSilent { get; private set; }

    /// <summary>When it was ended.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>Who ended it; null for a policy or the operator.</summary>
    public Id<User>? RevokedBy { get; private set; }

    /// <summary>Why it was ended.</summary>
    public RevocationReason? RevokedBecause { get; private set; }

    /// <summary>Whether nobody and nothing has ended it; see <see cref="EndsAt"/> for what is still to come.</summary>
    public bool IsActive => RevokedAt is null;

    /// <summary>The earliest moment from which on it opens nothing, as far as that is known; null for none.</summary>
    public DateTimeOffset? EndsAt => Earlier(ExpiresAt, RetireAt);

    /// <summary>Whether it is active and no end is set for it. An organization always has such an API key.</summary>
    public bool IsLasting => IsActive && EndsAt is null;

    /// <summary>What people call its kind: "API key".</summary>
    public abstract string KindName { get; }

    /// <summary>Gives it another name.</summary>
    /// <param name="name">The name, which its kind has cleaned and found free.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The present.</param>
    protected void Rename(string name, Id<User>? by, DateTimeOffset now)
    {
        RefuseUnlessActive();
        if (name != Name)
        {
            Name = name;
            Modified(by, now);
        }
    }

    /// <summary>Somebody changed it.</summary>
    protected void Modified(Id<User>? by, DateTimeOffset now) => (ModifiedAt, ModifiedBy) = (now, by);

    /// <summary>Refuses to change what opens nothing any more.</summary>
    /// <exception cref="RefusedException">It has been revoked.</exception>
    protected void RefuseUnlessActive()
    {
        if (RevokedAt is { } revoked)
        {
            throw RefusedException.Invalid($"“{Name}” was revoked at {Moment.Exact(revoked)} and cannot be changed.");
        }
    }
}
