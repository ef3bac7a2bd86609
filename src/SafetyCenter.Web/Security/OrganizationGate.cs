using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Stands before every address under <c>/o/{slug}/</c>: finds out who the signed-in person is in that organization,
/// binds the request's queries to it, and asks for the permission the page names. Somebody who is no active user of
/// the organization is told that it does not exist. Where the organization requires a second factor, whoever has proved
/// no more than a password is turned away; programs, which have keys, are not.
/// </summary>
public sealed class OrganizationGate(RequestDelegate next)
{
    /// <summary>The route value that names the organization.</summary>
    public const string RouteValue = "slug";

    /// <summary>Lets the request through, or answers 403 or 404.</summary>
    public async Task InvokeAsync(
        HttpContext context,
        SafetyCenterDb db,
        Actor actor,
        CurrentOrganization current,
        CurrentSession session,
        TimeProvider time)
    {
        if (context.GetRouteValue(RouteValue) is not string slug)
        {
            await next(context);
            return;
        }

        var now = time.GetUtcNow();
        var found = await FindAsync(context, slug, db);
        if (found is { Session: var named } && named?.IsLiveAt(now) != true)
        {
            await context.SignOutAsync(IdentityConstants.ApplicationScheme);
            await context.ChallengeAsync(IdentityConstants.ApplicationScheme);
            return;
        }

        if (found is not { User.Status: UserStatus.Active })
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (found.Organization.DisabledAt is not null)
        {
            current.IsDisabled = true;
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        await Sessions.SeenAsync(db, session, found.Session!, now, context.RequestAborted);
        if (found.Organization.Policies.RequiresSecondFactor && !found.Session!.HasSecondFactor)
        {
            TurnAway(context, found.Organization, session);
            return;
        }

        current.Id = found.Organization.Id;
        actor.Is(found.User, found.Organization, RequestSource.Of(context, found.User, "SESSION"));
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresPermissionAttribute>()?.Admits(actor) != true)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        await next(context);
    }

    // Whoever follows a link is led to where they can set one up; an act is refused, and the error page says why.
    private static void TurnAway(HttpContext context, Organization organization, CurrentSession session)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Redirect($"/me/security?required={organization.Slug}");
            return;
        }

        session.LacksSecondFactorFor = organization.Name;
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
    }

    private static async Task<Found?> FindAsync(HttpContext context, string slug, SafetyCenterDb db)
    {
        if (!Guid.TryParse(context.User.FindFirstValue(ClaimTypes.NameIdentifier), out var loginId))
        {
            return null;
        }

        var sessionId = Sessions.IdIn(context.User);
        return await (
            from user in db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(user => user.Roles)
            join organization in db.Organizations on user.OrganizationId equals organization.Id
            where organization.Slug == slug && user.LoginId == loginId
            select new Found(
                user,
                organization,
                db.Sessions.SingleOrDefault(session => session.Id == sessionId && session.LoginId == loginId)))
            .AsNoTracking()
            .SingleOrDefaultAsync(context.RequestAborted);
    }

    private sealed record Found(User User, Organization Organization, Session? Session);
}
