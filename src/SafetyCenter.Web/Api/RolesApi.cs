using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>Roles, as Datadog's v2 API has them. Who holds them and what they grant: <see cref="RoleMembersApi"/>.</summary>
internal static class RolesApi
{
    /// <summary>Rows on a page when no size is named.</summary>
    public const int PageSize = 10;

    private const string Contradiction = "The id attribute in the request body does not match the role_id in the URL";

    private static readonly string[] Sorts = ["name", "modified_at", "user_count"];

    /// <summary>Maps it.</summary>
    public static void MapRoles(this IEndpointRouteBuilder routes)
    {
        var roles = routes.MapGroup("/roles");
        roles.MapGet("", ListAsync).Requires(Permission.UserAccessRead);
        roles.MapPost("", CreateAsync).Requires(Permission.UserAccessManage);
        roles.MapGet("/templates", TemplatesAsync).Requires(Permission.UserAccessRead);
        roles.MapGet("/{id}", GetAsync).Requires(Permission.UserAccessRead);
        roles.MapPatch("/{id}", UpdateAsync).Requires(Permission.UserAccessManage);
        roles.MapDelete("/{id}", DeleteAsync).Requires(Permission.UserAccessManage);
        roles.MapPost("/{id}/clone", CloneAsync).Requires(Permission.UserAccessManage);
    }

    /// <summary>There is no such role or user, or it is another organization's.</summary>
    public static IResult NotFound<T>(Id<T> id) => ApiAnswer.NotFound(id.ToString());

    private static async Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts, PageSize);
        var all = db.Roles.AsNoTracking();
        var filtered = Filtered(all, query);
        var total = await all.CountAsync(cancellationToken);
        var count = query.IsUnfiltered ? total : await filtered.CountAsync(cancellationToken);
        var page = await Sorted(filtered.Counted(db), query).Skip(query.Skip).Take(query.Size).ToListAsync(cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = page.Select(counted => RoleResource.Of(counted.Role, counted.Users)),
            meta = new { page = new { total_count = total, total_filtered_count = count } },
        });
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await ApiBody.ReadAsync(request, RoleResource.Type);
        var permissions = RoleResource.NamesOf(body.RelatedIds("permissions", RoleResource.PermissionType));
        var role = await RoleEditing.CreateAsync(
            db,
            actor,
            organization => Role.Custom(
                organization.Id,
                body.Text("name"),
                permissions,
                addRestricted: body.Flag("default_permissions_opt_out") is not true,
                body.Texts("receives_permissions_from") ?? [],
                time.GetUtcNow()),
            cancellationToken);
        return ApiAnswer.Ok(new { data = RoleResource.Of(role, userCount: 0) });
    }

    // The managed roles, to be cloned.
    private static async Task<IResult> TemplatesAsync(SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var managed = await db.Roles.AsNoTracking().Where(role => role.Managed)
            .OrderBy(role => role.Name)
            .ToListAsync(cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = managed.Select(role => new
            {
                type = RoleResource.Type,
                id = role.Id.ToString(),
                attributes = new
                {
                    name = role.Name,
                    description = $"Grants {role.Permissions.Length} permissions. Clone it for a role that differs.",
                },
            }),
        });
    }

    private static async Task<IResult> GetAsync(Id<Role> id, SafetyCenterDb db, CancellationToken cancellationToken) =>
        await AnswerAsync(db, id, cancellationToken);

    private static async Task<IResult> UpdateAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await db.Roles.AnyAsync(role => role.Id == id, cancellationToken))
        {
            return NotFound(id);
        }

        var body = (await ApiBody.ReadAsync(request, RoleResource.Type)).About(id, Contradiction);
        var permissions = body.HasRelated("permissions")
            ? RoleResource.NamesOf(body.RelatedIds("permissions", RoleResource.PermissionType))
            : null;
        var now = time.GetUtcNow();
        var changed = await RoleEditing.ChangeAsync(
            db,
            actor,
            id,
            role =>
            {
                if (body.Has("name"))
                {
                    role.Rename(body.Text("name"), now);
                }

                if (permissions is not null)
                {
                    // What has no id cannot be named here, and is left alone.
                    var unlisted = role.Permissions.Except(PermissionCatalogue.All.Select(entry => entry.Name));
                    role.SetPermissions(permissions.Union(unlisted), now);
                }

                if (body.Texts("receives_permissions_from") is { } from)
                {
                    role.ReceivePermissionsFrom(from, now);
                }
            },
            cancellationToken);
        return changed is null ? NotFound(id) : await AnswerAsync(db, id, cancellationToken);
    }

    private static async Task<IResult> DeleteAsync(
        Id<Role> id, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken) =>
        await RoleEditing.DeleteAsync(db, actor, id, cancellationToken) is null ? NotFound(id) : ApiAnswer.NoContent();

    private static async Task<IResult> CloneAsync(
        Id<Role> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await db.Roles.AnyAsync(role => role.Id == id, cancellationToken))
        {
            return NotFound(id);
        }

        var body = await ApiBody.ReadAsync(request, RoleResource.Type);
        var clone = await RoleEditing.CloneAsync(
            db,
            actor,
            id,
            body.Text("name"),
            body.Texts("receives_permissions_from") ?? [],
            time.GetUtcNow(),
            cancellationToken);
        return clone is null ? NotFound(id) : ApiAnswer.Ok(new { data = RoleResource.Of(clone, userCount: 0) });
    }

    private static async Task<IResult> AnswerAsync(SafetyCenterDb db, Id<Role> id, CancellationToken cancellationToken) =>
        await db.Roles.AsNoTracking().Where(role => role.Id == id).Counted(db)
            .SingleOrDefaultAsync(cancellationToken) is { } counted
            ? ApiAnswer.Ok(new { data = RoleResource.Of(counted.Role, counted.Users) })
            : NotFound(id);

    private static IQueryable<Role> Filtered(IQueryable<Role> roles, ListQuery query)
    {
        if (query.Filter is { } text)
        {
            var pattern = ListQuery.Like(text);
            roles = roles.Where(role => EF.Functions.ILike(role.Name, pattern, "\\"));
        }

        if (query.Text("filter[id]") is { } list)
        {
            var ids = list.Split(',', StringSplitOptions.TrimEntries).Select(id => Id<Role>.Parse(id, null)).ToArray();
            roles = roles.Where(role => ids.Contains(role.Id));
        }

        return roles;
    }

    private static IQueryable<CountedRole> Sorted(IQueryable<CountedRole> roles, ListQuery query)
    {
        return query.Sort switch
        {
            "modified_at" => By(counted => counted.Role.ModifiedAt ?? counted.Role.CreatedAt),
            "user_count" => By(counted => counted.Users),
            _ => By(counted => counted.Role.Name),
        };

        IQueryable<CountedRole> By<TKey>(Expression<Func<CountedRole, TKey>> key) => query.Descending
            ? roles.OrderByDescending(key).ThenByDescending(counted => counted.Role.Id)
            : roles.OrderBy(key).ThenBy(counted => counted.Role.Id);
    }
}
