namespace SafetyCenter.Core.Users;

/// <summary>Questions about invites, as expressions that the database answers.</summary>
public static class InviteQueries
{
    /// <summary>Neither accepted nor withdrawn. An expired invite is still open: it stays listed.</summary>
    public static IQueryable<Invite> Open(this IQueryable<Invite> invites) =>
        invites.Where(invite => invite.AcceptedAt == null && invite.WithdrawnAt == null);

    /// <summary>Whose links work and were not followed yet.</summary>
    public static IQueryable<Invite> Unopened(this IQueryable<Invite> invites, DateTimeOffset now) =>
        invites.Open().Where(invite => invite.ExpiresAt > now && invite.OpenedAt == null);

    /// <summary>
    /// Those of a status (<see cref="Invite.StatusAt"/>), as far as the invite knows it. Whether an unopened one is queued,
    /// sent or failed is known to the outbox alone.
    /// </summary>
    public static IQueryable<Invite> Of(this IQueryable<Invite> invites, InviteStatus status, DateTimeOffset now) =>
        status switch
        {
            InviteStatus.Accepted => invites.Where(invite => invite.AcceptedAt != null),
            InviteStatus.Withdrawn => invites.Where(invite => invite.AcceptedAt == null && invite.WithdrawnAt != null),
            InviteStatus.Expired => invites.Open().Where(invite => invite.ExpiresAt <= now),
            InviteStatus.Opened => invites.Open().Where(invite => invite.ExpiresAt > now && invite.OpenedAt != null),
            _ => invites.Unopened(now),
        };
}
