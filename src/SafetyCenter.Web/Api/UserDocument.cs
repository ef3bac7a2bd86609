using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Users with everything that Datadog sends along: their organization, their roles, and the permissions of these, each once.
/// Four statements, however many users.
/// </summary>
internal static class UserDocument
{
    /// <summary>One user; null when there is none of that id.</summary>
    public static async Task<object?> OneAsync(
        SafetyCenterDb db, Actor actor, Id<User> id, CancellationToken cancellationToken)
    {
        var (data, included) = await ManyAsync(db, actor, db.People.Where(user => user.Id == id), cancellationToken);
        return data is [var user] ? new { data = user, included } : null;
    }

    /// <summary>A page of users.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="actor">Who asks, in the organization whose users they are.</param>
    /// <param name="users">The page, in its order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<(IReadOnlyList<object> Data, IReadOnlyList<object> Included)> ManyAsync(
        SafetyCenterDb db, Actor actor, IQueryable<User> users, CancellationToken cancellationToken)
    {
        // A role has hundreds of permissions: it comes once, and not once per user who holds it.
        var page = await users.AsNoTracking()
            .Select(user => new { User = user, RoleIds = user.Roles.Select(role => role.Id).ToList() })
            .ToListAsync(cancellationToken);
        if (page.Count == 0)
        {
            return ([], []);
        }

        var roleIds = page.SelectMany(row => row.RoleIds).Distinct().ToArray();
        var roles = await db.Roles.AsNoTracking()
            .Where(role => roleIds.Contains(role.Id))
            .OrderBy(role => role.Name)
            .ToListAsync(cancellationToken);
        var logins = page.Select(row => row.User.LoginId).OfType<Guid>().ToList();
        var guarded = await SecondFactors.OfAsync(db, logins, cancellationToken);
        return (
            [
                .. page.Select(row => UserResource.WithRoles(
                    row.User, row.RoleIds, row.User.LoginId is { } login && guarded.Contains(login))),
            ],
            [OrgResource.Of(actor.Organization), .. await RoleResource.IncludedAsync(db, roles, cancellationToken)]);
    }
}
