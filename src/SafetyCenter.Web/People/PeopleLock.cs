using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>
/// Acts on people are done under the organization's lock, and whoever waited for it is looked at again: they may have been
/// disabled or demoted by the one who held it.
/// </summary>
internal static class PeopleLock
{
    /// <summary>Does something to the organization's people.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="anyOf">The permissions of which they must still hold one; none when being active is enough.</param>
    /// <param name="action">What is done.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">They were disabled, or lost the permission, a moment ago.</exception>
    public static Task<T> DoAsync<T>(
        SafetyCenterDb db,
        Actor actor,
        string[] anyOf,
        Func<Organization, Task<T>> action,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async organization =>
        {
            var self = await db.People.Include(user => user.Roles)
                .SingleOrDefaultAsync(user => user.Id == actor.UserId, cancellationToken);
            return self is { Status: UserStatus.Active } && (anyOf.Length == 0 || anyOf.Any(self.Has))
                ? await action(organization)
                : throw RefusedException.Forbidden("Somebody has just disabled you, or taken away a role this needs.");
        },
        cancellationToken);

    /// <summary>Does something to one user.</summary>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">Who asks may not manage this user, or not any more.</exception>
    public static Task<User?> ChangeAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, Func<User, Task> change, CancellationToken cancellationToken) =>
        DoAsync(
            db,
            actor,
            [Permission.UserAccessManage, Permission.ServiceAccountWrite],
            async _ =>
            {
                var user = await db.People.Include(user => user.Roles)
                    .SingleOrDefaultAsync(user => user.Id == id, cancellationToken);
                if (user is null)
                {
                    return null;
                }

                RefuseUnlessManages(actor, user);
                await change(user);
                return user;
            },
            cancellationToken);

    /// <summary>Whether somebody may change a user: who manages service accounts alone manages no person.</summary>
    public static bool Manages(Actor actor, User user) =>
        actor.May(user.IsServiceAccount ? Permission.ServiceAccountWrite : Permission.UserAccessManage);

    /// <summary>Refuses who may not.</summary>
    /// <exception cref="RefusedException">They may not.</exception>
    public static void RefuseUnlessManages(Actor actor, User user)
    {
        if (!Manages(actor, user))
        {
            throw RefusedException.Forbidden(user.IsServiceAccount
                ? $"Forbidden: to change a service account you need the permission {Permission.ServiceAccountWrite}."
                : $"Forbidden: to change a person you need the permission {Permission.UserAccessManage}.");
        }
    }
}
