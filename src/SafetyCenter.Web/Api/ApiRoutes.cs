using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>The table of contents of the API.</summary>
public static class ApiRoutes
{
    /// <summary>Maps everything below <c>/api</c>, but for the <c>validate</c> endpoints of the verification room.</summary>
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var v2 = routes.MapGroup("/api/v2").AllowAnonymous().DisableAntiforgery().WithMetadata(new ApiEndpointAttribute());
        v2.MapApiKeys();
        v2.MapApplicationKeys();
        v2.MapServiceAccounts();
        v2.MapClientTokens();
        v2.MapPersonalAccessTokens();
        v2.MapServiceAccessTokens();
        v2.MapAudit();
        v2.MapCredentials();
        v2.MapOAuthApps();
        v2.MapOrgConfigs();
        v2.MapOrganizations();
        v2.MapOrgAuthorizedClients();
        v2.MapUserAuthorizedClients();
        v2.MapScopesRestriction();
        v2.MapPermissions();
        v2.MapRoles();
        v2.MapRoleMembers();
        v2.MapUsers();
        v2.MapUserRelations();
        v2.MapUserInvitations();
        v2.MapCurrentUser();
        routes.MapOAuthSites();
        routes.MapOAuthRegistration();
        routes.MapLeakReports();
        routes.MapLegacyUsers();
        routes.MapLegacyKeys();
        routes.MapLegacyOrganizations();

        // Anything else is told in the API's own words, and not by a page or an empty answer.
        routes.Map("/api/{**rest}", () => ApiAnswer.Errors(404, "Not found")).AllowAnonymous().DisableAntiforgery();
    }

    /// <summary>Names the permission of an endpoint; any one of several is enough.</summary>
    internal static TBuilder Requires<TBuilder>(this TBuilder builder, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RequiresPermissionAttribute(anyOf));
}
