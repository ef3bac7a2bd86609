using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// What programs ask of the authorization server by themselves (RFC 6749, 7009, 7662): the steps 7, 9 and 10 of those that
/// OAuth/Authorization lists. A program that acts by itself begins with step 7, and shows its secret instead of a code.
/// </summary>
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

        // The body says nothing (RFC 7009, 2.2), but there are clients that cannot read none.
        return Results.Json(new { });
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
