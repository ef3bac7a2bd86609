using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// What the users of the organization let one app do, as Datadog's v2 API has it: seen, and ended for one of them. What
/// ended before stays as it ended: asking again is no mistake.
/// </summary>
internal static class OrgAuthorizedClientUsersApi
{
    private static readonly string[] Sorts = ["user.name", "user.email", "oauth2_client.name"];

    /// <summary>Maps it.</summary>
    public static void MapOrgAuthorizedClientUsers(this IEndpointRouteBuilder app)
    {
        app.MapGet("/user_authorized_clients", ListAsync).Requires(Permission.OrgAuthorizedAppsRead);
        app.MapDelete("/user_authorized_clients/{grantId}", EndAsync).Requires(Permission.OrgAuthorizedAppsWrite);
        app.MapDelete("/user/{userId}", EndOfUserAsync).Requires(Permission.OrgAuthorizedAppsWrite);
    }

    private static async Task<IResult> ListAsync(
        Id<OAuthApp> id, HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken) =>
        await OrgAuthorizedClientsApi.IsThereAsync(db, id, cancellationToken)
            ? ApiAnswer.Ok(await UserGrant.ListAsync(
                db, db.OAuthGrants.Where(grant => grant.AppId == id), request, Sorts, cancellationToken))
            : OrgAuthorizedClientsApi.NotFound();

    private static async Task<IResult> EndAsync(
        Id<OAuthApp> id,
        Id<Credential> grantId,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await OrgAuthorizedClientsApi.IsThereAsync(db, id, cancellationToken))
        {
            return OrgAuthorizedClientsApi.NotFound();
        }

        if (!await db.OAuthGrants.AnyAsync(grant => grant.Id == grantId && grant.AppId == id, cancellationToken))
        {
            return ApiAnswer.NotFound("User authorized client");
        }

        await Revoking.RevokeAsync(db, actor, [grantId], RevocationReason.ByHand, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static async Task<IResult> EndOfUserAsync(
        Id<OAuthApp> id,
        Id<User> userId,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await OrgAuthorizedClientsApi.IsThereAsync(db, id, cancellationToken))
        {
            return OrgAuthorizedClientsApi.NotFound();
        }

        if (!await db.People.AnyAsync(user => user.Id == userId, cancellationToken))
        {
            return UsersApi.NotFound(userId);
        }

        var live = await db.OAuthGrants.Active()
            .Where(grant => grant.AppId == id && grant.OwnerId == userId)
            .Select(grant => grant.Id)
            .ToArrayAsync(cancellationToken);
        await Revoking.RevokeAsync(db, actor, live, RevocationReason.ByHand, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }
}
