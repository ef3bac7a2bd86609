using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.OAuth;

// How a program comes to act for somebody (OAuth 2.1, with PKCE for everybody):
//
//  1. The program sends the person's browser to /oauth2/authorize; AuthorizationRequest reads what it asks for.
//  2. We look which program that is, and whether the address it wants the answer at is its own. If not, the person sees a
//     page of ours: nothing, not even an error, goes to an address that we do not know to be the program's.
//  3. The person signs in, and says for which of their organizations this is.
//  4. We look whether the organization lets the program in; where it wants to approve programs first, the person can ask.
//  5. The person reads what the program wants and agrees, unless they agreed to all of it before. That is the grant.
//  6. The browser carries a code back to the program, with its state and our name; AuthorizationAnswer is that address.
//  7. The program exchanges the code, and the secret behind its challenge, for an access and a refresh token (/oauth2/token).
//  8. It calls the API with the access token, which the Authenticator judges like any key: scope and the person's own
//     permission are both needed.
//  9. After an hour it exchanges the refresh token for the next pair. Who comes with a used one has a copy, and ends it all.
// 10. It ends when the person, an admin or the program itself says so, and with the person. Every node hears of it at once.
//
// Here are the steps 2 to 5; the page that people see is Pages/OAuth/Authorize.

/// <summary>Finds out which program asks whom, and keeps what the person agrees to.</summary>
public static class Authorization
{
    /// <summary>The program that asks.</summary>
    /// <param name="Client">The program, not tracked.</param>
    /// <param name="SendTo">Where the answer goes: an address of its own.</param>
    /// <param name="HasLogo">Whether there is a picture of it.</param>
    /// <param name="Named">The address that it named; null when it left that out.</param>
    public sealed record Asker(OAuthClient Client, string SendTo, bool HasLogo, string? Named);

    /// <summary>An organization that the program can be let into, and who the person is there; not tracked.</summary>
    /// <param name="User">Who, with roles.</param>
    /// <param name="Organization">Where.</param>
    public sealed record Place(User User, Organization Organization);

    /// <summary>Step 2: who asks, if the answer may go where they want it.</summary>
    /// <returns>Null for a program that there is not, or an address that is not its own.</returns>
    public static async Task<Asker?> AskerAsync(
        SafetyCenterDb db, AuthorizationRequest request, CancellationToken cancellationToken)
    {
        var found = await db.OAuthClients.IgnoreQueryFilters([CurrentOrganization.Filter]).AsNoTracking()
            .Where(client => client.Id == request.ClientId && client.DeletedAt == null)
            .Select(client => new { Client = client, HasLogo = db.OAuthLogos.Any(logo => logo.ClientId == client.Id) })
            .SingleOrDefaultAsync(cancellationToken);
        var sendTo = found is null ? null
            : request.SendTo is not { } asked ? RedirectUri.Only(found.Client.RedirectUris)
            : RedirectUri.IsAmong(found.Client.RedirectUris, asked) ? asked
            : null;
        return sendTo is null ? null : new Asker(found!.Client, sendTo, found.HasLogo, request.SendTo);
    }

    /// <summary>
    /// Step 3: where the person could let it in, by name: the organization that registered it, or, when it registered itself,
    /// any. None where they are no active user.
    /// </summary>
    public static async Task<IReadOnlyList<Place>> PlacesAsync(
        SafetyCenterDb db, OAuthClient client, ClaimsPrincipal person, CancellationToken cancellationToken)
    {
        var loginId = Guid.Parse(person.FindFirstValue(ClaimTypes.NameIdentifier)!);
        return await (
            from user in db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).ActivePeople().Include(user => user.Roles)
            join organization in db.Organizations on user.OrganizationId equals organization.Id
            where user.LoginId == loginId && (client.OrganizationId == null || organization.Id == client.OrganizationId)
            orderby organization.Name, organization.Id
            select new Place(user, organization))
            .AsNoTracking()
            .ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Step 4: the program in the actor's organization, as it is or as it was deleted, and what the person lets it do now; null
    /// where there is none. Not tracked: what is decided by it is decided anew under the lock.
    /// </summary>
    public static async Task<(OAuthApp? App, OAuthGrant? Live)> StandingAsync(
        SafetyCenterDb db, Actor actor, Id<OAuthClient> clientId, CancellationToken cancellationToken)
    {
        var app = await Apps(db, clientId).AsNoTracking().FirstOrDefaultAsync(cancellationToken);
        var live = app is null ? null
            : await LiveGrants(db, app, actor).AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        return (app, live);
    }

    /// <summary>Step 4: somebody asks an admin to approve it. Asking twice is asking once.</summary>
    public static Task AskForApprovalAsync(
        SafetyCenterDb db, Actor actor, Id<OAuthClient> clientId, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.LockedAsync(
            actor.OrganizationId,
            async organization =>
            {
                var client = await ClientAsync(db, clientId, cancellationToken);
                var app = await Apps(db, clientId).FirstOrDefaultAsync(cancellationToken);
                if (Admission.ObstacleTo(organization, client, app) == AdmissionObstacle.NeedsApproval)
                {
                    db.Add(new OAuthApp(client, organization.Id, isApproved: false, actor.UserId, now));
                }

                return true;
            },
            cancellationToken);

    /// <summary>
    /// Step 5: the person agrees, or has agreed. Everything that may stand in the way is looked at anew, under the lock that
    /// disabling and approving take as well.
    /// </summary>
    /// <param name="db">The database, bound to the organization.</param>
    /// <param name="actor">The person.</param>
    /// <param name="asker">The program.</param>
    /// <param name="scopes">What they agree to.</param>
    /// <param name="challenge">The challenge of the request.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The code.</returns>
    /// <exception cref="RefusedException">The program, the person or the scopes are not let in any more.</exception>
    public static Task<string> ConsentAsync(
        SafetyCenterDb db,
        Actor actor,
        Asker asker,
        IReadOnlyCollection<string> scopes,
        string challenge,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async organization =>
        {
            var user = await db.People.ActivePeople().SingleOrDefaultAsync(row => row.Id == actor.UserId, cancellationToken);
            if (user is null || organization.DisabledAt is not null)
            {
                throw RefusedException.Forbidden($"You are no active user of {organization.Name} any more.");
            }

            var client = await ClientAsync(db, asker.Client.Id, cancellationToken);
            var app = await Apps(db, client.Id).FirstOrDefaultAsync(cancellationToken);
            if (Admission.ObstacleTo(organization, client, app) is not null)
            {
                throw RefusedException.Forbidden($"{organization.Name} does not let “{client.Name}” in.");
            }

            if (app is null)
            {
                app = new OAuthApp(client, organization.Id, isApproved: true, user.Id, now);
                db.Add(app);
            }

            // One that waited needs no approval any more: otherwise that would stand in the way.
            app.Approve(user.Id, now);
            var live = await LiveGrants(db, app, actor).SingleOrDefaultAsync(cancellationToken);
            var grant = app.Authorize(user, live, scopes, now);
            var code = OAuthCode.NewValue();
            db.Add(new OAuthCode(grant, scopes, asker.Named, challenge, code, now));
            return code;
        },
        cancellationToken);

    // The one that is there comes first, then the one that was deleted last.
    private static IQueryable<OAuthApp> Apps(SafetyCenterDb db, Id<OAuthClient> clientId) => db.OAuthApps
        .Where(app => app.ClientId == clientId)
        .OrderBy(app => app.DeletedAt != null).ThenByDescending(app => app.DeletedAt);

    private static IQueryable<OAuthGrant> LiveGrants(SafetyCenterDb db, OAuthApp app, Actor actor)
    {
        var (appId, userId) = (app.Id, actor.UserId);
        return db.OAuthGrants.Active().Where(grant => grant.AppId == appId && grant.OwnerId == userId);
    }

    private static async Task<OAuthClient> ClientAsync(
        SafetyCenterDb db, Id<OAuthClient> id, CancellationToken cancellationToken) =>
        await db.OAuthClients.SingleOrDefaultAsync(client => client.Id == id && client.DeletedAt == null, cancellationToken)
        ?? throw RefusedException.Forbidden("This app was deleted.");
}
