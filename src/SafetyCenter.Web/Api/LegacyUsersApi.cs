using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Users, as Datadog's v1 API has them: named by their handle, with one of three access roles, which are the managed roles.
/// </summary>
internal static class LegacyUsersApi
{
    // The v1 API has no pages.
    private const int ListMax = 10_000;

    private static readonly (string Access, string Role)[] AccessRoles =
        [("adm", Role.AdminName), ("st", Role.StandardName), ("ro", Role.ReadOnlyName)];

    // Clients send a user back as they read it; what cannot be written (the second line) is passed over.
    private static readonly string[] Members =
    [
        "handle", "name", "email", "title", "disabled", "access_role",
        "icon", "verified", "role", "is_admin",
    ];

    /// <summary>Maps it.</summary>
    public static void MapLegacyUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/api/v1/user")
            .AllowAnonymous()
            .DisableAntiforgery()
            .WithMetadata(new ApiEndpointAttribute());
        users.MapGet("", ListAsync).Requires(Permission.UserAccessRead);
        users.MapPost("", CreateAsync).Requires(Permission.UserAccessInvite);
        users.MapGet("/{handle}", GetAsync).Requires(Permission.UserAccessRead);
        users.MapPut("/{handle}", UpdateAsync).Requires(Permission.UserAccessManage, Permission.ServiceAccountWrite);
        users.MapDelete("/{handle}", DisableAsync).Requires(Permission.UserAccessManage, Permission.ServiceAccountWrite);
    }

    private static async Task<IResult> ListAsync(SafetyCenterDb db, CancellationToken cancellationToken) =>
        ApiAnswer.Ok(new { users = await ResourcesAsync(db.People, cancellationToken) });

    private static async Task<IResult> CreateAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await ApiBody.ReadPlainAsync(request, Members);
        var handle = Text.Email(body.Text("handle"), "handle");
        if (body.Text("email") is { } email && Text.Email(email) != handle)
        {
            throw RefusedException.Invalid("email must be the handle.", "email");
        }

        var role = await RoleOfAsync(db, body.Text("access_role") ?? "st", cancellationToken);
        var disabled = Named(db, handle).Where(user => user.DisabledAt != null);
        if (!await disabled.AnyAsync(cancellationToken))
        {
            await Inviting.AddPendingAsync(
                db, actor, handle, body.Text("name"), body.Text("title"), [role], time.GetUtcNow(), cancellationToken);
        }

        return await GetAsync(handle, db, cancellationToken);
    }

    private static async Task<IResult> GetAsync(string handle, SafetyCenterDb db, CancellationToken cancellationToken) =>
        await ResourcesAsync(Named(db, handle), cancellationToken) is [var user]
            ? ApiAnswer.Ok(new { user })
            : ApiAnswer.NotFound("User");

    private static async Task<IResult> UpdateAsync(
        string handle,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await Named(db, handle).AsNoTracking().SingleOrDefaultAsync(cancellationToken) is not { } user)
        {
            return ApiAnswer.NotFound("User");
        }

        var body = await ApiBody.ReadPlainAsync(request, Members);
        if (body.Text("handle") is { } sent
            && !string.Equals(sent, UserResource.HandleOf(user), StringComparison.OrdinalIgnoreCase))
        {
            throw RefusedException.Invalid("The handle in the body is not the handle in the address.", "handle");
        }

        var role = body.Text("access_role") is { } access ? await RoleOfAsync(db, access, cancellationToken) : default;
        var edited = await UserEditing.EditAsync(
            db,
            actor,
            user.Id,
            before => new UserEdit(
                body.Has("name") ? body.Text("name") : before.Name,
                body.Has("title") ? body.Text("title") : before.Title,
                body.Text("email") ?? before.Email,
                body.Flag("disabled") ?? before.IsDisabled,
                role == default ? before.RoleIds : [role]),
            time.GetUtcNow(),
            cancellationToken);
        return await GetAsync(UserResource.HandleOf(edited!), db, cancellationToken);
    }

    private static async Task<IResult> DisableAsync(
        string handle, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        switch (await Named(db, handle).AsNoTracking().SingleOrDefaultAsync(cancellationToken))
        {
            case null:
                return ApiAnswer.NotFound("User");
            case { Status: UserStatus.Disabled }:
                throw RefusedException.Invalid("User is already disabled");
            case var user:
                await UserStanding.DisableAsync(db, actor, user.Id, time.GetUtcNow(), cancellationToken);
                return ApiAnswer.Ok(new { message = $"User {UserResource.HandleOf(user)} disabled" });
        }
    }

    private static IQueryable<User> Named(SafetyCenterDb db, string handle)
    {
        var (email, id) = (handle.ToLowerInvariant(), Id<User>.Parse(handle, null));
        return db.People.Where(user =>
            (user.Email == email && !user.IsServiceAccount) || (user.Id == id && user.IsServiceAccount));
    }

    private static async Task<Id<Role>> RoleOfAsync(SafetyCenterDb db, string access, CancellationToken cancellationToken)
    {
        var (_, name) = Array.Find(AccessRoles, known => known.Access == access);
        return name is null
            ? throw RefusedException.Invalid("access_role can be adm, st or ro.", "access_role")
            : await db.Roles.Where(role => role.Managed && role.Name == name).Select(role => role.Id)
                .SingleAsync(cancellationToken);
    }

    private static async Task<List<object>> ResourcesAsync(IQueryable<User> users, CancellationToken cancellationToken)
    {
        var rows = await users.AsNoTracking()
            .OrderBy(user => user.Email).ThenBy(user => user.Id)
            .Take(ListMax)
            .Select(user => new
            {
                User = user,
                Managed = user.Roles.Where(role => role.Managed).Select(role => role.Name).ToList(),
                HasOrgManagement = user.Roles.Any(role => role.Permissions.Contains(Permission.OrgManagement)),
            })
            .ToListAsync(cancellationToken);
        return
        [
            .. rows.Select(row => new
            {
                handle = UserResource.HandleOf(row.User),
                name = row.User.Name,
                email = row.User.Email,
                title = row.User.Title,
                disabled = row.User.Status == UserStatus.Disabled,
                verified = row.User.Status != UserStatus.Pending,
                // The highest of them; null for who has only roles that v1 does not know.
                access_role = Array.Find(AccessRoles, known => row.Managed.Contains(known.Role)).Access,
                role = (string?)null,
                is_admin = row.HasOrgManagement && row.User is { Status: UserStatus.Active, IsServiceAccount: false },
                icon = "",
            }),
        ];
    }
}
