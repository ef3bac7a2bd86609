using SafetyCenter.Core;
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
    public static object WithRoles(User user) => Of(user, user.Roles.Select(role => role.Id), Attributes(user));

    /// <summary>The resource with its roles, and with whether a second factor guards its sign-in.</summary>
    public static object WithRoles(User user, IEnumerable<Id<Role>> roleIds, bool hasSecondFactor) =>
        Of(user, roleIds, new(Attributes(user)) { ["mfa_enabled"] = hasSecondFactor });

    /// <summary>What somebody is called in addresses: the address; a service account's need not be unique, its id is.</summary>
    public static string HandleOf(User user) => user.IsServiceAccount ? user.Id.ToString() : user.Email;

    private static object Of(User user, IEnumerable<Id<Role>> roleIds, Dictionary<string, object?> attributes) => new
    {
        type = "users",
        id = user.Id.ToString(),
        attributes,
        relationships = new
        {
            roles = new { data = roleIds.Select(id => new { type = "roles", id = id.ToString() }) },
            org = new { data = new { type = "orgs", id = user.OrganizationId.ToString() } },
            team_roles = new { data = Array.Empty<object>() },
        },
    };

    private static Dictionary<string, object?> Attributes(User user) => new()
    {
        ["uuid"] = user.Id.ToString(),
        ["name"] = user.Name,
        ["handle"] = HandleOf(user),
        ["email"] = user.Email,
        ["title"] = user.Title,
        ["created_at"] = Wire.Time(user.CreatedAt),
        ["modified_at"] = Wire.Time(user.ModifiedAt ?? user.CreatedAt),
        // Datadog's is at gravatar.com, which would tell a third party who is here.
        ["icon"] = "",
        ["verified"] = user.Status != UserStatus.Pending,
        ["service_account"] = user.IsServiceAccount,
        ["disabled"] = user.Status == UserStatus.Disabled,
        ["allowed_login_methods"] = Array.Empty<string>(),
        ["status"] = user.Status.ToString(),
        ["last_login_time"] = Wire.Time(user.LastSignInAt),
    };
}
