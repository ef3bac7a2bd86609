using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;

namespace SafetyCenter.Web.Api;

/// <summary>A user as a resource of the API.</summary>
internal static class UserResource
{
    /// <summary>The resource, without its roles.</summary>
    public static object Of(User user) => new
    {
        type = "users",
        id = user.Id.ToString(),
        attributes = Attributes(user),
    };

    /// <summary>The resource with its roles, which are loaded.</summary>
    public static object WithRoles(User user) => new
    {
        type = "users",
        id = user.Id.ToString(),
        attributes = Attributes(user),
        relationships = new
        {
            roles = new { data = user.Roles.Select(role => new { type = "roles", id = role.Id.ToString() }) },
            org = new { data = new { type = "orgs", id = user.OrganizationId.ToString() } },
        },
    };

    private static object Attributes(User user) => new
    {
        uuid = user.Id.ToString(),
        name = user.Name,
        handle = user.IsServiceAccount ? user.Id.ToString() : user.Email,
        email = user.Email,
        title = user.Title,
        created_at = Wire.Time(user.CreatedAt),
        modified_at = Wire.Time(user.CreatedAt),
        icon = (string?)null,
        verified = user.Status != UserStatus.Pending,
        service_account = user.IsServiceAccount,
        disabled = user.Status == UserStatus.Disabled,
        allowed_login_methods = Array.Empty<string>(),
        status = user.Status.ToString(),
        last_login_time = Wire.Time(user.LastSignInAt),
        mfa_enabled = false,
    };
}
