using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Security;

/// <summary>
/// Stands before every address under <c>/o/{slug}/</c>: finds out who the signed-in person is in that organization,
/// binds the request's queries to it, and asks for the permission the page names. Somebody who is no active user of
/// the organization is told that it does not exist.
/// </summary>
public sealed class OrganizationGate(RequestDelegate next)
{
    /// <summary>The route value that names the organization.</summary>
    public const string RouteValue = "slug";

    /// <summary>Lets the request through, or answers 403 or 404.</summary>
    public async Task InvokeAsync(
        HttpContext context, SafetyCenterDb db, Actor actor, CurrentOrganization current)
    {
        if (context.GetRouteValue(RouteValue) is not string slug)
        {
            await next(context);
            return;
        }

        if (!await EnterAsync(context, slug, db, actor, current))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiresPermissionAttribute>()?.Admits(actor) != true)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        await next(context);
    }

    private static async Task<bool> EnterAsync(
        HttpContext context, string slug, SafetyCenterDb db, Actor actor, CurrentOrganization current)
    {
        if (!Guid.TryParse(context.User.FindFirstValue(ClaimTypes.NameIdentifier), out var loginId))
        {
            return false;
        }

        var found = await (
            from user in db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(user => user.Roles)
            join organization in db.Organizations on user.OrganizationId equals organization.Id
            where organization.Slug == slug && user.LoginId == loginId
            select new { User = user, Organization = organization })
            .AsNoTracking()
            .SingleOrDefaultAsync(context.RequestAborted);
        if (found is not { User.Status: UserStatus.Active })
        {
            return false;
        }

        current.Id = found.Organization.Id;
        actor.Is(found.User, found.Organization, RequestSource.Of(context, found.User, "SESSION"));
        return true;
    }
}
