using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.People;

/// <summary>Makes the identities of programs, which hold keys and tokens and never sign in.</summary>
public static class ServiceAccounts
{
    /// <summary>Makes a service account.</summary>
    /// <exception cref="RefusedException">
    /// A bad address or name, an unknown role, or a role that grants more than the maker has: who may manage service
    /// accounts must not make one that may do what they may not.
    /// </exception>
    public static Task<User> MakeAsync(
        SafetyCenterDb db,
        Actor actor,
        string? email,
        string? name,
        string? title,
        IReadOnlyCollection<Id<Role>> roleIds,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var roles = await Granting.RolesAsync(db, actor, roleIds, cancellationToken);
            var account = User.ServiceAccount(actor.OrganizationId, email, name, title, roles, now);
            db.Add(account);
            return account;
        },
        cancellationToken);
}
