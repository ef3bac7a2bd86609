using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>Whoever calls, about themselves.</summary>
public sealed class CurrentUserApiTests(App app) : IClassFixture<App>
{
    private const string CurrentUser = "/api/v2/current_user";

    [Fact]
    public async Task Whoever_calls_reads_themselves_with_roles_and_permissions()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var sam = await app.AddWithPermissionsAsync(organization, "sam", "api_keys_read");
        foreach (var scopes in new string[][] { [], ["dashboards_read"] })
        {
            var self = (await (await app.CallerAsync(organization, sam, scopes)).GetAsync(CurrentUser)).Must(HttpStatusCode.OK);
            Assert.Equal($"{sam.Id}", self.Id);
            Assert.Equal(sam.Email, self.Attribute("email").GetString());
            Assert.False(self.Attribute("mfa_enabled").GetBoolean());
            Assert.Equal(
                0, self.Data.GetProperty("relationships").GetProperty("team_roles").GetProperty("data").GetArrayLength());
            Assert.Single(self.Included("orgs"));
            Assert.Equal("sam", Assert.Single(self.Included("roles")).GetProperty("attributes").GetProperty("name").GetString());
            Assert.Equal(
                "api_keys_read",
                Assert.Single(self.Included("permissions")).GetProperty("attributes").GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task Everybody_says_what_they_are_called()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var sam = await app.AddWithPermissionsAsync(organization, "sam", "api_keys_read");
        var sams = await app.CallerAsync(organization, sam);
        var changed = (await ChangeAsync(sams, sam, new { name = "Samuel", title = "Clerk" })).Must(HttpStatusCode.OK);
        Assert.Equal("Samuel", changed.Attribute("name").GetString());
        changed = (await ChangeAsync(sams, sam, new { title = (string?)null, email = sam.Email, disabled = false }))
            .Must(HttpStatusCode.OK);
        Assert.Equal("Samuel", changed.Attribute("name").GetString());
        Assert.Equal(JsonValueKind.Null, changed.Attribute("title").ValueKind);
        (await ChangeAsync(sams, sam, new { name = "<Sam>" })).Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Nobody_changes_their_standing_or_address_or_somebody_else_here()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        (await ChangeAsync(admin, organization.Admin, new { name = "x", disabled = true })).Must(HttpStatusCode.Forbidden);
        (await ChangeAsync(admin, organization.Admin, new { name = "x", email = "other@acme.example" }))
            .Must(HttpStatusCode.BadRequest);
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob");
        (await ChangeAsync(admin, bob, new { name = "x" })).Must(HttpStatusCode.UnprocessableEntity);
        Assert.Null((await app.UserRowAsync($"{organization.Admin.Id}")).Name);
        Assert.Equal("Bob", (await app.UserRowAsync($"{bob.Id}")).Name);
    }

    [Fact]
    public async Task A_limited_credential_needs_the_scope()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var limited = await app.CallerAsync(organization, organization.Admin, "user_access_manage");
        var refused = (await ChangeAsync(limited, organization.Admin, new { name = "x" })).Must(HttpStatusCode.Forbidden);
        Assert.Contains(Permission.UserSelfProfileWrite, refused.Errors[0], StringComparison.Ordinal);
        var scoped = await app.CallerAsync(organization, organization.Admin, Permission.UserSelfProfileWrite);
        (await ChangeAsync(scoped, organization.Admin, new { name = "x" })).Must(HttpStatusCode.OK);
    }

    private static Task<ApiCaller.Answer> ChangeAsync(ApiCaller caller, Person person, object attributes) =>
        caller.PatchAsync(CurrentUser, "users", $"{person.Id}", attributes);
}
