using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Users;

/// <summary>Where an invite stands. Expiry is arithmetic, not an event.</summary>
public enum InviteStatus
{
    /// <summary>Sent, its link works.</summary>
    Pending,

    /// <summary>Sent, its link no longer works. It stays listed until it is resent or deleted.</summary>
    Expired,

    /// <summary>Accepted.</summary>
    Accepted,

    /// <summary>Deleted by an admin.</summary>
    Withdrawn,
}

/// <summary>Asks somebody to become a user. The user exists from the start, pending.</summary>
public sealed class Invite
{
    /// <summary>How long a link works.</summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromDays(2);

    /// <summary>Invites a pending user.</summary>
    public Invite(User user, Id<User>? invitedBy, DateTimeOffset now)
    {
        Id = Id<Invite>.New(now);
        OrganizationId = user.OrganizationId;
        User = user;
        UserId = user.Id;
        InvitedBy = invitedBy;
        SentAt = now;
        Stamp = Guid.NewGuid();
    }

    // For EF Core.
    private Invite() => User = null!;

    /// <summary>Its id.</summary>
    public Id<Invite> Id { get; private set; }

    /// <summary>The organization that invites.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Who is invited.</summary>
    public Id<User> UserId { get; private set; }

    /// <summary>Who is invited.</summary>
    public User User { get; private set; }

    /// <summary>Who invited; null for the operator.</summary>
    public Id<User>? InvitedBy { get; private set; }

    /// <summary>When the present link was sent. The clock of <em>stale invite</em>.</summary>
    public DateTimeOffset SentAt { get; private set; }

    /// <summary>Part of the link; a new one kills the old link.</summary>
    public Guid Stamp { get; private set; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset? AcceptedAt { get; private set; }

    /// <summary>When it was withdrawn.</summary>
    public DateTimeOffset? WithdrawnAt { get; private set; }

    /// <summary>Who withdrew it.</summary>
    public Id<User>? WithdrawnBy { get; private set; }

    /// <summary>Where it stands.</summary>
    public InviteStatus StatusAt(DateTimeOffset now) => AcceptedAt is not null ? InviteStatus.Accepted
        : WithdrawnAt is not null ? InviteStatus.Withdrawn
        : now >= SentAt + LinkLifetime ? InviteStatus.Expired
        : InviteStatus.Pending;

    /// <summary>Sends it again: a new link, the clock from now. The old link is dead.</summary>
    /// <exception cref="RefusedException">It was accepted or withdrawn.</exception>
    public void Resend(DateTimeOffset now)
    {
        RefuseUnlessOpen();
        SentAt = now;
        Stamp = Guid.NewGuid();
    }

    /// <summary>Takes it back; the pending user can no longer come. Doing so twice changes nothing.</summary>
    /// <exception cref="RefusedException">It was accepted.</exception>
    public void Withdraw(Id<User> by, DateTimeOffset now)
    {
        if (WithdrawnAt is not null)
        {
            return;
        }

        RefuseUnlessOpen();
        WithdrawnAt = now;
        WithdrawnBy = by;
        User.Disable(activeAdmins: int.MaxValue, now);
    }

    /// <summary>The invited person comes in with this login.</summary>
    /// <exception cref="RefusedException">The link expired, or the invite was accepted or withdrawn.</exception>
    public void Accept(Guid loginId, string? name, DateTimeOffset now)
    {
        RefuseUnlessOpen();
        if (StatusAt(now) == InviteStatus.Expired)
        {
            throw RefusedException.Forbidden("This invite has expired. Ask an admin to send it again.");
        }

        AcceptedAt = now;
        User.Join(loginId, name);
    }

    private void RefuseUnlessOpen()
    {
        if (AcceptedAt is not null)
        {
            throw RefusedException.Forbidden("This invite has already been accepted.");
        }

        if (WithdrawnAt is not null)
        {
            throw RefusedException.Forbidden("This invite has been deleted.");
        }
    }
}
