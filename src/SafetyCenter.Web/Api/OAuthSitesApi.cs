using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Api;

/// <summary>Where people can sign in to let an app act for them: Datadog has many sites, and an installation is one.</summary>
internal static class OAuthSitesApi
{
    /// <summary>Maps it. A program asks before it knows anybody here, so it is open.</summary>
    public static void MapOAuthSites(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v2/oauth2/.well-known/sites", Get).AllowAnonymous();

    private static IResult Get(Installation installation) => ApiAnswer.Ok(new
    {
        data = new
        {
            type = "env",
            id = installation.PublicUrl.Authority,
            attributes = new { sites = new[] { installation.LinkTo("") } },
        },
    });
}
