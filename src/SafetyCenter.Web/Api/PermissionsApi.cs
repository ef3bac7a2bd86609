using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;

namespace SafetyCenter.Web.Api;

/// <summary>The catalogue of permissions, the operator's own among them: one flat list, as Datadog's v2 API has it.</summary>
internal static class PermissionsApi
{
    /// <summary>Maps it.</summary>
    public static void MapPermissions(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/permissions", List).Requires(Permission.UserAccessRead);

    private static IResult List() => ApiAnswer.Ok(new { data = PermissionCatalogue.All.Select(RoleResource.Of) });
}
