using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>Changes which roles a user holds, whichever page or endpoint asks for it. An admin always remains.</summary>
public static class RoleChange
{
    /// <summary>Gives a user these roles and no others.</summary>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">
    /// The last admin would be gone, a role is unknown, or it grants more than who gives it may give.
    /// </exception>
    public static Task<User?> SetAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<User> id,
        IReadOnlyCollection<Id<Role>> roleIds,
        DateTimeOffset now,
        CancellationToken cancellationToken) => PeopleLock.ChangeAsync(
        db,
        actor,
        id,
        user => GiveAsync(db, actor, user, roleIds, now, cancellationToken),
        cancellationToken);

    /// <summary>The same to a user who is being changed, under the lock, already.</summary>
    internal static async Task GiveAsync(
        SafetyCenterDb db,
        Actor actor,
        User user,
        IReadOnlyCollection<Id<Role>> roleIds,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var held = user.Roles.Where(role => roleIds.Contains(role.Id)).ToList();
        var added = await Granting.RolesAsync(db, actor, roleIds.Except(held.Select(role => role.Id)), cancellationToken);
        user.SetRoles([.. held, .. added], now);
    }

    /// <summary>Gives a user one role more; one they hold already changes nothing.</summary>
    /// <inheritdoc cref="SetAsync"/>
    public static Task<User?> AddAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<User> id,
        Id<Role> roleId,
        DateTimeOffset now,
        CancellationToken cancellationToken) => PeopleLock.ChangeAsync(
        db,
        actor,
        id,
        async user =>
        {
            var added = await Granting.RolesAsync(db, actor, [roleId], cancellationToken);
            user.SetRoles([.. user.Roles.Union(added)], now);
        },
        cancellationToken);

    /// <summary>Takes one role away from a user; one they do not hold changes nothing. They may be left without any.</summary>
    /// <inheritdoc cref="SetAsync"/>
    public static Task<User?> RemoveAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<User> id,
        Id<Role> roleId,
        DateTimeOffset now,
        CancellationToken cancellationToken) => PeopleLock.ChangeAsync(
        db,
        actor,
        id,
        user =>
        {
            user.SetRoles([.. user.Roles.Where(role => role.Id != roleId)], now);
            return Task.CompletedTask;
        },
        cancellationToken);

    /// <summary>
    /// Takes away every role that makes an admin; who has no other role becomes Standard. It can be undone for
    /// <see cref="Demotion.UndoWindow"/>.
    /// </summary>
    /// <returns>The user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">The last admin would be gone, or they are no admin.</exception>
    public static Task<User?> DemoteAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, DateTimeOffset now, CancellationToken cancellationToken) =>
        PeopleLock.ChangeAsync(
            db,
            actor,
            id,
            async user =>
            {
                var standard = await db.Roles.SingleAsync(
                    role => role.Managed && role.Name == Role.StandardName, cancellationToken);
                db.Add(new Demotion(user, standard, actor.UserId, now));
            },
            cancellationToken);

    /// <summary>Takes a demotion back.</summary>
    /// <returns>The user; null when there is no such demotion.</returns>
    /// <exception cref="RefusedException">It is too late, or who asks may not give these roles.</exception>
    public static async Task<User?> UndoDemotionAsync(
        SafetyCenterDb db, Actor actor, Id<Demotion> id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var userId = await db.Demotions.Where(demotion => demotion.Id == id)
            .Select(demotion => (Id<User>?)demotion.UserId)
            .SingleOrDefaultAsync(cancellationToken);
        return userId is not { } found ? null : await PeopleLock.ChangeAsync(
            db,
            actor,
            found,
            async user =>
            {
                var demotion = await db.Demotions.SingleAsync(row => row.Id == id, cancellationToken);
                demotion.Undo(user, await db.Roles.ToListAsync(cancellationToken), now);
            },
            cancellationToken);
    }
}
