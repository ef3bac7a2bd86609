using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Disables and enables users, whichever page asks for it: under the organization's lock, so that two admins who disable
/// each other at the same time do not leave it without one. The keys and tokens of whoever is disabled end with it; see
/// <see cref="SafetyCenterDb"/>.
/// </summary>
public static class UserStanding
{
    /// <summary>Stops somebody from signing in, and ends their application keys and tokens for good.</summary>
    /// <returns>What to call the user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is the last admin, or oneself, or who asks was disabled meanwhile.</exception>
    public static Task<string?> DisableAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(
            db,
            actor,
            id,
            async user =>
            {
                if (user.Id == actor.UserId)
                {
                    throw RefusedException.Forbidden("Nobody can disable themselves. Ask another admin.");
                }

                user.Disable(await db.People.Admins().CountAsync(cancellationToken), now);
            },
            cancellationToken);

    /// <summary>Lets somebody sign in again. What ended when they were disabled stays ended.</summary>
    /// <returns>What to call the user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">Who asks was disabled meanwhile.</exception>
    public static Task<string?> EnableAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, CancellationToken cancellationToken) =>
        ChangeAsync(
            db,
            actor,
            id,
            user =>
            {
                user.Enable();
                return Task.CompletedTask;
            },
            cancellationToken);

    private static Task<string?> ChangeAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, Func<User, Task> change, CancellationToken cancellationToken) =>
        db.LockedAsync(
            actor.OrganizationId,
            async _ =>
            {
                var users = await db.People.Include(user => user.Roles)
                    .Where(user => user.Id == id || user.Id == actor.UserId)
                    .ToListAsync(cancellationToken);
                if (users.Find(user => user.Id == id) is not { } user)
                {
                    return null;
                }

                // Whoever waited for the lock may have been disabled by the one who held it.
                if (users.Find(user => user.Id == actor.UserId) is not { Status: UserStatus.Active })
                {
                    throw RefusedException.Forbidden("You were disabled a moment ago.");
                }

                if (user.IsServiceAccount && !actor.May(Permission.ServiceAccountWrite))
                {
                    throw RefusedException.Forbidden(
                        $"To disable or enable a service account you need the permission {Permission.ServiceAccountWrite}.");
                }

                await change(user);
                return user.DisplayName;
            },
            cancellationToken);
}
