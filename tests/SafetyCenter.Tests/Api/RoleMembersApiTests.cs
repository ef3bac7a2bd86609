using System.Net;
using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Api;

/// <summary>What a role grants and who holds it, by the API.</summary>
public sealed class RoleMembersApiTests(App app) : IClassFixture<App>
{
    private static readonly string LiveTail = IdOf("logs_live_tail");

    [Fact]
    public async Task Permissions_are_granted_and_taken_one_at_a_time_and_the_whole_list_is_answered()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var path = $"/api/v2/roles/{await AddRoleAsync(organization, "Duty", "api_keys_read", "user_access_read")}/permissions";
        Assert.Equal(["api_keys_read"], (await admin.GetAsync(path)).Must(HttpStatusCode.OK).Names());
        var grant = new { data = new { type = "permissions", id = LiveTail } };
        for (var time = 0; time < 2; time++)
        {
            var granted = (await admin.SendAsync(HttpMethod.Post, path, grant)).Must(HttpStatusCode.OK);
            Assert.Equal(["logs_live_tail", "api_keys_read"], granted.Names());
            Assert.Equal(["data"], granted.Json.EnumerateObject().Select(member => member.Name));
        }

        for (var time = 0; time < 2; time++)
        {
            var taken = (await admin.SendAsync(HttpMethod.Delete, path, grant)).Must(HttpStatusCode.OK);
            Assert.Equal(["api_keys_read"], taken.Names());
        }

        var role = Assert.Single(await app.RowsAsync<Role>(
            all => all.Where(row => row.OrganizationId == organization.Id && row.Name == "Duty")));
        Assert.Equal(["api_keys_read", "user_access_read"], role.Permissions);
        Assert.Equal(
            ["created", "modified", "modified"],
            (await app.EventsAsync(organization)).Where(row => row.AssetName == "Duty").Select(row => row.Name));
    }

    [Fact]
    public async Task A_permission_that_is_none_and_a_body_that_is_none_are_refused()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var path = $"/api/v2/roles/{await AddRoleAsync(organization, "Duty", "api_keys_read")}/permissions";
        foreach (var (sentence, body) in new (string, object)[]
        {
            ("Invalid input", new { data = new { type = "permissions", id = Guid.NewGuid() } }),
            ("Invalid input", new { data = new { type = "permissions", id = "logs_live_tail" } }),
            ("Invalid input", new { data = new { type = "permissions" } }),
            ("data.id must be a string", new { data = new { type = "permissions", id = 7 } }),
            ("data.type", new { data = new { type = "roles", id = LiveTail } }),
            ("\"data\"", new { }),
        })
        {
            foreach (var method in new[] { HttpMethod.Post, HttpMethod.Delete })
            {
                var refused = (await admin.SendAsync(method, path, body)).Must(HttpStatusCode.BadRequest);
                Assert.Contains(sentence, refused.Errors[0], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Users_are_given_the_role_and_it_is_taken_from_them_and_the_list_is_answered()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var id = await AddRoleAsync(organization, "Duty", "api_keys_read");
        var path = $"/api/v2/roles/{id}/users";
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var robot = await Tokens.ServiceAccountAsync(app, organization);
        Assert.Empty((await admin.GetAsync(path)).Must(HttpStatusCode.OK).Names());
        await Tokens.DisableAsync(app, organization, bob.Id);
        for (var time = 0; time < 2; time++)
        {
            var given = (await SendAsync(HttpMethod.Post, bob.Id)).Must(HttpStatusCode.OK);
            Assert.Equal(["Bob Builder"], given.Names());
            Assert.Equal((1, 1), (given.Total(), Total(given)));
            Assert.Equal(
                2,
                given.Data[0].GetProperty("relationships").GetProperty("roles").GetProperty("data").GetArrayLength());
        }

        Assert.Equal(["Bob Builder", "robot"], (await SendAsync(HttpMethod.Post, robot)).Must(HttpStatusCode.OK).Names());
        Assert.Equal(["robot", "Bob Builder"], (await admin.GetAsync($"{path}?sort=-name")).Names());
        Assert.Equal(["robot", "Bob Builder"], (await admin.GetAsync($"{path}?sort=status")).Names());
        Assert.Equal(["Bob Builder", "robot"], (await admin.GetAsync($"{path}?sort=email")).Names());
        var filtered = await admin.GetAsync($"{path}?filter=BUILD&page[size]=1");
        Assert.Equal((1, 2, "Bob Builder"), (filtered.Total(), Total(filtered), filtered.Names().Single()));
        Assert.Equal(["robot"], (await admin.GetAsync($"{path}?page[size]=1&page[number]=1")).Names());
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(["robot"], (await SendAsync(HttpMethod.Delete, bob.Id)).Must(HttpStatusCode.OK).Names());
        }

        var nobody = Id<User>.New(app.Now);
        Assert.Equal([$"{nobody} not found"], (await SendAsync(HttpMethod.Post, nobody)).Must(HttpStatusCode.NotFound).Errors);
        (await admin.SendAsync(HttpMethod.Post, path, new { data = new { type = "roles", id = bob.Id.ToString() } }))
            .Must(HttpStatusCode.BadRequest);
        (await admin.GetAsync($"{path}?sort=roles")).Must(HttpStatusCode.BadRequest);
        var changes = (await app.EventsAsync(organization)).Where(row => row.Name == "roles_changed");
        Assert.Equal(3, changes.Count());

        Task<ApiCaller.Answer> SendAsync(HttpMethod method, Id<User> user) =>
            admin.SendAsync(method, path, new { data = new { type = "users", id = user.ToString() } });
    }

    [Fact]
    public async Task The_last_admin_stays_whatever_becomes_of_roles()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var duty = await AddRoleAsync(organization, "Duty", Permission.OrgManagement, Permission.UserAccessManage);
        var ann = new { data = new { type = "users", id = organization.Admin.Id.ToString() } };
        var manager = await app.CallerAsync(
            organization,
            await app.AddWithPermissionsAsync(
                organization, "managers", Permission.UserAccessManage, Permission.UserAccessRead));
        var admins = (await manager.GetAsync("/api/v2/roles?filter=Admin")).Data[0].GetProperty("id").GetString();
        Refused(await manager.SendAsync(HttpMethod.Delete, $"/api/v2/roles/{admins}/users", ann));

        // The same when what makes Ann an admin is a custom role.
        (await manager.SendAsync(HttpMethod.Post, $"/api/v2/roles/{duty}/users", ann)).Must(HttpStatusCode.OK);
        (await manager.SendAsync(HttpMethod.Delete, $"/api/v2/roles/{admins}/users", ann)).Must(HttpStatusCode.OK);
        var management = new { data = new { type = "permissions", id = IdOf(Permission.OrgManagement) } };
        Refused(await manager.SendAsync(HttpMethod.Delete, $"/api/v2/roles/{duty}/permissions", management));
        Refused(await manager.DeleteAsync($"/api/v2/roles/{duty}"));
        Refused(await manager.SendAsync(HttpMethod.Delete, $"/api/v2/roles/{duty}/users", ann));
        var relationships = new { permissions = new { data = Array.Empty<object>() } };
        Refused(await manager.SendAsync(
            HttpMethod.Patch, $"/api/v2/roles/{duty}", new { data = new { type = "roles", id = duty, relationships } }));
        var held = await app.RowsAsync<User>(all => all.Admins().Where(user => user.OrganizationId == organization.Id));
        Assert.Equal(organization.Admin.Id, Assert.Single(held).Id);

        static void Refused(ApiCaller.Answer answer) =>
            Assert.Contains("last admin", answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
    }

    private static string IdOf(string permission) =>
        PermissionCatalogue.All.Single(entry => entry.Name == permission).Id.ToString();

    private static int Total(ApiCaller.Answer answer) =>
        answer.Json.GetProperty("meta").GetProperty("page").GetProperty("total_count").GetInt32();

    private Task<Guid> AddRoleAsync(TestOrganization organization, string name, params string[] permissions) =>
        app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var role = new Role(organization.Id, name, permissions, managed: false, app.Now);
            db.Add(role);
            await db.SaveChangesAsync();
            return role.Id.Value;
        });
}
