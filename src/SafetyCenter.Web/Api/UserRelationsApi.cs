using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// What a user belongs to and holds, as Datadog's v2 API has it. Of the organizations only this one is told: whoever else
/// the same person works for is nobody's business here.
/// </summary>
internal static class UserRelationsApi
{
    /// <summary>Maps it.</summary>
    public static void MapUserRelations(this IEndpointRouteBuilder routes)
    {
        var user = routes.MapGroup("/users/{id}");
        user.MapGet("/orgs", OrganizationsAsync).Requires();
        user.MapGet("/permissions", PermissionsAsync).Requires(Permission.UserAccessRead);
        user.MapGet("/identity_providers", ProvidersAsync).Requires(Permission.UserAccessRead);
        user.MapPatch("/relationships/identity_providers", SetProvidersAsync).Requires(Permission.UserAccessManage);
    }

    // Everybody may ask about themselves.
    private static async Task<IResult> OrganizationsAsync(
        Id<User> id, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken)
    {
        if (id != actor.UserId && !actor.May(Permission.UserAccessRead))
        {
            throw RefusedException.Forbidden(
                $"Forbidden: about others than yourself, this call needs the permission {Permission.UserAccessRead}.");
        }

        return await db.People.AsNoTracking().Include(user => user.Roles)
            .SingleOrDefaultAsync(user => user.Id == id, cancellationToken) is { } user
            ? ApiAnswer.Ok(new { data = UserResource.WithRoles(user), included = new[] { OrgResource.Of(actor.Organization) } })
            : UsersApi.NotFound(id);
    }

    private static async Task<IResult> PermissionsAsync(
        Id<User> id, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var user = await db.People.AsNoTracking().Include(user => user.Roles)
            .SingleOrDefaultAsync(user => user.Id == id, cancellationToken);
        return user is null
            ? UsersApi.NotFound(id)
            : ApiAnswer.Ok(new
            {
                data = RoleResource.PermissionsOf([.. user.Roles.SelectMany(role => role.Permissions).Distinct()])
                    .Select(RoleResource.Of),
            });
    }

    // Everybody signs in as the organization demands; nobody has a way of their own.
    private static async Task<IResult> ProvidersAsync(
        Id<User> id, SafetyCenterDb db, CancellationToken cancellationToken) =>
        await db.People.AnyAsync(user => user.Id == id, cancellationToken)
            ? ApiAnswer.Ok(new { data = Array.Empty<object>() })
            : UsersApi.NotFound(id);

    private static async Task<IResult> SetProvidersAsync(
        Id<User> id, HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        if (!await db.People.AnyAsync(user => user.Id == id, cancellationToken))
        {
            return UsersApi.NotFound(id);
        }

        return (await ApiBody.ReadListAsync(request, "identity_providers")).Count == 0
            ? ApiAnswer.NoContent()
            : throw RefusedException.Invalid("There are no identity providers here that a user could be given.", "data");
    }
}
