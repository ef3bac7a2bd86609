using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Api.JsonApi;

namespace SafetyCenter.Web.Api;

/// <summary>An organization as a resource of the API, as it stands beside users and by itself.</summary>
internal static class OrgResource
{
    /// <summary>The resource.</summary>
    public static object Of(Organization organization) => new
    {
        type = "orgs",
        id = organization.Id.ToString(),
        attributes = new
        {
            name = organization.Name,
            public_id = organization.Slug,
            created_at = Wire.Time(organization.CreatedAt),
            modified_at = Wire.Time(organization.PoliciesSetAt.Values.Append(organization.CreatedAt).Max()),
            description = "",
            disabled = organization.DisabledAt is not null,
            sharing = "none",
            url = (string?)null,
        },
    };
}
