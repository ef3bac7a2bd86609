using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Api;

/// <summary>A role, and how many hold it who are not disabled.</summary>
internal sealed class CountedRole
{
    /// <summary>The role.</summary>
    public required Role Role { get; init; }

    /// <summary>How many users.</summary>
    public required int Users { get; init; }
}

/// <summary>Roles and permissions as resources of the API.</summary>
internal static class RoleResource
{
    /// <summary>The type of roles.</summary>
    public const string Type = "roles";

    /// <summary>The type of permissions.</summary>
    public const string PermissionType = "permissions";

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
            .Counted(db)
            .ToDictionaryAsync(counted => counted.Role.Id, counted => counted.Users, cancellationToken);
        return
        [
            .. roles.Select(role => Of(role, userCounts[role.Id])),
            .. PermissionsOf([.. roles.SelectMany(role => role.Permissions).Distinct()]).Select(Of),
        ];
    }

    /// <summary>With the number of users who hold each.</summary>
    public static IQueryable<CountedRole> Counted(this IQueryable<Role> roles, SafetyCenterDb db) => roles
        .Select(role => new CountedRole
        {
            Role = role,
            Users = db.People.Count(user => user.DisabledAt == null && user.Roles.Any(held => held.Id == role.Id)),
        });

    /// <summary>A role.</summary>
    public static object Of(Role role, int userCount) => new
    {
        type = Type,
        id = role.Id.ToString(),
        attributes = new
        {
            name = role.Name,
            created_at = Wire.Time(role.CreatedAt),
            modified_at = Wire.Time(role.ModifiedAt ?? role.CreatedAt),
            user_count = userCount,
            managed = role.Managed,
            receives_permissions_from = role.ReceivesPermissionsFrom,
        },
        relationships = new
        {
            permissions = new
            {
                data = PermissionsOf(role.Permissions)
                    .Select(permission => new { type = PermissionType, id = permission.Id.ToString() }),
            },
        },
    };

    /// <summary>A permission. Nobody has published descriptions, so that its name for people stands for one.</summary>
    public static object Of(PermissionCatalogue.Entry permission) => new
    {
        type = PermissionType,
        id = permission.Id.ToString(),
        attributes = new
        {
            name = permission.Name,
            display_name = permission.DisplayName,
            description = permission.DisplayName,
            created = Wire.TimeZ(permission.CreatedAt),
            group_name = permission.GroupName,
            display_type = permission.DisplayType,
            restricted = permission.Restricted,
            name_aliases = Array.Empty<string>(),
        },
    };

    /// <summary>
    /// In the catalogue's order. What the catalogue does not publish has no id, and is left out as Datadog does.
    /// </summary>
    public static IEnumerable<PermissionCatalogue.Entry> PermissionsOf(IReadOnlyCollection<string> names)
    {
        var granted = names.ToHashSet(StringComparer.Ordinal);
        return PermissionCatalogue.All.Where(permission => granted.Contains(permission.Name));
    }

    /// <summary>The names of permissions that a body gives by their ids.</summary>
    /// <exception cref="RefusedException">There is none of such an id.</exception>
    public static IReadOnlyList<string> NamesOf(IEnumerable<string> ids) =>
    [
        .. ids.Select(id => (Guid.TryParseExact(id, "D", out var guid) ? PermissionCatalogue.Find(guid) : null)?.Name
            ?? throw RefusedException.Invalid(
                $"Invalid input: there is no permission “{(id.Length > 60 ? id[..60] + "…" : id)}”.", "permissions")),
    ];
}
