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
}

/// <summary>
/// Something that grants access. The secret itself is never kept: only its SHA-256 and its last four characters.
/// A revoked credential stays as a tombstone, so that a late report of it is still recognized.
/// </summary>
public abstract class Credential
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

    /// <summary>Sets its end at birth.</summary>
    protected void EndAt(DateTimeOffset? expiresAt) => ExpiresAt = expiresAt;

    /// <summary>Sets or lifts its end.</summary>
    /// <param name="expiresAt">When; null for never.</param>
    /// <param name="lastingApiKeys">How many lasting API keys the organization has, counted under its lock.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">
    /// The moment has passed, or it is too far away, or it would leave the organization without a lasting API key.
    /// </exception>
    public virtual void Expire(DateTimeOffset? expiresAt, int lastingApiKeys, Id<User>? by, DateTimeOffset now)
    {
        RefuseUnlessActive();
        if (expiresAt is { } end)
        {
            Expiry.Check(end, now);
        }

        if (expiresAt != ExpiresAt)
        {
            ExpiresAt = expiresAt;
            Modified(by, now);
        }
    }

    /// <summary>Another credential takes its place; both work until this one is retired.</summary>
    /// <param name="successor">The new one.</param>
    /// <param name="retireAt">When this one ends at the latest; never later than the end it has already.</param>
    /// <param name="whenSilent">Whether it ends as soon as nobody has used it for a day.</param>
    /// <param name="lastingApiKeys">How many lasting API keys there are, the new one included.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">
    /// It is being rotated already, the moment cannot be, or the organization would have no lasting API key.
    /// </exception>
    public virtual void ReplaceBy(
        Credential successor,
        DateTimeOffset retireAt,
        bool whenSilent,
        int lastingApiKeys,
        Id<User>? by,
        DateTimeOffset now)
    {
        RefuseUnlessActive();
        if (ReplacedBy is not null)
        {
            throw RefusedException.Invalid(
                $"“{Name}” is being replaced already. Retire it, or give its replacement more time.");
        }

        (ReplacedBy, RotatedAt) = (successor.Id, now);
        Retire(retireAt, whenSilent, by, now);
    }

    /// <summary>Changes when a rotation ends it.</summary>
    /// <exception cref="RefusedException">It is not being rotated, or the moment cannot be.</exception>
    public void Retire(DateTimeOffset retireAt, bool whenSilent, Id<User>? by, DateTimeOffset now)
    {
        RefuseUnlessActive();
        if (ReplacedBy is null)
        {
            throw RefusedException.Invalid($"“{Name}” is not being replaced.");
        }

        Expiry.Check(retireAt, now, "retire_at");
        if (RetireAt != retireAt || RetiresWhenSilent != whenSilent)
        {
            (RetireAt, RetiresWhenSilent) = (retireAt, whenSilent);
            Modified(by, now);
        }
    }

    /// <summary>Ends it for good. Doing so twice keeps the first time, person and reason.</summary>
    /// <param name="by">Who ends it.</param>
    /// <param name="because">Why.</param>
    /// <param name="lastingApiKeys">How many lasting API keys the organization has, counted under its lock.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">It is the organization's last lasting API key.</exception>
    public virtual void Revoke(Id<User>? by, RevocationReason because, int lastingApiKeys, DateTimeOffset now)
    {
        if (RevokedAt is not null)
        {
            return;
        }

        (RevokedAt, RevokedBy, RevokedBecause) = (now, by, because);
    }

    /// <summary>
    /// Ends it when its own end has come, as of that moment; or when it was to be retired once silent, and is.
    /// </summary>
    /// <returns>Whether this ended it.</returns>
    public bool EndIfDue(DateTimeOffset now)
    {
        if (!IsActive)
        {
            return false;
        }

        if (EndsAt is { } end && end <= now)
        {
            (RevokedAt, RevokedBecause) =
                (end, end == ExpiresAt ? RevocationReason.Expired : RevocationReason.Rotated);
            return true;
        }

        if (RetiresWhenSilent && SilentSince + Expiry.Silence <= now)
        {
            (RevokedAt, RevokedBecause) = (now, RevocationReason.Rotated);
            return true;
        }

        return false;
    }

    /// <summary>Since when a credential that is being rotated has not been used, at the earliest since its rotation.</summary>
    public DateTimeOffset? SilentSince => RotatedAt is { } rotated && LastUsedAt is { } used && used > rotated
        ? used
        : RotatedAt;

    /// <summary>Until when its revocation can be undone; null when it cannot.</summary>
    /// <param name="window">How long the organization lets revocations be undone.</param>
    /// <param name="hasLeaked">Whether it was ever seen where it must not be.</param>
    public DateTimeOffset? UndoableUntil(TimeSpan window, bool hasLeaked) => RevokedAt is { } revoked
        && window > TimeSpan.Zero
        && !hasLeaked
        && RevokedBecause is RevocationReason.ByHand or RevocationReason.Unused or RevocationReason.Rotated
            ? revoked + window
            : null;

    /// <summary>Takes a revocation back: the same secret works again.</summary>
    /// <param name="window">How long the organization lets revocations be undone.</param>
    /// <param name="hasLeaked">Whether it was ever seen where it must not be.</param>
    /// <param name="obstacle">Why it has no place any more (name taken, limit reached); null when it has.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">It is active, leaked, its owner was disabled, or the time is over.</exception>
    public void Undo(TimeSpan window, bool hasLeaked, string? obstacle, Id<User>? by, DateTimeOffset now)
    {
        if (IsActive)
        {
            throw RefusedException.Invalid($"“{Name}” is active: there is nothing to undo.");
        }

        if (UndoableUntil(window, hasLeaked) is not { } until)
        {
            throw RefusedException.Forbidden(hasLeaked || RevokedBecause == RevocationReason.Leaked
                ? $"“{Name}” was seen in public, so it stays revoked. Make a new one."
                : RevokedBecause switch
                {
                    RevocationReason.OwnerDisabled =>
                        $"“{Name}” was revoked because its owner was disabled. That cannot be undone; make a new one.",
                    RevocationReason.Expired => $"“{Name}” has expired. That cannot be undone; make a new one.",
                    _ => "This organization does not let revocations be undone. Make a new one.",
                });
        }

        if (now >= until)
        {
            throw RefusedException.Forbidden(
                $"“{Name}” could be brought back until {Moment.Exact(until)}. Make a new one.");
        }

        if (obstacle is not null)
        {
            throw RefusedException.Invalid(obstacle);
        }

        (RevokedAt, RevokedBy, RevokedBecause) = (null, null, null);
        (ReplacedBy, RotatedAt, RetireAt, RetiresWhenSilent) = (null, null, null, false);
        if (ExpiresAt <= now)
        {
            ExpiresAt = null;
        }

        Modified(by, now);
    }

    /// <summary>Refuses to change what opens nothing any more.</summary>
    /// <exception cref="RefusedException">It has been revoked.</exception>
    protected void RefuseUnlessActive()
    {
        if (RevokedAt is { } revoked)
        {
            throw RefusedException.Invalid($"“{Name}” was revoked at {Moment.Exact(revoked)} and cannot be changed.");
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null ? one : one < other ? one : other;
}
