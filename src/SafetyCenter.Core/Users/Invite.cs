using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Users;

/// <summary>How far the email of an invite has come; the outbox knows.</summary>
public enum InviteDelivery
{
    /// <summary>It waits to go out, be it the first time or after a failure.</summary>
    Queued,

    /// <summary>A mail server took it.</summary>
    Sent,

    /// <summary>It was given up.</summary>
    Failed,
}

/// <summary>Where an invite stands. Expiry is arithmetic, not an event.</summary>
public enum InviteStatus
{
    /// <summary>Its email waits to go out.</summary>
    Queued,

    /// <summary>A mail server took its email; the link works.</summary>
    Sent,

    /// <summary>Its email could not be delivered.</summary>
    Failed,

    /// <summary>Its link was followed, by the invited person or by a mail scanner; it still works.</summary>
    Opened,

    /// <summary>Accepted.</summary>
    Accepted,

    /// <summary>Its link no longer works. It stays listed until it is resent or deleted.</summary>
    Expired,

    /// <summary>Deleted by an admin.</summary>
    Withdrawn,
}

/// <summary>Asks somebody to become a user. The user exists from the start, pending.</summary>
public sealed class Invite
{
    /// <summary>Invites a pending user.</summary>
    /// <param name="user">Who is invited.</param>
    /// <param name="invitedBy">Who invites; null for the operator.</param>
    /// <param name="lifetime">How long the link works: <see cref="Policies.InviteLifetime"/>.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">They are in already, or disabled.</exception>
    public Invite(User user, Id<User>? invitedBy, TimeSpan lifetime, DateTimeOffset now)
    {
        if (user.IsServiceAccount || user.Status != UserStatus.Pending)
        {
            throw RefusedException.Invalid($"{user.Email} is here already and cannot be invited.", "email");
        }

        Id = Id<Invite>.New(now);
        OrganizationId = user.OrganizationId;
        User = user;
        UserId = user.Id;
        InvitedBy = invitedBy;
        Send(lifetime, now);
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

    /// <summary>How often it was sent.</summary>
    public int TimesSent { get; private set; }

    /// <summary>Until when the present link works.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When the present link was first followed, by the invited person or by a mail scanner.</summary>
    public DateTimeOffset? OpenedAt { get; private set; }

    /// <summary>Part of the link; a new one kills the old link.</summary>
    public Guid Stamp { get; private set; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset? AcceptedAt { get; private set; }

    /// <summary>When it was withdrawn.</summary>
    public DateTimeOffset? WithdrawnAt { get; private set; }

    /// <summary>Who withdrew it.</summary>
    public Id<User>? WithdrawnBy { get; private set; }

    /// <summary>Whether the present link works.</summary>
    public bool CanBeAcceptedAt(DateTimeOffset now) => AcceptedAt is null && WithdrawnAt is null && now < ExpiresAt;

    /// <summary>Where it stands.</summary>
    public InviteStatus StatusAt(DateTimeOffset now, InviteDelivery delivery) =>
        AcceptedAt is not null ? InviteStatus.Accepted
        : WithdrawnAt is not null ? InviteStatus.Withdrawn
        : now >= ExpiresAt ? InviteStatus.Expired
        : OpenedAt is not null ? InviteStatus.Opened
        : delivery switch
        {
            InviteDelivery.Queued => InviteStatus.Queued,
            InviteDelivery.Sent => InviteStatus.Sent,
            _ => InviteStatus.Failed,
        };

    /// <summary>Sends it again: a new link, the clock from now. The old link is dead.</summary>
    /// <exception cref="RefusedException">It was accepted or withdrawn.</exception>
    public void Resend(TimeSpan lifetime, DateTimeOffset now)
    {
        RefuseUnlessOpen();
        Send(lifetime, now);
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
        User.Disable(now);
    }

    /// <summary>The invited person comes in with this login.</summary>
    /// <exception cref="RefusedException">
    /// The link expired, the invite was accepted or withdrawn, or the name cannot be a name.
    /// </exception>
    public void Accept(Guid loginId, string? name, DateTimeOffset now)
    {
        RefuseUnlessOpen();
        if (!CanBeAcceptedAt(now))
        {
            throw RefusedException.Forbidden("This invite has expired. Ask an admin to send it again.");
        }

        if (User.Status != UserStatus.Pending)
        {
            throw RefusedException.Forbidden("You are disabled in this organization, or in it already.");
        }

        User.Join(loginId, User.CleanName(name));
        AcceptedAt = now;
    }

    private void Send(TimeSpan lifetime, DateTimeOffset now)
    {
        (SentAt, ExpiresAt, OpenedAt) = (now, now + lifetime, null);
        Stamp = Guid.NewGuid();
        TimesSent++;
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
