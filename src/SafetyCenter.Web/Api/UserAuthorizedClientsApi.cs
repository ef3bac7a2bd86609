using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// What whoever calls lets OAuth apps do, as Datadog's v2 API has it: seen and ended by themselves, without any permission.
/// An app that calls sees and ends what it was let do itself, and nothing of other apps.
/// </summary>
internal static class UserAuthorizedClientsApi
{
    private static readonly string[] Sorts = ["oauth2_client.name"];

    /// <summary>Maps it.</summary>
    public static void MapUserAuthorizedClients(this IEndpointRouteBuilder routes)
    {
        var grants = routes.MapGroup("/user_authorized_clients");
        grants.MapGet("", ListAsync).Requires();
        grants.MapGet("/{id}", GetAsync).Requires();
        grants.MapDelete("/{id}", EndAsync).Requires();
        grants.MapDelete("/client/{clientId}", EndOfClientAsync).Requires();
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken) =>
        ApiAnswer.Ok(await UserGrant.ListAsync(db, OwnOf(db, actor), request, Sorts, cancellationToken));

    private static async Task<IResult> GetAsync(
        Id<Credential> id, HttpRequest request, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken)
    {
        var include = ListQuery.Included(request, UserGrant.Includable);
        var rows = await UserGrant.Of(db, OwnOf(db, actor).Where(grant => grant.Id == id)).ToListAsync(cancellationToken);
        return rows is [var row]
            ? ApiAnswer.Ok(new
            {
                data = AuthorizedClientResource.Of(row.Grant, row.App),
                included = UserGrant.Included(rows, include),
            })
            : NotFound();
    }

    private static Task<IResult> EndAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken) =>
        EndAllAsync(db, actor, OwnOf(db, actor).Where(grant => grant.Id == id), time.GetUtcNow(), cancellationToken);

    private static Task<IResult> EndOfClientAsync(
        Id<OAuthClient> clientId, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken) =>
        EndAllAsync(
            db,
            actor,
            OwnOf(db, actor).Where(grant =>
                db.OAuthApps.Any(app => app.Id == grant.AppId && app.ClientId == clientId)),
            time.GetUtcNow(),
            cancellationToken);

    // What ended before stays as it ended: asking again is no mistake.
    private static async Task<IResult> EndAllAsync(
        SafetyCenterDb db,
        Actor actor,
        IQueryable<OAuthGrant> grants,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (!await grants.AnyAsync(cancellationToken))
        {
            return NotFound();
        }

        var live = await grants.Active().Select(grant => grant.Id).ToArrayAsync(cancellationToken);
        await Revoking.RevokeAsync(db, actor, live, RevocationReason.ByHand, now, cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static IResult NotFound() => ApiAnswer.NotFound("User authorized client");

    private static IQueryable<OAuthGrant> OwnOf(SafetyCenterDb db, Actor actor)
    {
        var me = actor.UserId;
        var own = db.OAuthGrants.Where(grant => grant.OwnerId == me);
        return actor.CalledWith is { IsOfApp: true, Id: var id } ? own.Where(grant => grant.Id == id) : own;
    }
}
