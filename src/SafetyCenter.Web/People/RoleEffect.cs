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

    /// <summary>Whether it makes a difference to somebody.</summary>
    public bool IsFelt => Lost.Concat(Gained).Any(effect => effect.IsFelt);

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

        // The role was found within the organization, and so are its users. They fall into few groups by what else they hold,
        // so that hundreds of permissions times thousands of users need not be looked at one by one.
        var felt = await db.Database.SqlQuery<PermissionEffect>(
            $"""
            WITH holders AS (
                SELECT holder.id, holder.is_service_account,
                    ARRAY(SELECT other.roles_id FROM user_roles other
                          WHERE other.user_id = holder.id AND other.roles_id <> held.roles_id ORDER BY 1) AS others
                FROM user_roles held
                JOIN users holder ON holder.id = held.user_id AND holder.disabled_at IS NULL
                    AND (holder.login_id IS NOT NULL OR holder.is_service_account)
                WHERE held.roles_id = {id.Value}),
            groups AS (
                SELECT others, count(*) FILTER (WHERE NOT is_service_account) AS people,
                    count(*) FILTER (WHERE is_service_account) AS accounts
                FROM holders GROUP BY others),
            felt AS (
                SELECT permission, others, people, accounts
                FROM unnest({changed}) permission CROSS JOIN groups
                WHERE NOT EXISTS (
                    SELECT 1 FROM roles role WHERE role.id = ANY (groups.others) AND permission = ANY (role.permissions))),
            keys AS (
                SELECT holders.others, need.permission, count(*) AS count
                FROM holders
                JOIN credentials key ON key.owner_id = holders.id AND key.revoked_at IS NULL
                CROSS JOIN LATERAL (
                    SELECT unnest(key.scopes) AS permission
                    UNION ALL
                    SELECT used.scope FROM scope_uses used
                    WHERE used.credential_id = key.id AND key.scopes = ARRAY[]::text[]) need
                GROUP BY holders.others, need.permission)
            SELECT permission AS "Permission", sum(people)::int AS "People", sum(accounts)::int AS "ServiceAccounts",
                coalesce(sum(keys.count), 0)::int AS "Credentials"
            FROM felt LEFT JOIN keys USING (others, permission)
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
