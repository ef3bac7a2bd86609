using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Changes who may what, whichever page asks for it: under the organization's lock, so that two admins who demote each
/// other at the same time do not leave it without one.
/// </summary>
public static class RoleChange
{
    /// <summary>Gives a user these roles and no others.</summary>
    /// <returns>What to call the user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">The last admin would be gone, or a role is unknown.</exception>
    public static Task<string?> SetAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<User> id,
        IReadOnlyCollection<Id<Role>> roleIds,
        CancellationToken cancellationToken) =>
        ChangeAsync(db, actor, id, roles =>
        {
            var chosen = roles.Where(role => roleIds.Contains(role.Id)).ToList();
            return chosen.Count == roleIds.Distinct().Count()
                ? chosen
                : throw RefusedException.Invalid("One of these roles does not exist.", "role");
        }, cancellationToken);

    /// <summary>Takes away every role that makes an admin; who has no other role becomes Standard.</summary>
    /// <returns>What to call the user; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">The last admin would be gone.</exception>
    public static Task<string?> DemoteAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, CancellationToken cancellationToken) =>
        ChangeAsync(db, actor, id, null, cancellationToken);

    private static Task<string?> ChangeAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<User> id,
        Func<List<Role>, List<Role>>? choose,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var user = await db.People.Include(user => user.Roles)
                .SingleOrDefaultAsync(user => user.Id == id, cancellationToken);
            if (user is null)
            {
                return null;
            }

            var roles = await db.Roles.ToListAsync(cancellationToken);
            var chosen = choose is not null ? choose(roles) : user.Roles.Where(role => !role.GrantsAdmin).ToList();
            if (choose is null && chosen.Count == 0)
            {
                chosen.Add(roles.Single(role => role.Managed && role.Name == Role.StandardName));
            }

            user.SetRoles(chosen, await db.People.Admins().CountAsync(cancellationToken));
            return user.DisplayName;
        },
        cancellationToken);
}
