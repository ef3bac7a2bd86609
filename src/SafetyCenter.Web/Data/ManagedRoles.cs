using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data;

/// <summary>
/// Brings the roles of all organizations up to a catalogue that has grown: managed roles get what they lack, and custom
/// roles that receive permissions from one get what that one got. Only ever adds.
/// </summary>
public static class ManagedRoles
{
    // Any number will do, as long as nobody else locks it.
    private const long Lock = 0x5CAF_401E;

    /// <summary>Does it; when nothing is missing, nothing is written. Two at once take turns.</summary>
    /// <returns>How many custom roles were changed.</returns>
    public static async Task<int> BringUpAsync(
        SafetyCenterDb db,
        IReadOnlyList<PermissionCatalogue.Entry> catalogue,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var held = Role.ManagedNames
            .SelectMany((role, rank) => PermissionCatalogue.OfManagedRole(rank, catalogue)
                .Select(permission => (Role: role, Permission: permission)))
            .ToList();
        var roles = held.Select(pair => pair.Role).ToArray();
        var permissions = held.Select(pair => pair.Permission).ToArray();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);

        // Managed roles of all organizations are alike but for a few versions, so that what is missing is found once for each.
        var changed = await db.Database.ExecuteSqlAsync(
            $"""
            WITH catalogue (name, permission) AS (SELECT * FROM unnest({roles}, {permissions})),
            missing AS MATERIALIZED (
                SELECT version.name, version.permissions AS held, array_agg(catalogue.permission) AS permissions
                FROM (SELECT DISTINCT name, permissions FROM roles WHERE managed) version
                JOIN catalogue ON catalogue.name = version.name AND catalogue.permission <> ALL (version.permissions)
                GROUP BY version.name, version.permissions),
            gained AS (
                SELECT role.organization_id, role.id, role.name, missing.permissions
                FROM roles role JOIN missing ON missing.name = role.name AND missing.held = role.permissions
                WHERE role.managed),
            fresh AS (
                SELECT role.id, role.permissions AS held, array_agg(DISTINCT permission ORDER BY permission) AS permissions
                FROM gained
                JOIN roles role ON role.organization_id = gained.organization_id
                    AND (role.id = gained.id OR gained.name = ANY (role.receives_permissions_from))
                CROSS JOIN unnest(gained.permissions) permission
                WHERE permission <> ALL (role.permissions)
                GROUP BY role.id, role.permissions),
            changed AS (
                UPDATE roles role SET permissions = role.permissions || fresh.permissions, modified_at = {now}
                FROM fresh
                WHERE role.id = fresh.id
                RETURNING role.*, fresh.held)
            INSERT INTO audit_events (id, organization_id, at, action, name, asset_type, asset_id, asset_name,
                                      actor, actor_name, method, message, changes)
            SELECT gen_random_uuid(), organization_id, {now}, 'Modified', 'modified', 'role', id, name,
                'System', 'SafetyCenter', 'NONE', 'SafetyCenter changed role “' || name || '”.',
                jsonb_build_object('permissions', jsonb_build_object('before', to_jsonb(held), 'after', to_jsonb(permissions)))
            FROM changed
            WHERE NOT managed
            """,
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }
}
