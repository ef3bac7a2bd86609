using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>What programs ask of the authorization server, without anybody before a screen (RFC 6749, 7009, 7662).</summary>
/// <remarks>
/// How a program comes to act for somebody (OAuth 2.1; RFC 6749, 7636, 9207, 9700):
/// <list type="number">
/// <item>It learns our addresses from <c>/.well-known/oauth-authorization-server</c>.</item>
/// <item>It makes a secret of its own, the code verifier, and sends the person's browser to <c>/oauth2/authorize</c> with
/// the SHA-256 of that, the code challenge.</item>
/// <item>The person signs in and agrees, in one organization. That is the grant.</item>
/// <item>The browser is sent back to a registered redirect URI with a code, good for a minute and once, and our
/// <c>iss</c>.</item>
/// <item>The program exchanges the code at <c>/oauth2/token</c>, and proves with the verifier that it is who asked: an
/// access token for an hour, and a refresh token.</item>
/// <item>It calls the API with the access token. The authenticator judges that as it judges keys, and the use is the
/// grant's.</item>
/// <item>It exchanges the refresh token for the next pair, again and again. A code or a refresh token that comes twice ends
/// the grant and raises an alert.</item>
/// <item>It gives tokens back at <c>/oauth2/revoke</c>; or the person, an admin, or the end of either ends the grant, and
/// with it every token at once.</item>
/// </list>
/// A program that acts by itself begins with step 5, with its own secret instead of a code.
/// </remarks>
public static class OAuthTokenApi
{
    /// <summary>Maps them, for every method: what programs cannot read are our pages.</summary>
    public static void MapOAuthTokens(this IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("/oauth2").AllowAnonymous().DisableAntiforgery();
        open.ShortCircuit();
        foreach (var version in new[] { "", "/v1" })
        {
            open.Map(version + "/token", IssueAsync).AddEndpointFilter(new OAuthAnswer(HttpMethods.Post, fromBrowsers: true));
            open.Map(version + "/revoke", RevokeAsync).AddEndpointFilter(new OAuthAnswer(HttpMethods.Post, fromBrowsers: true));
        }

        open.Map("/introspect", IntrospectAsync).AddEndpointFilter(new OAuthAnswer(HttpMethods.Post, fromBrowsers: false));
    }

    private static async Task<IResult> IssueAsync(
        HttpContext context, ClientAuthentication clients, TokenIssuing issuing, CancellationToken cancellationToken)
    {
        var form = await OAuthForm.ReadAsync(context.Request, cancellationToken);
        var client = await clients.AuthenticateAsync(context, form, cancellationToken);
        return Results.Json(form.Required("grant_type") switch
        {
            "authorization_code" => await issuing.ExchangeAsync(client, form, context, cancellationToken),
            "refresh_token" => await issuing.RefreshAsync(client, form, context, cancellationToken),
            "client_credentials" => await issuing.ActAsync(client, form, context, cancellationToken),
            _ => throw OAuthRefusedException.UnsupportedGrantType(),
        });
    }

    // token_type_hint is a hint: we find a token by its hash, whichever kind it is.
    private static async Task<IResult> RevokeAsync(
        HttpContext context,
        ClientAuthentication clients,
        SafetyCenterDb db,
        CurrentOrganization current,
        SecretFormat format,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var form = await OAuthForm.ReadAsync(context.Request, cancellationToken);
        var (client, _) = await clients.AuthenticateAsync(context, form, cancellationToken);
        if (format.TryRead(form.Required("token"), out var secret))
        {
            await TokenEnding.GiveBackAsync(db, current, client, secret, time.GetUtcNow(), cancellationToken);
        }

        return Results.Ok();
    }

    private static async Task<IResult> IntrospectAsync(
        HttpContext context,
        ClientAuthentication clients,
        Introspection introspection,
        CancellationToken cancellationToken)
    {
        var form = await OAuthForm.ReadAsync(context.Request, cancellationToken);
        if (ClientAuthentication.IsTried(context.Request, form))
        {
            var (client, _) = await clients.AuthenticateAsync(context, form, cancellationToken);
            return Results.Json(await introspection.OfOwnAsync(client, form.Required("token"), cancellationToken));
        }

        var organizationId = await introspection.OrganizationOfCallerAsync(context, cancellationToken);
        return Results.Json(
            await introspection.OfOrganizationAsync(organizationId, form.Required("token"), cancellationToken));
    }
}
