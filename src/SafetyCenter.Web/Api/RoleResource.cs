using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Api;

/// <summary>Roles and permissions as resources of the API, as they stand beside users.</summary>
internal static class RoleResource
{
    /// <summary>Roles, and after them each permission that they grant, once. One statement, or none without roles.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="roles">The roles.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<object>> IncludedAsync(
        SafetyCenterDb db, IReadOnlyList<Role> roles, CancellationToken cancellationToken)
    {
        if (roles.Count == 0)
        {
            return [];
        }

        var ids = roles.Select(role => role.Id).ToArray();
        var userCounts = await db.Roles.AsNoTracking()
            .Where(role => ids.Contains(role.Id))
            .Select(role => new
            {
                role.Id,
                Users = db.People.Count(user => user.DisabledAt == null && user.Roles.Any(held => held.Id == role.Id)),
            })
            .ToDictionaryAsync(role => role.Id, role => role.Users, cancellationToken);
        return
        [
            .. roles.Select(role => Of(role, userCounts[role.Id])),
            .. PermissionsOf([.. roles.SelectMany(role => role.Permissions).Distinct()]).Select(Of),
        ];
    }

    private static object Of(Role role, int userCount) => new
    {
        type = "roles",
        id = role.Id.ToString(),
        attributes = new
        {
            name = role.Name,
            created_at = Wire.Time(role.CreatedAt),
            modified_at = Wire.Time(role.CreatedAt),
            user_count = userCount,
            managed = role.Managed,
        },
        relationships = new
        {
            permissions = new
            {
                data = PermissionsOf(role.Permissions)
                    .Select(permission => new { type = "permissions", id = permission.Id.ToString() }),
            },
        },
    };

    private static object Of(PermissionCatalogue.Entry permission) => new
    {
        type = "permissions",
        id = permission.Id.ToString(),
        attributes = new
        {
            name = permission.Name,
            display_name = permission.DisplayName,
            group_name = permission.GroupName,
            display_type = permission.DisplayType,
        },
    };

    // In the catalogue's order. What the catalogue does not publish has no id, and is left out as Datadog does.
    private static IEnumerable<PermissionCatalogue.Entry> PermissionsOf(IReadOnlyCollection<string> names)
    {
        var granted = names.ToHashSet(StringComparer.Ordinal);
        return PermissionCatalogue.All.Where(permission => granted.Contains(permission.Name));
    }
}
