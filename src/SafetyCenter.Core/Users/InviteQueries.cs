namespace SafetyCenter.Core.Users;

/// <summary>Questions about invites, as expressions that the database answers.</summary>
public static class InviteQueries
{
    /// <summary>Neither accepted nor withdrawn. An expired invite is still open: it stays listed.</summary>
    public static IQueryable<Invite> Open(this IQueryable<Invite> invites) =>
        invites.Where(invite => invite.AcceptedAt == null && invite.WithdrawnAt == null);
}
