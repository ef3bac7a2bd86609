using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// To what an organization restricts an OAuth app, as Datadog's v2 API has it. It goes for every app here, and ends the
/// grants that hold more.
/// </summary>
internal static class ScopesRestrictionApi
{
    // Those of OpenID Connect, which we do not speak: they may be allowed, and no app gets any.
    private static readonly string[] OidcScopes = ["openid", "profile", "email", "offline_access"];

    /// <summary>Maps it.</summary>
    public static void MapScopesRestriction(this IEndpointRouteBuilder routes)
    {
        var restriction = routes.MapGroup("/oauth2/clients/{clientId}/scopes_restriction");
        restriction.MapGet("", GetAsync).Requires(Permission.OrgAuthorizedAppsWrite);
        restriction.MapPost("", SetAsync).Requires(Permission.OrgAuthorizedAppsWrite);
        restriction.MapDelete("", LiftAsync).Requires(Permission.OrgAuthorizedAppsWrite);
    }

    private static async Task<IResult> GetAsync(
        Id<OAuthClient> clientId, SafetyCenterDb db, CancellationToken cancellationToken) =>
        Answer(await FindAsync(db, clientId, cancellationToken));

    private static async Task<IResult> SetAsync(
        Id<OAuthClient> clientId, HttpRequest request, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken)
    {
        if (await FindAsync(db, clientId, cancellationToken) is not { Id: var id })
        {
            return NotFound();
        }

        var body = await ApiBody.ReadAsync(request, "upsert_scopes_restriction");
        if ((body.Texts("oidc_scopes") ?? []).Except(OidcScopes).Any())
        {
            throw RefusedException.Invalid($"oidc_scopes can hold {string.Join(", ", OidcScopes)}.", "oidc_scopes");
        }

        var scopes = body.Texts("permission_scopes")
            ?? throw RefusedException.Invalid("permission_scopes is required: the scopes that stay.", "permission_scopes");
        return Answer(await AppStanding.ChangeAsync(db, actor, id, app => app.Restrict(scopes), cancellationToken));
    }

    private static async Task<IResult> LiftAsync(
        Id<OAuthClient> clientId, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken)
    {
        if (await FindAsync(db, clientId, cancellationToken) is not { Id: var id })
        {
            return NotFound();
        }

        await AppStanding.ChangeAsync(db, actor, id, app => app.Restrict(null), cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static Task<OAuthApp?> FindAsync(
        SafetyCenterDb db, Id<OAuthClient> clientId, CancellationToken cancellationToken) =>
        db.OAuthApps.AsNoTracking()
            .SingleOrDefaultAsync(app => app.ClientId == clientId && app.DeletedAt == null, cancellationToken);

    private static IResult NotFound() => ApiAnswer.NotFound("OAuth2 client");

    private static IResult Answer(OAuthApp? app) => app is null ? NotFound() : ApiAnswer.Ok(new
    {
        data = new
        {
            type = "scopes_restriction",
            id = app.ClientId.ToString(),
            attributes = new
            {
                required_permission_scopes = (string[]?)null,
                scopes_restriction = app.RestrictedTo is { } scopes
                    ? new { oidc_scopes = Array.Empty<string>(), permission_scopes = scopes }
                    : null,
            },
        },
    });
}
