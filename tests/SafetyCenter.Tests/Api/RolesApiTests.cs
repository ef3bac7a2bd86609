using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Api;

/// <summary>Roles and the catalogue of permissions by the API: good calls, bad calls, and other people's.</summary>
public sealed class RolesApiTests(App app) : IClassFixture<App>
{
    private const string Root = "/api/v2/roles";
    private const string Type = "roles";

    private static readonly string LiveTail = IdOf("logs_live_tail");
    private static readonly string KeysRead = IdOf("api_keys_read");

    [Fact]
    public async Task The_catalogue_is_one_flat_list_in_datadogs_order()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var answer = (await admin.GetAsync("/api/v2/permissions")).Must(HttpStatusCode.OK);
        Assert.Equal(["data"], answer.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(PermissionCatalogue.All.Select(entry => entry.Name), answer.Names());
        Assert.DoesNotContain("user_access_read", answer.Names());
        Assert.Equal(
            """
            {"name":"logs_live_tail","display_name":"Logs Live Tail","description":"Logs Live Tail",
            "created":"2018-10-31T13:39:48.293019Z","group_name":"Log Management","display_type":"read",
            "restricted":false,"name_aliases":[]}
            """.ReplaceLineEndings(""),
            answer.Data[4].GetProperty("attributes").GetRawText());
        Assert.Equal(10, answer.Data.EnumerateArray().Count(item =>
            item.GetProperty("attributes").GetProperty("restricted").GetBoolean()));
    }

    [Fact]
    public async Task A_role_is_made_read_changed_and_deleted()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var attributes = new { name = " On call ", receives_permissions_from = new[] { Role.StandardName } };
        var made = (await CreateAsync(admin, attributes, LiveTail)).Must(HttpStatusCode.OK);
        Assert.Equal((Type, "On call"), (made.Data.GetProperty("type").GetString(), made.Attribute("name").GetString()));
        Assert.False(made.Attribute("managed").GetBoolean());
        Assert.Equal(0, made.Attribute("user_count").GetInt32());
        Assert.Equal([Role.StandardName], Strings(made.Attribute("receives_permissions_from")));
        Assert.Equal(PermissionCatalogue.Restricted.Prepend("logs_live_tail").Order(), Granted(made).Order());
        Assert.Equal(made.Attribute("created_at").GetString(), made.Attribute("modified_at").GetString());

        var changed = (await PatchAsync(admin, made.Id, made.Id, new { name = "Duty" }, KeysRead)).Must(HttpStatusCode.OK);
        Assert.Equal("Duty", changed.Attribute("name").GetString());
        Assert.Equal(["api_keys_read"], Granted(changed));
        Assert.NotEqual(changed.Attribute("created_at").GetString(), changed.Attribute("modified_at").GetString());
        var renamed = (await admin.PatchAsync($"{Root}/{made.Id}", Type, made.Id, new { name = "Watch" }))
            .Must(HttpStatusCode.OK);
        Assert.Equal(["api_keys_read"], Granted(renamed));
        Assert.Equal([Role.StandardName], Strings(renamed.Attribute("receives_permissions_from")));

        await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", role: "Watch");
        var read = (await admin.GetAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.OK);
        Assert.Equal(("Watch", 1), (read.Attribute("name").GetString(), read.Attribute("user_count").GetInt32()));
        (await admin.DeleteAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.NoContent);
        foreach (var gone in new[]
        {
            await admin.GetAsync($"{Root}/{made.Id}"),
            await admin.DeleteAsync($"{Root}/{made.Id}"),
            await admin.PatchAsync($"{Root}/{made.Id}", Type, made.Id, new { name = "again" }),
        })
        {
            Assert.Equal([$"{made.Id} not found"], gone.Must(HttpStatusCode.NotFound).Errors);
        }

        var events = (await app.EventsAsync(organization)).Where(row => row.AssetType == "role").Select(row => row.Name);
        Assert.Equal(["created", "modified", "modified", "deleted"], events);
    }

    [Fact]
    public async Task The_restricted_permissions_are_left_out_for_whoever_says_so()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var made = await CreateAsync(admin, new { name = "Minimal", default_permissions_opt_out = true }, LiveTail);
        Assert.Equal(["logs_live_tail"], Granted(made.Must(HttpStatusCode.OK)));
    }

    [Fact]
    public async Task What_the_API_cannot_name_it_leaves_alone()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var role = await AddRoleAsync(organization, "Hidden", "user_access_read", "api_keys_read", "acme_gone");
        await PatchAsync(admin, role.ToString(), role.ToString(), new { }, LiveTail);
        Assert.Equal(["acme_gone", "logs_live_tail", "user_access_read"], await HeldAsync(organization, "Hidden"));
    }

    [Fact]
    public async Task A_role_that_cannot_be_is_refused_with_a_sentence()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var role = await AddRoleAsync(organization, "Taken", "api_keys_read");
        var other = await AddRoleAsync(organization, "Other", "api_keys_read");
        await RefusedAsync("only whitespace", CreateAsync(admin, new { name = " " }));
        await RefusedAsync("only whitespace", CreateAsync(admin, new { }));
        await RefusedAsync("at most 255", CreateAsync(admin, new { name = new string('x', 256) }));
        await RefusedAsync("a role “Taken” already", CreateAsync(admin, new { name = "Taken" }));
        await RefusedAsync(
            "a role “Taken” already", PatchAsync(admin, $"{other}", $"{other}", new { name = " Taken" }, KeysRead));
        await RefusedAsync("Invalid input", CreateAsync(admin, new { name = "x" }, Guid.NewGuid().ToString()));
        await RefusedAsync("Invalid input", CreateAsync(admin, new { name = "x" }, "api_keys_read"));
        await RefusedAsync(
            "no managed role", CreateAsync(admin, new { name = "x", receives_permissions_from = new[] { "Other" } }));
        await RefusedAsync("data.type", admin.PostAsync(Root, "role", new { name = "x" }));
        var contradiction = (await PatchAsync(admin, $"{role}", $"{other}", new { name = "x" }, KeysRead))
            .Must(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(["The id attribute in the request body does not match the role_id in the URL"], contradiction.Errors);
        Assert.Equal(["api_keys_read"], await HeldAsync(organization, "Taken"));
        Assert.Equal(5, (await app.RowsAsync<Role>(all => all.Where(row => row.OrganizationId == organization.Id))).Count);

        static async Task RefusedAsync(string sentence, Task<ApiCaller.Answer> call) =>
            Assert.Contains(sentence, (await call).Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_who_take_a_name_at_once_one_wins_and_the_other_is_told()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        Task<ApiCaller.Answer[]> both = Task.FromResult(Array.Empty<ApiCaller.Answer>());
        await app.InScopeAsync(db => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                both = Task.WhenAll(CreateAsync(admin, new { name = "Race" }), CreateAsync(admin, new { name = "Race" }));
                await app.SomebodyWaitsAsync(2);
                return true;
            },
            CancellationToken.None));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest], (await both).Select(answer => answer.Status).Order());
    }

    [Fact]
    public async Task Any_role_is_cloned_under_a_name_of_its_own()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var standard = await IdOfAsync(organization, Role.StandardName);
        var clone = (await admin.PostAsync($"{Root}/{standard}/clone", Type, new { name = "Mine" })).Must(HttpStatusCode.OK);
        Assert.False(clone.Attribute("managed").GetBoolean());
        Assert.Equal(await HeldAsync(organization, Role.StandardName), await HeldAsync(organization, "Mine"));
        var again = await admin.PostAsync($"{Root}/{standard}/clone", Type, new { name = "Mine" });
        Assert.Equal(["A role with the same name already exists"], again.Must(HttpStatusCode.Conflict).Errors);
        var blank = await admin.PostAsync($"{Root}/{standard}/clone", Type, new { name = " " });
        Assert.Equal(["Role names cannot be only whitespace"], blank.Must(HttpStatusCode.BadRequest).Errors);
        var nobody = Guid.NewGuid();
        var missing = await admin.PostAsync($"{Root}/{nobody}/clone", Type, new { name = " " });
        Assert.Equal([$"{nobody} not found"], missing.Must(HttpStatusCode.NotFound).Errors);
    }

    [Fact]
    public async Task Managed_roles_are_templates_that_nobody_changes_or_deletes()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var templates = (await admin.GetAsync($"{Root}/templates")).Must(HttpStatusCode.OK);
        Assert.Equal([Role.AdminName, Role.ReadOnlyName, Role.StandardName], templates.Names());
        foreach (var id in templates.Data.EnumerateArray().Select(item => item.GetProperty("id").GetString()!))
        {
            var permission = new { data = new { type = "permissions", id = LiveTail } };
            foreach (var refused in new[]
            {
                await PatchAsync(admin, id, id, new { name = "Mine" }),
                await PatchAsync(admin, id, id, new { }),
                await admin.DeleteAsync($"{Root}/{id}"),
                await admin.SendAsync(HttpMethod.Post, $"{Root}/{id}/permissions", permission),
                await admin.SendAsync(HttpMethod.Delete, $"{Root}/{id}/permissions", permission),
            })
            {
                Assert.Contains(
                    "is a managed role and cannot be changed",
                    refused.Must(HttpStatusCode.Forbidden).Errors[0],
                    StringComparison.Ordinal);
            }
        }

        Assert.Equal(
            PermissionCatalogue.OfManagedRole(0, PermissionCatalogue.All).Order(StringComparer.Ordinal),
            await HeldAsync(organization, Role.ReadOnlyName));
    }

    [Fact]
    public async Task Where_the_policy_is_off_programs_make_no_roles()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var standard = await IdOfAsync(organization, Role.StandardName);
        await app.InScopeAsync(async db =>
        {
            (await db.Organizations.SingleAsync(row => row.Id == organization.Id))
                .SetPolicy("custom_roles", policies => policies.AllowsCustomRoles = false, app.Now);
            await db.SaveChangesAsync();
        });
        foreach (var refused in new[]
        {
            await CreateAsync(admin, new { name = "Mine" }),
            await admin.PostAsync($"{Root}/{standard}/clone", Type, new { name = "Mine" }),
        })
        {
            Assert.Contains("custom_roles", refused.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_list_pages_sorts_filters_and_counts_in_the_same_number_of_statements()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var alpha = await AddRoleAsync(organization, "alpha", "api_keys_read");
        await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", role: "alpha");
        await app.AddPersonAsync(organization, $"eve@{organization.Slug}.example", role: "alpha");
        await Tokens.DisableAsync(
            app, organization, (await app.AddPersonAsync(organization, $"old@{organization.Slug}.example", role: "alpha")).Id);
        var few = await StatementsAsync();
        for (var number = 0; number < 9; number++)
        {
            await AddRoleAsync(organization, $"b%ta {number}", "api_keys_read");
        }

        Assert.Equal(few, await StatementsAsync());
        Assert.InRange(few, 1, 6);
        var first = (await admin.GetAsync($"{Root}?sort=-user_count")).Must(HttpStatusCode.OK);
        Assert.Equal((10, 13, 13), (first.Data.GetArrayLength(), Total(first), first.Total()));
        Assert.Equal(["alpha", Role.AdminName], first.Names().Take(2));
        Assert.Equal(2, first.Data[0].GetProperty("attributes").GetProperty("user_count").GetInt32());
        Assert.Equal(3, (await admin.GetAsync($"{Root}?sort=-user_count&page[number]=1")).Data.GetArrayLength());
        Assert.Equal(Role.AdminName, (await admin.GetAsync(Root)).Names()[0]);
        Assert.Equal("b%ta 8", (await admin.GetAsync($"{Root}?sort=-name")).Names()[0]);
        Assert.Equal("b%ta 8", (await admin.GetAsync($"{Root}?sort=-modified_at")).Names()[0]);
        var filtered = await admin.GetAsync($"{Root}?filter=B%25T");
        Assert.Equal((13, 9), (Total(filtered), filtered.Total()));
        Assert.Equal(1, (await admin.GetAsync($"{Root}?filter=ROLE&page[size]=1")).Data.GetArrayLength());
        Assert.Equal(["alpha"], (await admin.GetAsync($"{Root}?filter[id]={alpha},{Guid.NewGuid()}")).Names());
        Assert.Empty((await admin.GetAsync($"{Root}?filter[id]=nobody")).Names());
        foreach (var bad in new[] { "sort=color", "page[size]=0", "page[number]=-1" })
        {
            (await admin.GetAsync($"{Root}?{bad}")).Must(HttpStatusCode.BadRequest);
        }

        async Task<int> StatementsAsync()
        {
            (await admin.GetAsync(Root)).Must(HttpStatusCode.OK);
            using var statements = new Statements();
            (await admin.SendAsync(HttpMethod.Get, $"{Root}?page[size]=100&filter=a", traceParent: statements.TraceParent))
                .Must(HttpStatusCode.OK);
            return statements.TextsAfterKeys.Count;
        }
    }

    [Fact]
    public async Task Who_lacks_the_permission_or_the_scope_is_told_which()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var standard = await app.CallerAsync(organization, bob);
        (await standard.GetAsync(Root)).Must(HttpStatusCode.OK);
        Told("user_access_manage", await CreateAsync(standard, new { name = "x" }));
        var narrow = await app.CallerAsync(organization, organization.Admin, "api_keys_read");
        Told("user_access_read", await narrow.GetAsync("/api/v2/permissions"));
        Told("user_access_manage", await CreateAsync(narrow, new { name = "x" }));

        static void Told(string permission, ApiCaller.Answer refused) =>
            Assert.Contains(permission, refused.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_of_another_organization_and_ids_that_are_none_are_not_there()
    {
        var (carl, _) = await app.NewOrganizationAsync();
        var (_, acme) = await app.NewOrganizationAsync();
        var role = await AddRoleAsync(acme, "Acme's", "api_keys_read");
        foreach (var id in new[] { role.ToString(), "invalidId" })
        {
            (await carl.GetAsync($"{Root}/{id}")).Must(HttpStatusCode.NotFound);
            (await carl.DeleteAsync($"{Root}/{id}")).Must(HttpStatusCode.NotFound);
            (await carl.PatchAsync($"{Root}/{id}", "junk", id, new { name = " " })).Must(HttpStatusCode.NotFound);
            (await carl.PostAsync($"{Root}/{id}/clone", "junk", new { name = " " })).Must(HttpStatusCode.NotFound);
            foreach (var members in new[] { "permissions", "users" })
            {
                (await carl.GetAsync($"{Root}/{id}/{members}")).Must(HttpStatusCode.NotFound);
                foreach (var method in new[] { HttpMethod.Post, HttpMethod.Delete })
                {
                    (await carl.SendAsync(method, $"{Root}/{id}/{members}", new { })).Must(HttpStatusCode.NotFound);
                }
            }
        }

        Assert.Empty((await carl.GetAsync($"{Root}?filter[id]={role}")).Names());
        Assert.DoesNotContain("Acme's", (await carl.GetAsync(Root)).Names());
        Assert.Equal(["api_keys_read"], await HeldAsync(acme, "Acme's"));
    }

    private static string IdOf(string permission) =>
        PermissionCatalogue.All.Single(entry => entry.Name == permission).Id.ToString();

    private static Task<ApiCaller.Answer> CreateAsync(ApiCaller caller, object attributes, params string[] permissions) =>
        caller.SendAsync(
            HttpMethod.Post, Root, new { data = new { type = Type, attributes, relationships = Relationships(permissions) } });

    private static Task<ApiCaller.Answer> PatchAsync(
        ApiCaller caller, string id, string idInBody, object attributes, params string[] permissions) => caller.SendAsync(
        HttpMethod.Patch,
        $"{Root}/{id}",
        new { data = new { type = Type, id = idInBody, attributes, relationships = Relationships(permissions) } });

    private static object Relationships(string[] permissions) =>
        new { permissions = new { data = permissions.Select(id => new { type = "permissions", id }) } };

    private static IEnumerable<string> Granted(ApiCaller.Answer answer) => answer.Data
        .GetProperty("relationships").GetProperty("permissions").GetProperty("data").EnumerateArray()
        .Select(item => PermissionCatalogue.Find(item.GetProperty("id").GetGuid())!.Name);

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

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

    private async Task<Role> RoleAsync(TestOrganization organization, string name) => Assert.Single(
        await app.RowsAsync<Role>(all => all.Where(row => row.OrganizationId == organization.Id && row.Name == name)));

    private async Task<string> IdOfAsync(TestOrganization organization, string name) =>
        (await RoleAsync(organization, name)).Id.ToString();

    private async Task<string[]> HeldAsync(TestOrganization organization, string name) =>
        [.. (await RoleAsync(organization, name)).Permissions.Order(StringComparer.Ordinal)];
}
