using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// The caller's organization, as Datadog's v2 API has it. Nobody manages another organization here, so that the list of
/// those that are managed holds the caller's own and no other.
/// </summary>
internal static class OrganizationsApi
{
    private const string Type = "orgs";

    /// <summary>Maps it.</summary>
    public static void MapOrganizations(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/org", Get).Requires(Permission.OrgManagement);
        routes.MapPost("/org/disable", DisableAsync).Requires(Permission.OrgManagement);
    }

    private static IResult Get(HttpRequest request, Actor actor)
    {
        var self = new { type = Type, id = actor.OrganizationId.ToString() };
        var filter = request.Query["filter[name]"].ToString();
        var isAskedFor = actor.Organization.Name.Contains(filter, StringComparison.OrdinalIgnoreCase);
        return ApiAnswer.Ok(new
        {
            data = new
            {
                type = "managed_orgs",
                id = self.id,
                relationships = new
                {
                    current_org = new { data = self },
                    managed_orgs = new { data = isAskedFor ? [self] : Array.Empty<object>() },
                },
            },
            included = new[] { OrgResource.Of(actor.Organization) },
        });
    }

    private static async Task<IResult> DisableAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await ApiBody.ReadAsync(request, "customer_org_disable");
        if (body.Text("org_uuid") is { } named && Id<Organization>.Parse(named, null) != actor.OrganizationId)
        {
            throw RefusedException.Invalid("org_uuid must be the organization whose keys this call is made with.", "org_uuid");
        }

        // From the commit on, what this very call was made with opens nothing.
        await PeopleLock.DoAsync(
            db,
            actor,
            [Permission.OrgManagement],
            organization =>
            {
                organization.Disable(time.GetUtcNow());
                return Task.FromResult(true);
            },
            cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = new
            {
                type = "org_disable",
                id = actor.OrganizationId.ToString(),
                attributes = new { status = "disabled" },
            },
        });
    }
}
