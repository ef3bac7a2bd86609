using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

// How a credential ends: by hand, by its own end, by a rotation; and how it comes back.
public abstract partial class Credential
{
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
        RefuseOnceEnded(now);
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
        RefuseOnceEnded(now);
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
        RefuseOnceEnded(now);
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

    /// <summary>Who or what ended it, for people.</summary>
    /// <param name="by">What to call who revoked it; null when nobody did, or the operator.</param>
    public string EndedBy(string? by) => by ?? RevokedBecause switch
    {
        RevocationReason.Leaked => "the rules of the organization",
        RevocationReason.Expired => "its own end",
        RevocationReason.Rotated => "its rotation",
        RevocationReason.AppDisabled => "the disabling of its app",
        RevocationReason.AppDeleted => "the deletion of its app",
        RevocationReason.ScopeRemoved => "the removal of a scope from its app",
        RevocationReason.ReturnedByApp => "the app itself",
        RevocationReason.Replayed => "a code or token that was used twice",
        _ => "the operator",
    };

    /// <summary>
    /// Until when its revocation can be undone: until the window is over, or its own end, which no undo moves. Null when it
    /// cannot.
    /// </summary>
    /// <param name="window">How long the organization lets revocations be undone.</param>
    /// <param name="hasLeaked">Whether it was ever seen where it must not be.</param>
    public DateTimeOffset? UndoableUntil(TimeSpan window, bool hasLeaked) => RevokedAt is { } revoked
        && window > TimeSpan.Zero
        && !hasLeaked
        && RevokedBecause is RevocationReason.ByHand or RevocationReason.Unused or RevocationReason.Rotated
            ? Earlier(revoked + window, ExpiresAt)
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
                ? StaysBecauseOfCopies
                : RevokedBecause switch
                {
                    RevocationReason.OwnerDisabled =>
                        $"“{Name}” was revoked because its owner was disabled. That cannot be undone; make a new one.",
                    RevocationReason.Expired => $"“{Name}” has expired. That cannot be undone; make a new one.",
                    RevocationReason.AppDisabled or RevocationReason.AppDeleted or RevocationReason.ScopeRemoved
                        or RevocationReason.ReturnedByApp or RevocationReason.Replayed =>
                        $"“{Name}” was ended by {EndedBy(null)}. That cannot be undone here; it needs new consent.",
                    _ => "This organization does not let revocations be undone. Make a new one.",
                });
        }

        if (ExpiresAt <= now)
        {
            throw RefusedException.Forbidden($"“{Name}” has expired meanwhile. That cannot be undone; make a new one.");
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
        Modified(by, now);
    }

    /// <summary>Why it stays ended when others have it, in a sentence.</summary>
    protected virtual string StaysBecauseOfCopies => $"“{Name}” was seen in public, so it stays revoked. Make a new one.";

    /// <summary>
    /// How many days ahead of its end its people are to be told now: the nearest of <see cref="Expiry.WarningDays"/> that
    /// has come. Null while none has, and once it has ended.
    /// </summary>
    public virtual int? WarningDue(DateTimeOffset now)
    {
        if (!IsActive || EndsAt is not { } end || end <= now)
        {
            return null;
        }

        // Who begins a rotation has just said when it ends, and is told when that comes nearer.
        var due = Expiry.NearestWarning(end, now);
        return due is { } days && end != ExpiresAt && end.AddDays(-days) <= RotatedAt ? null : due;
    }

    // What has come to its end by the clock is over, also before that was written down: nobody extends it.
    private void RefuseOnceEnded(DateTimeOffset now)
    {
        RefuseUnlessActive();
        if (EndsAt is { } end && end <= now)
        {
            throw RefusedException.Invalid($"“{Name}” ended at {Moment.Exact(end)} and cannot be changed.");
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null ? other : other is null ? one : one < other ? one : other;
}
