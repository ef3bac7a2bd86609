using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Credentials;

/// <summary>Makes the identities of programs, which hold keys and tokens and never sign in.</summary>
public static class ServiceAccounts
{
    /// <summary>Makes a service account.</summary>
    /// <exception cref="RefusedException">
    /// A bad address or name, no role or an unknown one, or a role that grants more than the maker has: who may manage
    /// service accounts must not make one that may do what they may not.
    /// </exception>
    public static Task<User> MakeAsync(
        SafetyCenterDb db,
        Actor actor,
        string? email,
        string? name,
        IReadOnlyCollection<Id<Role>> roleIds,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var wanted = roleIds.Distinct().ToArray();
            var roles = await db.Roles.Where(role => wanted.Contains(role.Id)).ToListAsync(cancellationToken);
            if (roles.Count < wanted.Length)
            {
                throw RefusedException.Invalid("One of these roles does not exist.", "role");
            }

            if (roles.Count == 0)
            {
                throw RefusedException.Invalid("Choose at least one role.", "role");
            }

            var beyond = roles.FirstOrDefault(role => !MayGrant(actor, role));
            if (beyond is not null)
            {
                throw RefusedException.Forbidden(
                    $"“{beyond.Name}” grants permissions that you do not have. Choose a role within your own.");
            }

            var account = User.ServiceAccount(actor.OrganizationId, email, name, title: null, roles, now);
            db.Add(account);
            return account;
        },
        cancellationToken);

    /// <summary>Whether somebody may give a role: they hold all it grants, or they manage everybody's roles.</summary>
    public static bool MayGrant(Actor actor, Role role) =>
        actor.May(Permission.UserAccessManage) || role.Permissions.All(actor.User.Has);
}
