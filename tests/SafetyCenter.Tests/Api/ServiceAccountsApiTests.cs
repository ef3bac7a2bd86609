using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Api;

/// <summary>Service accounts and their application keys by Datadog's v2 API.</summary>
public sealed class ServiceAccountsApiTests(App app) : IClassFixture<App>
{
    private const string Accounts = "/api/v2/service_accounts";
    private const string KeyType = "application_keys";

    [Fact]
    public async Task An_account_is_made_with_roles_which_come_with_their_permissions()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var role = await RoleAsync(organization, Role.ReadOnlyName);
        var made = (await CreateAsync(
            admin,
            new { email = "Robots@Acme.example", name = "Deployer", title = "Robot", service_account = true },
            role.Id.ToString()))
            .Must(HttpStatusCode.Created);
        Assert.Equal("users", made.Data.GetProperty("type").GetString());
        Assert.Equal("robots@acme.example", made.Attribute("email").GetString());
        Assert.Equal(made.Id, made.Attribute("handle").GetString());
        Assert.Equal("Deployer", made.Attribute("name").GetString());
        Assert.Equal("Robot", made.Attribute("title").GetString());
        Assert.Equal("Active", made.Attribute("status").GetString());
        Assert.True(made.Attribute("service_account").GetBoolean());
        Assert.True(made.Attribute("verified").GetBoolean());
        Assert.False(made.Attribute("disabled").GetBoolean());
        Assert.Equal(role.Id.ToString(), Assert.Single(
            made.Data.GetProperty("relationships").GetProperty("roles").GetProperty("data").EnumerateArray())
            .GetProperty("id").GetString());

        var included = made.Json.GetProperty("included").EnumerateArray().ToList();
        var roleResource = Assert.Single(included, item => TypeOf(item) == "roles");
        var attributes = roleResource.GetProperty("attributes");
        Assert.Equal(Role.ReadOnlyName, attributes.GetProperty("name").GetString());
        Assert.True(attributes.GetProperty("managed").GetBoolean());
        Assert.Equal(1, attributes.GetProperty("user_count").GetInt32());
        Assert.Equal(JsonValueKind.String, attributes.GetProperty("created_at").ValueKind);
        Assert.Equal(JsonValueKind.String, attributes.GetProperty("modified_at").ValueKind);
        var expected = PermissionCatalogue.All
            .Where(permission => role.Permissions.Contains(permission.Name))
            .Select(permission => permission.Id.ToString())
            .ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(
            expected, included.Where(item => TypeOf(item) == "permissions").Select(item => item.GetProperty("id").GetString()!));
        Assert.Equal(
            expected,
            roleResource.GetProperty("relationships").GetProperty("permissions").GetProperty("data").EnumerateArray()
                .Select(item => item.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Without_roles_nothing_is_included_and_addresses_may_repeat()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        for (var round = 0; round < 2; round++)
        {
            var made = (await CreateAsync(admin, new { email = organization.Admin.Email, service_account = true }))
                .Must(HttpStatusCode.Created);
            Assert.Equal(0, made.Json.GetProperty("included").GetArrayLength());
            Assert.Equal(JsonValueKind.Null, made.Attribute("name").ValueKind);
        }
    }

    [Theory]
    [InlineData("""{"email":"robot@acme.example"}""")]
    [InlineData("""{"email":"robot@acme.example","service_account":false}""")]
    [InlineData("""{"email":"robot@acme.example","service_account":"yes"}""")]
    [InlineData("""{"service_account":true}""")]
    [InlineData("""{"email":"robot","service_account":true}""")]
    [InlineData("""{"email":"robot@acme.example","name":"<b>","service_account":true}""")]
    public async Task An_account_that_cannot_be_is_refused_and_not_made(string attributes)
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var answer = await admin.SendTextAsync(
            HttpMethod.Post, Accounts, "{\"data\":{\"type\":\"users\",\"attributes\":" + attributes + "}}");
        Assert.NotEmpty(answer.Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.Empty(await app.RowsAsync<User>(users => users
            .Where(user => user.OrganizationId == organization.Id && user.IsServiceAccount)));
    }

    [Fact]
    public async Task Roles_that_do_not_exist_here_are_refused()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        var elsewhere = (await RoleAsync(other, Role.ReadOnlyName)).Id.ToString();
        foreach (var id in new[] { Guid.NewGuid().ToString(), "no-id", elsewhere })
        {
            var answer = await CreateAsync(admin, new { email = "robot@acme.example", service_account = true }, id);
            Assert.NotEmpty(answer.Must(HttpStatusCode.BadRequest).Errors[0]);
        }
    }

    [Fact]
    public async Task Only_roles_whose_permissions_one_holds_can_be_given_unless_one_manages_access()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var sam = await app.AddWithPermissionsAsync(organization, "sam", "service_account_write", "api_keys_read");
        var may = await app.AddWithPermissionsAsync(organization, "may", "service_account_write", "user_access_manage");
        var robot = new { email = "robot@acme.example", service_account = true };
        var own = (await RoleAsync(organization, "sam")).Id.ToString();
        var adminRole = (await RoleAsync(organization, Role.AdminName)).Id.ToString();
        var sams = await app.CallerAsync(organization, sam);
        (await CreateAsync(sams, robot, own)).Must(HttpStatusCode.Created);
        var refused = (await CreateAsync(sams, robot, own, adminRole)).Must(HttpStatusCode.Forbidden).Errors[0];
        Assert.Contains("permissions you hold", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("api_keys_read", refused, StringComparison.Ordinal);
        (await CreateAsync(await app.CallerAsync(organization, may), robot, adminRole)).Must(HttpStatusCode.Created);

        var scoped = await app.CallerAsync(organization, organization.Admin, "service_account_write");
        (await CreateAsync(scoped, robot, adminRole)).Must(HttpStatusCode.Forbidden);
        (await CreateAsync(scoped, robot)).Must(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_key_of_an_account_is_shown_once_works_and_is_read_edited_and_revoked()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var account = await AccountAsync(admin, (await RoleAsync(organization, Role.StandardName)).Id.ToString());
        var keys = $"{Accounts}/{account}/application_keys";
        var made = (await admin.PostAsync(keys, KeyType, new { name = "deploys", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created);
        var key = ApiCaller.With(app, organization.ApiKey.Secret, made.Attribute("key").GetString()!);
        (await key.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        var list = (await admin.GetAsync(keys)).Must(HttpStatusCode.OK);
        Assert.Equal(["deploys"], list.Names());
        Assert.Equal(1, list.Total());
        Assert.Equal(account, OwnerOf(list.Data[0]));
        var path = $"{keys}/{made.Id}";
        var read = (await admin.GetAsync(path)).Must(HttpStatusCode.OK);
        Assert.Equal(account, OwnerOf(read.Data));
        var edited = (await admin.PatchAsync(path, KeyType, made.Id, new { name = "builds", scopes = new[] { "user_app_keys" } }))
            .Must(HttpStatusCode.OK);
        Assert.Equal("builds", edited.Attribute("name").GetString());
        (await key.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.Forbidden);
        Assert.All(
            new[] { list, read, edited }, answer => Assert.DoesNotContain("\"key\"", answer.Text, StringComparison.Ordinal));
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NoContent);
        (await key.GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        Assert.Equal(["Application key not found"], (await admin.GetAsync(path)).Must(HttpStatusCode.NotFound).Errors);
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task People_other_organizations_accounts_and_keys_of_another_account_are_not_found()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (stranger, _) = await app.NewOrganizationAsync();
        var (one, two, elsewhere) = (await AccountAsync(admin), await AccountAsync(admin), await AccountAsync(stranger));
        var key = (await admin.PostAsync($"{Accounts}/{one}/application_keys", KeyType, new { name = "x" }))
            .Must(HttpStatusCode.Created).Id;
        var mine = organization.ApplicationKey.Id.ToString();
        var person = organization.Admin.Id.ToString();
        foreach (var id in new[] { person, elsewhere, Guid.NewGuid().ToString(), "no-id" })
        {
            (await admin.GetAsync($"{Accounts}/{id}/application_keys")).Must(HttpStatusCode.NotFound);
            (await admin.SendTextAsync(HttpMethod.Post, $"{Accounts}/{id}/application_keys", "{"))
                .Must(HttpStatusCode.NotFound);
        }

        foreach (var path in new[]
        {
            $"{Accounts}/{person}/application_keys/{mine}",
            $"{Accounts}/{one}/application_keys/{mine}",
            $"{Accounts}/{two}/application_keys/{key}",
        })
        {
            (await admin.GetAsync(path)).Must(HttpStatusCode.NotFound);
            (await admin.SendTextAsync(HttpMethod.Patch, path, "{")).Must(HttpStatusCode.NotFound);
            (await admin.DeleteAsync(path)).Must(HttpStatusCode.NotFound);
        }

        (await admin.GetAsync($"{Accounts}/{one}/application_keys/{key}")).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_disabled_account_is_given_no_keys()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var account = await AccountAsync(admin);
        var keys = $"{Accounts}/{account}/application_keys";
        (await admin.PostAsync(keys, KeyType, new { name = "before" })).Must(HttpStatusCode.Created);
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var id = new Id<User>(Guid.Parse(account));
            var user = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).SingleAsync(row => row.Id == id);
            user.Disable(app.Now);
            await db.SaveChangesAsync();
        });
        Assert.NotEmpty((await admin.PostAsync(keys, KeyType, new { name = "after" })).Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.Empty((await admin.GetAsync(keys)).Must(HttpStatusCode.OK).Names());
    }

    [Fact]
    public async Task Who_lacks_service_account_write_is_told_so()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var account = await AccountAsync(admin);
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var caller = await app.CallerAsync(organization, bob);
        foreach (var answer in new[]
        {
            await CreateAsync(caller, new { email = "robot@acme.example", service_account = true }),
            await caller.GetAsync($"{Accounts}/{account}/application_keys"),
            await caller.PostAsync($"{Accounts}/{account}/application_keys", KeyType, new { name = "x" }),
        })
        {
            Assert.Contains(
                "service_account_write", answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_scoped_key_makes_no_wider_key_for_an_account()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var keys = $"{Accounts}/{await AccountAsync(admin)}/application_keys";
        var scoped = await app.CallerAsync(organization, organization.Admin, "service_account_write", "api_keys_read");
        (await scoped.PostAsync(keys, KeyType, new { name = "x" })).Must(HttpStatusCode.Forbidden);
        var made = (await scoped.PostAsync(keys, KeyType, new { name = "x", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created);
        (await scoped.PatchAsync($"{keys}/{made.Id}", KeyType, made.Id, new { scopes = new[] { "org_management" } }))
            .Must(HttpStatusCode.Forbidden);
    }

    private static Task<ApiCaller.Answer> CreateAsync(ApiCaller caller, object attributes, params string[] roles) =>
        caller.SendAsync(HttpMethod.Post, Accounts, new
        {
            data = new
            {
                type = "users",
                attributes,
                relationships = new { roles = new { data = roles.Select(id => new { type = "roles", id }) } },
            },
        });

    private static async Task<string> AccountAsync(ApiCaller admin, params string[] roles) =>
        (await CreateAsync(admin, new { email = "robot@acme.example", service_account = true }, roles))
        .Must(HttpStatusCode.Created).Id;

    private async Task<Role> RoleAsync(TestOrganization organization, string name) =>
        Assert.Single(await app.RowsAsync<Role>(roles => roles
            .Where(role => role.OrganizationId == organization.Id && role.Name == name)));

    private static string? TypeOf(JsonElement resource) => resource.GetProperty("type").GetString();

    private static string? OwnerOf(JsonElement key) =>
        key.GetProperty("relationships").GetProperty("owned_by").GetProperty("data").GetProperty("id").GetString();
}
