using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// What a role grants and who holds it, as Datadog's v2 API has it: every change answers with the list as it is then.
/// </summary>
internal static class RoleMembersApi
{
    private static readonly string[] Sorts = ["name", "email", "status"];

    /// <summary>Maps it.</summary>
    public static void MapRoleMembers(this IEndpointRouteBuilder routes)
    {
        var permissions = routes.MapGroup("/roles/{id}/permissions");
        permissions.MapGet("", PermissionsAsync).Requires(Permission.UserAccessRead);
        permissions.MapPost("", GrantAsync).Requires(Permission.UserAccessManage);
        permissions.MapDelete("", TakeAsync).Requires(Permission.UserAccessManage);

        var users = routes.MapGroup("/roles/{id}/users");
        users.MapGet("", UsersAsync).Requires(Permission.UserAccessRead);
        users.MapPost("", AddUserAsync).Requires(Permission.UserAccessManage);
        users.MapDelete("", RemoveUserAsync).Requires(Permission.UserAccessManage);
    }

    private static async Task<IResult> PermissionsAsync(Id<Role> id, SafetyCenterDb db, CancellationToken cancellationToken) =>
        await db.Roles.AsNoTracking().SingleOrDefaultAsync(role => role.Id == id, cancellationToken) is { } role
            ? Granted(role)
            : RolesApi.NotFound(id);

    private static Task<IResult> GrantAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken) => ChangePermissionsAsync(
        id, request, db, actor, time, (held, named) => held.Union(named), cancellationToken);

    private static Task<IResult> TakeAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken) => ChangePermissionsAsync(
        id, request, db, actor, time, (held, named) => held.Except(named), cancellationToken);

    private static async Task<IResult> ChangePermissionsAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        Func<IEnumerable<string>, IReadOnlyList<string>, IEnumerable<string>> change,
        CancellationToken cancellationToken)
    {
        if (!await db.Roles.AnyAsync(role => role.Id == id, cancellationToken))
        {
            return RolesApi.NotFound(id);
        }

        var body = await ApiBody.ReadAsync(request, RoleResource.PermissionType);
        var named = RoleResource.NamesOf([body.Id()]);
        var changed = await RoleEditing.ChangeAsync(
            db,
            actor,
            id,
            role => role.SetPermissions(change(role.Permissions, named), time.GetUtcNow()),
            cancellationToken);
        return changed is null ? RolesApi.NotFound(id) : Granted(changed.Role);
    }

    private static IResult Granted(Role role) =>
        ApiAnswer.Ok(new { data = RoleResource.PermissionsOf(role.Permissions).Select(RoleResource.Of) });

    private static async Task<IResult> UsersAsync(
        Id<Role> id, HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts, RolesApi.PageSize);
        return await db.Roles.AnyAsync(role => role.Id == id, cancellationToken)
            ? await HeldByAsync(id, query, db, cancellationToken)
            : RolesApi.NotFound(id);
    }

    private static Task<IResult> AddUserAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken) => ChangeUsersAsync(
        id,
        request,
        db,
        userId => RoleChange.AddAsync(db, actor, userId, id, time.GetUtcNow(), cancellationToken),
        cancellationToken);

    private static Task<IResult> RemoveUserAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken) => ChangeUsersAsync(
        id,
        request,
        db,
        userId => RoleChange.RemoveAsync(db, actor, userId, id, time.GetUtcNow(), cancellationToken),
        cancellationToken);

    private static async Task<IResult> ChangeUsersAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Func<Id<User>, Task<User?>> change,
        CancellationToken cancellationToken)
    {
        if (!await db.Roles.AnyAsync(role => role.Id == id, cancellationToken))
        {
            return RolesApi.NotFound(id);
        }

        var query = ListQuery.Read(request, Sorts, RolesApi.PageSize);
        var userId = Id<User>.Parse((await ApiBody.ReadAsync(request, "users")).Id(), null);
        return await change(userId) is null
            ? RolesApi.NotFound(userId)
            : await HeldByAsync(id, query, db, cancellationToken);
    }

    // Everybody who holds it, disabled or not: they hold it again when they are enabled.
    private static async Task<IResult> HeldByAsync(
        Id<Role> id, ListQuery query, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var holders = db.People.AsNoTracking().Where(user => user.Roles.Any(role => role.Id == id));
        var filtered = holders;
        if (query.Filter is { } text)
        {
            var pattern = ListQuery.Like(text);
            filtered = holders.Where(user =>
                EF.Functions.ILike(user.Name ?? "", pattern, "\\") || EF.Functions.ILike(user.Email, pattern, "\\"));
        }

        var total = await holders.CountAsync(cancellationToken);
        var count = query.IsUnfiltered ? total : await filtered.CountAsync(cancellationToken);
        var page = await Sorted(filtered, query).Skip(query.Skip).Take(query.Size)
            .Include(user => user.Roles)
            .ToListAsync(cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = page.Select(UserResource.WithRoles),
            meta = new { page = new { total_count = total, total_filtered_count = count } },
        });
    }

    private static IQueryable<User> Sorted(IQueryable<User> users, ListQuery query)
    {
        return query.Sort switch
        {
            "email" => By(user => user.Email),
            // In the order of the words: Active, Disabled, Pending.
            "status" => By(user => user.DisabledAt != null ? 1 : user.LoginId == null && !user.IsServiceAccount ? 2 : 0),
            _ => By(user => user.Name ?? user.Email),
        };

        IQueryable<User> By<TKey>(Expression<Func<User, TKey>> key) => query.Descending
            ? users.OrderByDescending(key).ThenByDescending(user => user.Id)
            : users.OrderBy(key).ThenBy(user => user.Id);
    }
}
