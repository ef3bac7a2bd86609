using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>
/// Disables and enables users, whichever page or endpoint asks for it. The keys and tokens of whoever is disabled end with it;
/// see <see cref="SafetyCenterDb"/>. An admin always remains.
/// </summary>
public static class UserStanding
{
    /// <summary>
    /// Stops somebody from signing in, ends their application keys and tokens for good, and takes back their open invite.
    /// </summary>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is the last admin, or oneself, or who asks was disabled meanwhile.</exception>
    public static Task<User?> DisableAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, DateTimeOffset now, CancellationToken cancellationToken) =>
        PeopleLock.ChangeAsync(db, actor, id, user => StopAsync(db, actor, user, now, cancellationToken), cancellationToken);

    /// <summary>The same to a user who is being changed, under the lock, already.</summary>
    internal static async Task StopAsync(
        SafetyCenterDb db, Actor actor, User user, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (user.Id == actor.UserId)
        {
            throw RefusedException.Forbidden("Nobody can disable themselves. Ask another admin.");
        }

        if (user.Status == UserStatus.Pending)
        {
            foreach (var invite in await db.Invites.Open().Where(invite => invite.UserId == user.Id)
                .ToListAsync(cancellationToken))
            {
                invite.Withdraw(actor.UserId, now);
            }
        }

        user.Disable(now);
    }

    /// <summary>Lets somebody sign in again. What ended when they were disabled stays ended.</summary>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">Who asks was disabled meanwhile.</exception>
    public static Task<User?> EnableAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, DateTimeOffset now, CancellationToken cancellationToken) =>
        PeopleLock.ChangeAsync(
            db,
            actor,
            id,
            user =>
            {
                user.Enable(now);
                return Task.CompletedTask;
            },
            cancellationToken);
}
