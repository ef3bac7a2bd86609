using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.People;

/// <summary>Who loses or gains a permission when a role loses or gains it: whoever no other role of theirs grants it.</summary>
/// <param name="Permission">Its name.</param>
/// <param name="People">How many active people.</param>
/// <param name="ServiceAccounts">How many active service accounts.</param>
/// <param name="Credentials">
/// How many active application keys and access tokens of theirs name it among their scopes, or have no scopes and have made use
/// of it.
/// </param>
public sealed record PermissionEffect(string Permission, int People, int ServiceAccounts, int Credentials)
{
    /// <summary>Whether it makes a difference to somebody.</summary>
    public bool IsFelt => People + ServiceAccounts > 0;
}

/// <summary>What a change of a role does to those who hold it, permission by permission.</summary>
/// <param name="Lost">What the role grants no longer.</param>
/// <param name="Gained">What it grants in addition.</param>
public sealed record RoleEffect(IReadOnlyList<PermissionEffect> Lost, IReadOnlyList<PermissionEffect> Gained)
{
    /// <summary>Whether the role grants what it did before.</summary>
    public bool IsEmpty => Lost.Count + Gained.Count == 0;

    /// <summary>Works it out, in one statement, or in none when nothing changes.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="id">The role.</param>
    /// <param name="before">What it grants.</param>
    /// <param name="after">What it will grant; nothing when it is to be deleted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RoleEffect> OfAsync(
        SafetyCenterDb db,
        Id<Role> id,
        IReadOnlyCollection<string> before,
        IReadOnlyCollection<string> after,
        CancellationToken cancellationToken)
    {
        var (lost, gained) = (before.Except(after).ToArray(), after.Except(before).ToArray());
        string[] changed = [.. lost, .. gained];
        if (changed.Length == 0)
        {
            return new RoleEffect([], []);
        }

        // The role was found within the organization, and so are its users.
        var felt = await db.Database.SqlQuery<PermissionEffect>(
            $"""
            SELECT permission AS "Permission",
                count(*) FILTER (WHERE NOT holder.is_service_account)::int AS "People",
                count(*) FILTER (WHERE holder.is_service_account)::int AS "ServiceAccounts",
                sum(owned.count)::int AS "Credentials"
            FROM unnest({changed}) permission
            CROSS JOIN user_roles held
            JOIN users holder ON holder.id = held.user_id AND holder.disabled_at IS NULL
                AND (holder.login_id IS NOT NULL OR holder.is_service_account)
            CROSS JOIN LATERAL (
                SELECT count(*) FROM credentials key
                WHERE key.owner_id = holder.id AND key.revoked_at IS NULL
                    AND (permission = ANY (key.scopes)
                        OR (key.scopes = ARRAY[]::text[] AND EXISTS (
                            SELECT 1 FROM scope_uses used WHERE used.credential_id = key.id AND used.scope = permission)))) owned
            WHERE held.roles_id = {id.Value}
                AND NOT EXISTS (
                    SELECT 1 FROM user_roles other JOIN roles role ON role.id = other.roles_id
                    WHERE other.user_id = holder.id AND role.id <> held.roles_id AND permission = ANY (role.permissions))
            GROUP BY permission
            """)
            .ToDictionaryAsync(effect => effect.Permission, cancellationToken);
        return new RoleEffect(InOrder(lost), InOrder(gained));

        IReadOnlyList<PermissionEffect> InOrder(string[] permissions) =>
        [
            .. permissions.Select(name => felt.GetValueOrDefault(name) ?? new PermissionEffect(name, 0, 0, 0))
                .OrderByDescending(effect => effect.People + effect.ServiceAccounts)
                .ThenBy(effect => effect.Permission, StringComparer.Ordinal),
        ];
    }
}
