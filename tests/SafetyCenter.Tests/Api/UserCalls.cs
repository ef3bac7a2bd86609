using System.Net;
using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>What tests of users call again and again.</summary>
internal static class UserCalls
{
    public const string Users = "/api/v2/users";
    public const string Invitations = "/api/v2/user_invitations";

    /// <summary>Makes a pending user with these roles.</summary>
    public static Task<ApiCaller.Answer> AddUserAsync(this ApiCaller caller, object attributes, params string[] roleIds) =>
        caller.SendAsync(HttpMethod.Post, Users, new
        {
            data = new
            {
                type = "users",
                attributes,
                relationships = new { roles = new { data = roleIds.Select(id => new { type = "roles", id }) } },
            },
        });

    /// <summary>Makes a pending user of that address.</summary>
    /// <returns>Their id.</returns>
    public static async Task<string> AddPendingAsync(this ApiCaller caller, string email) =>
        (await caller.AddUserAsync(new { email })).Must(HttpStatusCode.Created).Id;

    /// <summary>Changes a user.</summary>
    public static Task<ApiCaller.Answer> ChangeUserAsync(this ApiCaller caller, object id, object attributes) =>
        caller.PatchAsync($"{Users}/{id}", "users", $"{id}", attributes);

    /// <summary>Writes to pending users.</summary>
    public static Task<ApiCaller.Answer> InviteAsync(this ApiCaller caller, params string[] userIds) =>
        caller.InviteAsync(userIds, traceParent: null);

    /// <inheritdoc cref="InviteAsync(ApiCaller, string[])"/>
    public static Task<ApiCaller.Answer> InviteAsync(this ApiCaller caller, string[] userIds, string? traceParent) =>
        caller.SendAsync(
            HttpMethod.Post,
            Invitations,
            new
            {
                data = userIds.Select(id => new
                {
                    type = "user_invitations",
                    relationships = new { user = new { data = new { type = "users", id } } },
                }),
            },
            traceParent);

    /// <summary>Makes a service account with these roles.</summary>
    /// <returns>Its id.</returns>
    public static async Task<string> AddRobotAsync(this ApiCaller caller, params string[] roleIds) =>
        (await caller.SendAsync(HttpMethod.Post, "/api/v2/service_accounts", new
        {
            data = new
            {
                type = "users",
                attributes = new { email = "a-robot@acme.example", service_account = true },
                relationships = new { roles = new { data = roleIds.Select(id => new { type = "roles", id }) } },
            },
        })).Must(HttpStatusCode.Created).Id;

    /// <summary>The id of what a resource's relationship names.</summary>
    public static string? RelatedId(this JsonElement resource, string name) =>
        resource.GetProperty("relationships").GetProperty(name).GetProperty("data").GetProperty("id").GetString();

    /// <summary>The id of a role of an organization.</summary>
    public static async Task<string> RoleIdAsync(this App app, TestOrganization organization, string name) =>
        (await app.RowsAsync<Role>(roles => roles.Where(role => role.OrganizationId == organization.Id && role.Name == name)))
        .Single().Id.ToString();

    /// <summary>A user as the row stands.</summary>
    public static async Task<User> UserRowAsync(this App app, string id)
    {
        var wanted = Id<User>.Parse(id, null);
        return (await app.RowsAsync<User>(users => users.Where(user => user.Id == wanted))).Single();
    }

    /// <summary>What a list or a document includes of a type.</summary>
    public static List<JsonElement> Included(this ApiCaller.Answer answer, string type) =>
        [.. answer.Json.GetProperty("included").EnumerateArray().Where(item => item.GetProperty("type").GetString() == type)];

    /// <summary>The addresses on a list.</summary>
    public static string[] Emails(this ApiCaller.Answer answer) =>
        [.. answer.Data.EnumerateArray().Select(item => item.GetProperty("attributes").GetProperty("email").GetString()!)];
}
