using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Api;

/// <summary>What our authorization server can do and where, for programs that are told our address alone (RFC 8414).</summary>
public static class OAuthMetadataApi
{
    /// <summary>Whether programs may register themselves; off unless the operator says so.</summary>
    private const string DynamicRegistration = "OAuth:DynamicRegistration";

    private const string Address = "/.well-known/oauth-authorization-server";

    private static readonly string[] Authentications = ["none", "client_secret_basic", "client_secret_post"];

    /// <summary>Maps it; where our own address has a path, also as the standard has it, with that at the end.</summary>
    public static void MapOAuthMetadata(this IEndpointRouteBuilder routes)
    {
        var path = routes.ServiceProvider.GetRequiredService<Installation>().PublicUrl.AbsolutePath.TrimEnd('/');
        foreach (var address in new[] { Address, Address + path }.Distinct())
        {
            var open = routes.Map(address, Tell).AllowAnonymous().DisableAntiforgery();
            open.AddEndpointFilter(new OAuthAnswer(HttpMethods.Get, fromBrowsers: true));
            open.ShortCircuit();
        }

        // Programs look for other documents too, and must not be sent to sign in.
        routes.Map("/.well-known/{**rest}", () => Results.NotFound()).AllowAnonymous().DisableAntiforgery().ShortCircuit();
    }

    private static IResult Tell(Installation installation, IConfiguration configuration)
    {
        var metadata = new Dictionary<string, object>
        {
            ["issuer"] = installation.LinkTo(""),
            ["authorization_endpoint"] = installation.LinkTo("/oauth2/authorize"),
            ["token_endpoint"] = installation.LinkTo("/oauth2/token"),
            ["revocation_endpoint"] = installation.LinkTo("/oauth2/revoke"),
            ["introspection_endpoint"] = installation.LinkTo("/oauth2/introspect"),
            ["scopes_supported"] = OAuthScopes.InOrder,
            ["response_types_supported"] = new[] { "code" },
            ["response_modes_supported"] = new[] { "query" },
            ["grant_types_supported"] = new[] { "authorization_code", "refresh_token", "client_credentials" },
            ["code_challenge_methods_supported"] = new[] { CodeChallenge.Method },
            ["token_endpoint_auth_methods_supported"] = Authentications,
            ["revocation_endpoint_auth_methods_supported"] = Authentications,
            ["introspection_endpoint_auth_methods_supported"] = Authentications,
            ["authorization_response_iss_parameter_supported"] = true,
        };
        if (configuration.GetValue<bool>(DynamicRegistration))
        {
            metadata["registration_endpoint"] = installation.LinkTo("/api/v2/oauth2/register");
        }

        return Results.Json(metadata);
    }
}
