using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>
/// Who may give which roles to somebody new (product page, section 9): those whose permissions they hold, or all of them with
/// <see cref="Permission.UserAccessManage"/>. Otherwise making a user would be a way to more than one has.
/// </summary>
public static class Granting
{
    /// <summary>Whether somebody may give a role.</summary>
    public static bool May(Actor actor, Role role) =>
        actor.May(Permission.UserAccessManage) || role.Permissions.All(actor.May);

    /// <summary>Whether somebody may invite people; in some organizations admins alone do.</summary>
    public static bool MayInvite(Actor actor, Organization organization) => actor.May(Permission.UserAccessInvite)
        && (!organization.Policies.AdminOnlyInvites || actor.User.Has(Permission.OrgManagement));

    /// <summary>Loads the roles that somebody wants to give.</summary>
    /// <param name="db">Bound to the organization, which the caller has locked.</param>
    /// <param name="actor">Who gives.</param>
    /// <param name="ids">The roles.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">A role is unknown, or grants more than who gives it may.</exception>
    public static async Task<IReadOnlyList<Role>> RolesAsync(
        SafetyCenterDb db, Actor actor, IEnumerable<Id<Role>> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.Distinct().ToArray();
        var roles = await db.Roles
            .Where(role => wanted.Contains(role.Id))
            .OrderBy(role => role.Name)
            .ToListAsync(cancellationToken);
        if (roles.Count != wanted.Length)
        {
            throw RefusedException.Invalid("One of these roles does not exist.", "roles");
        }

        var lacking = roles.Where(role => !May(actor, role)).SelectMany(role => role.Permissions)
            .Where(permission => !actor.May(permission))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        return lacking.Count == 0 ? roles : throw RefusedException.Forbidden(
            $"Forbidden: without {Permission.UserAccessManage}, you can give only roles whose permissions you hold. "
            + $"You lack {string.Join(", ", lacking.Take(10))}{(lacking.Count > 10 ? ", and more" : "")}.");
    }
}
