using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>A role after a change, and what the change does to those who hold it.</summary>
public sealed record RoleChanged(Role Role, RoleEffect Effect);

/// <summary>
/// Makes, changes and deletes custom roles, whichever page or endpoint asks for it. An admin always remains, whatever becomes
/// of a role: saving looks at that.
/// </summary>
public static class RoleEditing
{
    private static readonly string[] MayEdit = [Permission.UserAccessManage];

    /// <summary>Makes a role.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="make">Makes it: <see cref="Role.Custom"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">Something about it cannot be, or its name is taken.</exception>
    public static Task<Role> CreateAsync(
        SafetyCenterDb db, Actor actor, Func<Organization, Role> make, CancellationToken cancellationToken) =>
        PeopleLock.DoAsync(
            db,
            actor,
            MayEdit,
            async organization =>
            {
                RefuseThroughApi(actor, organization);
                var role = make(organization);
                return await IsTakenAsync(db, role, cancellationToken) ? throw Taken(role) : db.Add(role).Entity;
            },
            cancellationToken);

    /// <summary>Makes another role that grants the same as one, managed or not.</summary>
    /// <returns>The new role; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">Something about it cannot be, or its name is taken (a conflict).</exception>
    public static Task<Role?> CloneAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Role> id,
        string? name,
        IReadOnlyCollection<string> receivesFrom,
        DateTimeOffset now,
        CancellationToken cancellationToken) => PeopleLock.DoAsync(
        db,
        actor,
        MayEdit,
        async organization =>
        {
            RefuseThroughApi(actor, organization);
            var original = await FindAsync(db, id, cancellationToken);
            if (original?.Clone(name, receivesFrom, now) is not { } clone)
            {
                return null;
            }

            return await IsTakenAsync(db, clone, cancellationToken)
                ? throw RefusedException.Conflict("A role with the same name already exists", "name")
                : db.Add(clone).Entity;
        },
        cancellationToken);

    /// <summary>Changes a role.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="id">The role.</param>
    /// <param name="edit">What is changed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The role and what that does; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is managed, something cannot be, or the last admin would be gone.</exception>
    public static Task<RoleChanged?> ChangeAsync(
        SafetyCenterDb db, Actor actor, Id<Role> id, Action<Role> edit, CancellationToken cancellationToken) =>
        PeopleLock.DoAsync(
            db,
            actor,
            MayEdit,
            async _ =>
            {
                var role = await FindAsync(db, id, cancellationToken);
                if (role is null)
                {
                    return null;
                }

                role.RefuseManaged();
                var before = role.Permissions;
                edit(role);
                return await IsTakenAsync(db, role, cancellationToken)
                    ? throw Taken(role)
                    : new RoleChanged(role, await RoleEffect.OfAsync(db, id, before, role.Permissions, cancellationToken));
            },
            cancellationToken);

    /// <summary>Deletes a role; whoever holds it holds it no longer.</summary>
    /// <returns>The role and what that does; null when there is none of that id.</returns>
    /// <exception cref="RefusedException">It is managed, or the last admin would be gone.</exception>
    public static Task<RoleChanged?> DeleteAsync(
        SafetyCenterDb db, Actor actor, Id<Role> id, CancellationToken cancellationToken) => PeopleLock.DoAsync(
        db,
        actor,
        MayEdit,
        async _ =>
        {
            var role = await FindAsync(db, id, cancellationToken);
            if (role is null)
            {
                return null;
            }

            role.RefuseManaged();
            var effect = await RoleEffect.OfAsync(db, id, role.Permissions, [], cancellationToken);
            db.Remove(role);
            return new RoleChanged(role, effect);
        },
        cancellationToken);

    private static Task<Role?> FindAsync(SafetyCenterDb db, Id<Role> id, CancellationToken cancellationToken) =>
        db.Roles.SingleOrDefaultAsync(role => role.Id == id, cancellationToken);

    // The lock is held, so that nobody else takes the name meanwhile.
    private static Task<bool> IsTakenAsync(SafetyCenterDb db, Role role, CancellationToken cancellationToken) =>
        db.Roles.AnyAsync(other => other.Name == role.Name && other.Id != role.Id, cancellationToken);

    private static RefusedException Taken(Role role) => RefusedException.Invalid(
        $"There is a role “{role.Name}” already. Role names are unique in an organization.", "name");

    // The policy is about programs (org config custom_roles); whoever signs in and manages roles makes them on the page.
    private static void RefuseThroughApi(Actor actor, Organization organization)
    {
        if (actor.CalledWith is not null && !organization.Policies.AllowsCustomRoles)
        {
            throw RefusedException.Forbidden(
                "Forbidden: this organization makes no custom roles through the API (its setting custom_roles is off).");
        }
    }
}
