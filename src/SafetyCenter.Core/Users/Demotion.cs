using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Users;

/// <summary>Somebody's admin roles were taken away from the Safety Center; for some days that can be undone.</summary>
public sealed class Demotion
{
    /// <summary>For how long it can be undone.</summary>
    public static readonly TimeSpan UndoWindow = TimeSpan.FromDays(7);

    /// <summary>Takes away every role that makes an admin; who has no other role gets one instead.</summary>
    /// <param name="user">Whom, with roles.</param>
    /// <param name="instead">The role for whoever would have none.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">They are no admin.</exception>
    public Demotion(User user, Role instead, Id<User> by, DateTimeOffset now)
    {
        if (!user.IsAdmin)
        {
            throw RefusedException.Invalid($"{user.DisplayName} is no admin.");
        }

        Id = Id<Demotion>.New(now);
        OrganizationId = user.OrganizationId;
        UserId = user.Id;
        By = by;
        At = now;
        var kept = user.Roles.Where(role => !role.GrantsAdmin).ToList();
        Taken = [.. user.Roles.Where(role => role.GrantsAdmin).Select(role => role.Id.Value)];
        if (kept.Count == 0)
        {
            kept.Add(instead);
            GivenInstead = instead.Id;
        }

        user.SetRoles(kept, now);
    }

    // For EF Core.
    private Demotion(Guid[] taken) => Taken = taken;

    /// <summary>Its id.</summary>
    public Id<Demotion> Id { get; private set; }

    /// <summary>The organization.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Who is no admin any more.</summary>
    public Id<User> UserId { get; private set; }

    /// <summary>The ids of the roles that were taken away.</summary>
    public Guid[] Taken { get; private set; }

    /// <summary>The role that was given so that they keep one, when they had no other.</summary>
    public Id<Role>? GivenInstead { get; private set; }

    /// <summary>Who did it.</summary>
    public Id<User> By { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>When it was undone, if it was.</summary>
    public DateTimeOffset? UndoneAt { get; private set; }

    /// <summary>Until when it can be undone.</summary>
    public DateTimeOffset UndoUntil => At + UndoWindow;

    /// <summary>Whether it can be undone.</summary>
    public bool CanBeUndoneAt(DateTimeOffset now) => UndoneAt is null && now < UndoUntil;

    /// <summary>Gives the roles back, those that still exist, and takes back the one that was given instead.</summary>
    /// <param name="user">The user, with roles.</param>
    /// <param name="roles">The organization's roles.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">It is too late, was done already, or the roles are gone.</exception>
    public void Undo(User user, IReadOnlyCollection<Role> roles, DateTimeOffset now)
    {
        if (UndoneAt is not null)
        {
            return;
        }

        if (!CanBeUndoneAt(now))
        {
            throw RefusedException.Forbidden(
                $"This could be undone until {Moment.Exact(UndoUntil)}. Give the role again on the user's page.");
        }

        var back = roles.Where(role => Taken.Contains(role.Id.Value)).ToList();
        if (back.Count == 0)
        {
            throw RefusedException.Forbidden("The roles that were taken away do not exist any more.");
        }

        user.SetRoles([.. user.Roles.Where(role => role.Id != GivenInstead).Union(back)], now);
        UndoneAt = now;
    }
}
