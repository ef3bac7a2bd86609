using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Api;

/// <summary>Who is here, by Datadog's v2 API: the list, one user, and what belongs to them.</summary>
public sealed class UsersApiTests(App app) : IClassFixture<App>
{
    private const string Users = UserCalls.Users;

    [Fact]
    public async Task The_list_has_people_and_service_accounts_whatever_their_standing()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var pending = await admin.AddPendingAsync($"eve@{organization.Slug}.example");
        var robot = await admin.AddRobotAsync();
        (await admin.DeleteAsync($"{Users}/{bob.Id}")).Must(HttpStatusCode.NoContent);

        var list = (await admin.GetAsync(Users)).Must(HttpStatusCode.OK);
        var byId = list.Data.EnumerateArray().ToDictionary(
            item => item.GetProperty("id").GetString()!, item => item.GetProperty("attributes"));
        string[] ids = [$"{organization.Admin.Id}", $"{bob.Id}", pending, robot];
        Assert.Equal(
            ["Active", "Disabled", "Pending", "Active"], ids.Select(id => byId[id].GetProperty("status").GetString()));
        Assert.True(byId[$"{bob.Id}"].GetProperty("disabled").GetBoolean());
        Assert.False(byId[pending].GetProperty("verified").GetBoolean());
        Assert.Equal(JsonValueKind.Null, byId[pending].GetProperty("name").ValueKind);
        Assert.Equal(bob.Email, byId[$"{bob.Id}"].GetProperty("handle").GetString());
        Assert.True(byId[robot].GetProperty("service_account").GetBoolean());
        Assert.Equal(robot, byId[robot].GetProperty("handle").GetString());
        Assert.Equal("", byId[robot].GetProperty("icon").GetString());
        Assert.Equal(0, byId[robot].GetProperty("allowed_login_methods").GetArrayLength());
        Assert.Equal(4, list.Total());
        Assert.Equal(4, TotalOf(list, "total_count"));
    }

    [Fact]
    public async Task Organization_roles_and_permissions_come_along_each_once()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        for (var number = 0; number < 3; number++)
        {
            await app.AddPersonAsync(organization, $"bob{number}@{organization.Slug}.example");
        }

        var list = (await admin.GetAsync(Users)).Must(HttpStatusCode.OK);
        var ids = list.Json.GetProperty("included").EnumerateArray().Select(item => item.GetProperty("id").GetString()!).ToList();
        Assert.Equal(ids.Distinct(), ids);
        var org = Assert.Single(list.Included("orgs"));
        Assert.Equal($"{organization.Id}", org.GetProperty("id").GetString());
        Assert.Equal(organization.Name, org.GetProperty("attributes").GetProperty("name").GetString());
        Assert.Equal(organization.Slug, org.GetProperty("attributes").GetProperty("public_id").GetString());
        Assert.False(org.GetProperty("attributes").GetProperty("disabled").GetBoolean());
        Assert.Equal(
            [Role.AdminName, Role.StandardName],
            list.Included("roles").Select(role => role.GetProperty("attributes").GetProperty("name").GetString()));
        var granted = PermissionCatalogue.OfManagedRole(2, PermissionCatalogue.All);
        Assert.Equal(
            granted.Count(name => PermissionCatalogue.All.Any(entry => entry.Name == name)),
            list.Included("permissions").Count);
        foreach (var user in list.Data.EnumerateArray())
        {
            Assert.Equal($"{organization.Id}", user.RelatedId("org"));
            var role = Assert.Single(
                user.GetProperty("relationships").GetProperty("roles").GetProperty("data").EnumerateArray());
            Assert.Contains(role.GetProperty("id").GetString()!, ids);
        }
    }

    [Fact]
    public async Task A_list_costs_the_same_statements_for_few_and_for_many()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        (await admin.GetAsync(Users)).Must(HttpStatusCode.OK);
        var few = await StatementsAsync();
        for (var number = 0; number < 30; number++)
        {
            var role = number % 2 == 0 ? Role.StandardName : Role.ReadOnlyName;
            await app.AddPersonAsync(organization, $"p{number}@{organization.Slug}.example", role: role);
        }

        var many = await StatementsAsync();
        Assert.Equal(few.Order(), many.Order());
        Assert.True(many.Count <= 8, string.Join("\n\n", many));

        async Task<IReadOnlyList<string>> StatementsAsync()
        {
            using var statements = new Statements();
            (await admin.SendAsync(HttpMethod.Get, $"{Users}?page[size]=100", traceParent: statements.TraceParent))
                .Must(HttpStatusCode.OK);
            return statements.TextsAfterKeys;
        }
    }

    [Fact]
    public async Task Pages_hold_ten_unless_asked_and_never_more_than_a_hundred()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.AddRange(Enumerable.Range(0, 104).Select(number =>
                new User(organization.Id, $"p{number:000}@{organization.Slug}.example", null, [], app.Now)));
            await db.SaveChangesAsync();
        });
        Assert.Equal(10, (await admin.GetAsync(Users)).Data.GetArrayLength());
        var first = (await admin.GetAsync($"{Users}?page[size]=500&sort=email")).Must(HttpStatusCode.OK);
        Assert.Equal(100, first.Data.GetArrayLength());
        var second = (await admin.GetAsync($"{Users}?page[size]=500&page[number]=1&sort=email")).Must(HttpStatusCode.OK);
        Assert.Equal(105, first.Emails().Concat(second.Emails()).Distinct().Count());
        var beyond = (await admin.GetAsync($"{Users}?page[number]=99")).Must(HttpStatusCode.OK);
        Assert.Equal(0, beyond.Data.GetArrayLength());
        Assert.Equal(105, beyond.Total());
        Assert.Equal(0, beyond.Json.GetProperty("included").GetArrayLength());
    }

    [Fact]
    public async Task The_list_is_sorted_as_asked()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var zoe = await app.AddPersonAsync(organization, $"a@{organization.Slug}.example", "Zoe");
        var abe = await app.AddPersonAsync(organization, $"z@{organization.Slug}.example", "Abe");
        await admin.ChangeUserAsync(zoe.Id, new { title = "Boss" });
        var ann = organization.Admin.Email;
        await SortedAsync("", abe.Email, zoe.Email, ann);
        await SortedAsync("sort=name", abe.Email, zoe.Email, ann);
        await SortedAsync("sort=-name", ann, zoe.Email, abe.Email);
        await SortedAsync("sort=name&sort_dir=desc", ann, zoe.Email, abe.Email);
        await SortedAsync("sort=user_count", abe.Email, zoe.Email, ann);
        await SortedAsync("sort=email", zoe.Email, ann, abe.Email);
        await SortedAsync("sort=modified_at", ann, abe.Email, zoe.Email);
        (await admin.GetAsync($"{Users}?sort=shoe_size")).Must(HttpStatusCode.BadRequest);

        async Task SortedAsync(string query, params string[] emails) =>
            Assert.Equal(emails, (await admin.GetAsync($"{Users}?{query}")).Must(HttpStatusCode.OK).Emails());
    }

    [Fact]
    public async Task The_list_is_filtered_by_text_and_by_standing()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "50% Builder");
        var eve = $"eve@{organization.Slug}.example";
        await admin.AddPendingAsync(eve);
        var robot = await admin.AddRobotAsync();
        var ann = organization.Admin.Email;
        await FilteredAsync("filter=BUILDER", bob.Email);
        await FilteredAsync("filter=50%25", bob.Email);
        await FilteredAsync("filter=5_%25");
        await FilteredAsync("filter=eve@", eve);
        await FilteredAsync($"filter={robot}", "a-robot@acme.example");
        await FilteredAsync($"filter={bob.Id}");
        (await admin.DeleteAsync($"{Users}/{bob.Id}")).Must(HttpStatusCode.NoContent);
        await FilteredAsync("filter[status]=Pending", eve);
        await FilteredAsync("filter[status]=Disabled", bob.Email);
        await FilteredAsync("filter[status]=Active", "a-robot@acme.example", ann);
        await FilteredAsync("filter[status]=Disabled,%20pending", bob.Email, eve);
        await FilteredAsync("filter[status]=Disabled&filter=eve");
        Assert.Equal(4, TotalOf(await admin.GetAsync($"{Users}?filter=eve"), "total_count"));
        (await admin.GetAsync($"{Users}?filter=%00")).Must(HttpStatusCode.BadRequest);
        foreach (var status in new[] { "Gone", "Active,", "0" })
        {
            var refused = (await admin.GetAsync($"{Users}?filter[status]={status}")).Must(HttpStatusCode.BadRequest);
            Assert.Contains("Pending", refused.Errors[0], StringComparison.Ordinal);
        }

        async Task FilteredAsync(string query, params string[] emails)
        {
            var list = (await admin.GetAsync($"{Users}?sort=email&{query}")).Must(HttpStatusCode.OK);
            Assert.Equal(emails, list.Emails());
            Assert.Equal(emails.Length, list.Total());
        }
    }

    [Fact]
    public async Task Nobody_sees_or_changes_another_organizations_users()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        var carl = $"{other.Admin.Id}";
        Assert.DoesNotContain(carl, (await admin.GetAsync($"{Users}?page[size]=100")).Text, StringComparison.Ordinal);
        foreach (var path in new[] { "", "/orgs", "/permissions", "/identity_providers" })
        {
            var answer = (await admin.GetAsync($"{Users}/{carl}{path}")).Must(HttpStatusCode.NotFound);
            Assert.Equal([$"{carl} not found"], answer.Errors);
        }

        // Before the body is judged: this one is none.
        (await admin.SendTextAsync(HttpMethod.Patch, $"{Users}/{carl}", "{")).Must(HttpStatusCode.NotFound);
        (await admin.SendTextAsync(HttpMethod.Patch, $"{Users}/{carl}/relationships/identity_providers", "{"))
            .Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync($"{Users}/{carl}")).Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync($"{Users}/{carl}/invitations")).Must(HttpStatusCode.NotFound);
        Assert.Equal(UserStatus.Active, (await app.UserRowAsync(carl)).Status);
    }

    [Fact]
    public async Task An_id_that_is_none_or_unknown_is_not_found()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var unknown = $"{Guid.NewGuid()}";
        Assert.Equal([$"{unknown} not found"], (await admin.GetAsync($"{Users}/{unknown}")).Must(HttpStatusCode.NotFound).Errors);
        foreach (var id in new[] { "nobody", "%00", $"{Guid.Empty}", "1" })
        {
            (await admin.GetAsync($"{Users}/{id}")).Must(id == "%00" ? HttpStatusCode.BadRequest : HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task A_second_factor_shows_be_it_a_code_or_a_passkey()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var coded = await app.AddPersonAsync(organization, $"coded@{organization.Slug}.example");
        var keyed = await app.AddPersonAsync(organization, $"keyed@{organization.Slug}.example");
        await app.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $$"""
            UPDATE logins SET two_factor_enabled = true WHERE email = {{coded.Email}};
            INSERT INTO login_passkeys (credential_id, user_id, data)
            SELECT decode(md5({{keyed.Email}}), 'hex'), id, '{}' FROM logins WHERE email = {{keyed.Email}}
            """));
        var list = (await admin.GetAsync($"{Users}?sort=email")).Must(HttpStatusCode.OK);
        Assert.Equal(
            [(organization.Admin.Email, false), (coded.Email, true), (keyed.Email, true)],
            list.Data.EnumerateArray().Select(item => item.GetProperty("attributes")).Select(user =>
                (user.GetProperty("email").GetString()!, user.GetProperty("mfa_enabled").GetBoolean())));
    }

    [Fact]
    public async Task Permissions_of_a_user_are_a_flat_list_empty_without_roles()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var sam = await app.AddWithPermissionsAsync(organization, "sam", "api_keys_read", "user_access_read");
        var list = (await admin.GetAsync($"{Users}/{sam.Id}/permissions")).Must(HttpStatusCode.OK);
        Assert.Equal(["api_keys_read"], list.Names());
        Assert.Equal("permissions", list.Data[0].GetProperty("type").GetString());
        Assert.False(list.Json.TryGetProperty("meta", out _));
        var none = await admin.AddPendingAsync($"none@{organization.Slug}.example");
        Assert.Equal(0, (await admin.GetAsync($"{Users}/{none}/permissions")).Must(HttpStatusCode.OK).Data.GetArrayLength());
    }

    [Fact]
    public async Task Of_organizations_only_this_one_is_told_be_it_to_oneself()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        await app.AddPersonAsync(other, organization.Admin.Email);
        var own = (await admin.GetAsync($"{Users}/{organization.Admin.Id}/orgs")).Must(HttpStatusCode.OK);
        Assert.Equal($"{organization.Admin.Id}", own.Id);
        Assert.Equal($"{organization.Id}", Assert.Single(own.Included("orgs")).GetProperty("id").GetString());
        Assert.DoesNotContain($"{other.Id}", own.Text, StringComparison.Ordinal);

        var sam = await app.AddWithPermissionsAsync(organization, "sam", "api_keys_read");
        var sams = await app.CallerAsync(organization, sam);
        (await sams.GetAsync($"{Users}/{sam.Id}/orgs")).Must(HttpStatusCode.OK);
        var refused = (await sams.GetAsync($"{Users}/{organization.Admin.Id}/orgs")).Must(HttpStatusCode.Forbidden).Errors[0];
        Assert.Contains("user_access_read", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_has_identity_providers_of_their_own()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var user = $"{Users}/{organization.Admin.Id}";
        Assert.Equal(0, (await admin.GetAsync($"{user}/identity_providers")).Must(HttpStatusCode.OK).Data.GetArrayLength());
        var path = $"{user}/relationships/identity_providers";
        (await admin.SendAsync(HttpMethod.Patch, path, new { data = Array.Empty<object>() })).Must(HttpStatusCode.NoContent);
        var one = new { data = new[] { new { type = "identity_providers", id = Guid.NewGuid() } } };
        (await admin.SendAsync(HttpMethod.Patch, path, one)).Must(HttpStatusCode.BadRequest);
        (await admin.SendAsync(HttpMethod.Patch, path, new { data = new { } })).Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Reading_needs_the_permission_and_a_limited_key_the_scope()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var sam = await app.AddWithPermissionsAsync(organization, "sam", "api_keys_read");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob", Role.ReadOnlyName);
        foreach (var (caller, status) in new[]
        {
            (await app.CallerAsync(organization, sam), HttpStatusCode.Forbidden),
            (await app.CallerAsync(organization, bob, "dashboards_read"), HttpStatusCode.Forbidden),
            (await app.CallerAsync(organization, bob, "user_access_read"), HttpStatusCode.OK),
            (await app.CallerAsync(organization, bob), HttpStatusCode.OK),
        })
        {
            foreach (var path in new[] { "", $"/{bob.Id}", $"/{bob.Id}/permissions" })
            {
                var answer = (await caller.GetAsync(Users + path)).Must(status);
                Assert.Equal(
                    status == HttpStatusCode.Forbidden, answer.Text.Contains("user_access_read", StringComparison.Ordinal)
                        && answer.Text.Contains("errors", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_service_account_calls_like_anybody()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var robot = await admin.AddRobotAsync(await app.RoleIdAsync(organization, Role.ReadOnlyName));
        var path = $"/api/v2/service_accounts/{robot}/application_keys";
        var made = await admin.PostAsync(path, "application_keys", new { name = "k" });
        var key = made.Must(HttpStatusCode.Created).Attribute("key").GetString()!;
        var robots = ApiCaller.With(app, organization.ApiKey.Secret, key);
        (await robots.GetAsync(Users)).Must(HttpStatusCode.OK);
        Assert.Equal(robot, (await robots.GetAsync("/api/v2/current_user")).Must(HttpStatusCode.OK).Id);
        (await robots.AddUserAsync(new { email = "x@acme.example" })).Must(HttpStatusCode.Forbidden);
    }

    private static int TotalOf(ApiCaller.Answer list, string name) =>
        list.Json.GetProperty("meta").GetProperty("page").GetProperty(name).GetInt32();
}
