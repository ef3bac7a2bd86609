using System.Globalization;
using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// The caller's organization, as Datadog's v1 API has it; Terraform reads and renames it there. Its <c>public_id</c> is its
/// place in addresses. Organizations are made by the operator alone.
/// </summary>
internal static class LegacyOrganizationsApi
{
    // What Datadog's v1 API takes.
    private const int NameLengthMax = 32;

    /// <summary>Maps it.</summary>
    public static void MapLegacyOrganizations(this IEndpointRouteBuilder routes)
    {
        var organizations = routes.MapGroup("/api/v1/org").AllowAnonymous().DisableAntiforgery()
            .WithMetadata(new ApiEndpointAttribute());
        organizations.MapGet("", (Actor actor) => ApiAnswer.Ok(new { orgs = new[] { Resource(actor.Organization) } }))
            .Requires(Permission.OrgManagement);
        organizations.MapPost("", Refuse).Requires(Permission.OrgManagement);
        organizations.MapGet("/{publicId}", Get).Requires(Permission.OrgManagement);
        organizations.MapPut("/{publicId}", UpdateAsync).Requires(Permission.OrgManagement);
    }

    private static IResult Refuse() => throw RefusedException.Forbidden(
        "Forbidden: organizations are made by whoever operates this installation. Ask them for another one.");

    private static IResult Get(string publicId, Actor actor) => publicId == actor.Organization.Slug
        ? ApiAnswer.Ok(new { org = Resource(actor.Organization) })
        : NotFound();

    private static async Task<IResult> UpdateAsync(
        string publicId, HttpRequest request, SafetyCenterDb db, Actor actor, CancellationToken cancellationToken)
    {
        if (publicId != actor.Organization.Slug)
        {
            return NotFound();
        }

        // Of all that Datadog's clients send along (description, billing, settings) the name alone is kept here.
        var name = NameIn(await ApiBody.DocumentAsync(request));
        if (name is null)
        {
            return Get(publicId, actor);
        }

        var renamed = await PeopleLock.DoAsync(
            db,
            actor,
            [Permission.OrgManagement],
            organization =>
            {
                organization.Rename(Text.Name(name, "Organization name", NameLengthMax));
                return Task.FromResult(organization);
            },
            cancellationToken);
        return ApiAnswer.Ok(new { org = Resource(renamed) });
    }

    private static string? NameIn(JsonElement body)
    {
        if (!body.TryGetProperty("name", out var name) || name.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        try
        {
            return name.GetString();
        }
        catch (InvalidOperationException)
        {
            throw RefusedException.Invalid("name must be a string without broken characters.", "name");
        }
    }

    private static IResult NotFound() => ApiAnswer.NotFound("Organization");

    private static object Resource(Organization organization) => new
    {
        public_id = organization.Slug,
        name = organization.Name,
        description = "",
        created = organization.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        billing = new { type = "none" },
        subscription = new { type = "none" },
        trial = false,
        settings = new
        {
            private_widget_share = false,
            saml = new { enabled = false },
            saml_autocreate_access_role = "st",
            saml_autocreate_users_domains = new { enabled = false, domains = Array.Empty<string>() },
            saml_can_be_enabled = false,
            saml_idp_endpoint = (string?)null,
            saml_idp_initiated_login = new { enabled = false },
            saml_idp_metadata_uploaded = false,
            saml_login_url = (string?)null,
            saml_strict_mode = new { enabled = false },
        },
    };
}
