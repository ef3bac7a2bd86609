using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>Roles and permissions by Datadog's client.</summary>
public sealed class RoleTests(App app, Sdk sdk) : IClassFixture<App>
{
    [Fact]
    public async Task The_catalogue_is_understood_and_its_fifth_permission_can_be_granted()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var permissions = (await CallAsync(stage, "listPermissions")).Understood.GetProperty("data");
        Assert.Equal(300, permissions.GetArrayLength());
        var fifth = permissions[4].GetProperty("attributes");
        Assert.Equal("logs_live_tail", fifth.GetProperty("name").GetString());
        Assert.Equal("Log Management", fifth.GetProperty("groupName").GetString());
        Assert.Equal("read", fifth.GetProperty("displayType").GetString());
        Assert.False(fifth.GetProperty("restricted").GetBoolean());
        Assert.Equal(2018, fifth.GetProperty("created").GetDateTimeOffset().Year);
    }

    [Fact]
    public async Task A_role_lives_its_life()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var made = (await CallAsync(stage, "createRole", new { body = New("On call", LiveTail) })).Understood;
        Assert.Equal("On call", made.Attribute("name").GetString());
        Assert.Equal(11, made.GetProperty("data").GetProperty("relationships").GetProperty("permissions")
            .GetProperty("data").GetArrayLength());

        var roleId = made.Id();
        var edit = new
        {
            data = new
            {
                type = "roles",
                id = roleId,
                attributes = new { name = "Duty" },
                relationships = Relationships(LiveTail),
            },
        };
        var edited = (await CallAsync(stage, "updateRole", new { roleId, body = edit })).Understood;
        Assert.Equal("Duty", edited.Attribute("name").GetString());
        var clone = Document.New("roles", new { name = "Duty 2", receivesPermissionsFrom = new[] { Role.StandardName } });
        var cloned = (await CallAsync(stage, "cloneRole", new { roleId, body = clone })).Understood;
        Assert.Equal(Role.StandardName, cloned.Attribute("receivesPermissionsFrom")[0].GetString());
        var list = (await CallAsync(stage, "listRoles", new { sort = "-name", filter = "dut", pageSize = 1 })).Understood;
        Assert.Equal(["Duty 2"], list.Names());
        var page = list.GetProperty("meta").GetProperty("page");
        Assert.Equal((5, 2), (page.GetProperty("totalCount").GetInt32(), page.GetProperty("totalFilteredCount").GetInt32()));
        Assert.Equal(["Duty"], (await CallAsync(stage, "listRoles", new { filterId = roleId })).Understood.Names());
        var read = (await CallAsync(stage, "getRole", new { roleId })).Understood;
        Assert.Equal(0, read.Attribute("userCount").GetInt32());
        (await CallAsync(stage, "deleteRole", new { roleId })).IsDone();
        Assert.Equal([$"{roleId} not found"], (await CallAsync(stage, "getRole", new { roleId })).Refused(404));
        Assert.Equal([$"{roleId} not found"], (await CallAsync(stage, "deleteRole", new { roleId })).Refused(404));
    }

    [Fact]
    public async Task Permissions_and_users_come_and_go()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var roleId = (await CallAsync(stage, "createRole", new { body = New("Duty") })).Understood.Id();
        var permission = new { roleId, body = new { data = new { type = "permissions", id = LiveTail } } };
        Assert.Contains("logs_live_tail", (await CallAsync(stage, "addPermissionToRole", permission)).Understood.Names());
        Assert.Equal(11, (await CallAsync(stage, "listRolePermissions", new { roleId })).Understood.Names().Length);
        var left = (await CallAsync(stage, "removePermissionFromRole", permission)).Understood;
        Assert.Equal(PermissionCatalogue.Restricted, left.Names());

        var bob = await app.AddPersonAsync(stage.Organization, "bob@roles.example", "Bob Builder");
        var user = new { roleId, body = new { data = new { type = "users", id = bob.Id.ToString() } } };
        var given = (await CallAsync(stage, "addUserToRole", user)).Understood;
        Assert.Equal(["Bob Builder"], given.Names());
        Assert.Equal(1, given.GetProperty("meta").GetProperty("page").GetProperty("totalCount").GetInt32());
        var question = new { roleId, sort = "name", filter = "bob", pageSize = 5 };
        Assert.Equal(["Bob Builder"], (await CallAsync(stage, "listRoleUsers", question)).Understood.Names());
        Assert.Empty((await CallAsync(stage, "removeUserFromRole", user)).Understood.Names());
    }

    [Fact]
    public async Task Managed_roles_are_templates_and_nobody_changes_them()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var templates = (await CallAsync(stage, "listRoleTemplates")).Understood;
        Assert.Equal([Role.AdminName, Role.ReadOnlyName, Role.StandardName], templates.Names());
        var roleId = templates.GetProperty("data")[1].GetProperty("id").GetString()!;
        (await CallAsync(stage, "deleteRole", new { roleId })).Refused(403);
        var body = Document.Edit("roles", roleId, new { name = "Mine" });
        (await CallAsync(stage, "updateRole", new { roleId, body })).Refused(403);
    }

    [Fact]
    public async Task Bad_calls_are_refused_in_datadogs_words()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var roleId = (await CallAsync(stage, "createRole", new { body = New("Duty") })).Understood.Id();
        (await CallAsync(stage, "createRole", new { body = New("Duty") })).Refused(400);
        var unknown = (await CallAsync(stage, "createRole", new { body = New("x", Guid.NewGuid().ToString()) })).Refused(400);
        Assert.StartsWith("Invalid input", unknown[0], StringComparison.Ordinal);
        var same = new { roleId, body = Document.New("roles", new { name = "Duty" }) };
        Assert.Equal(["A role with the same name already exists"], (await CallAsync(stage, "cloneRole", same)).Refused(409));
        var blank = new { roleId, body = Document.New("roles", new { name = " " }) };
        Assert.Equal(["Role names cannot be only whitespace"], (await CallAsync(stage, "cloneRole", blank)).Refused(400));
        var other = new { roleId, body = Document.Edit("roles", Guid.NewGuid().ToString(), new { name = "x" }) };
        Assert.Equal(
            ["The id attribute in the request body does not match the role_id in the URL"],
            (await CallAsync(stage, "updateRole", other)).Refused(422));
        var standard = await stage.StandardAsync();
        (await CallAsync(stage, "createRole", new { body = New("x") }, standard)).Refused(403);
        // The client reads no sentence of a 400 here.
        Assert.Equal(400, (await CallAsync(stage, "listRoles", new { pageNumber = -1 })).Code);
    }

    private static string LiveTail => PermissionCatalogue.All[4].Id.ToString();

    private static object New(string name, params string[] permissions) =>
        new { data = new { type = "roles", attributes = new { name }, relationships = Relationships(permissions) } };

    private static object Relationships(params string[] permissions) =>
        new { permissions = new { data = permissions.Select(id => new { type = "permissions", id }) } };

    private static Task<Sdk.Outcome> CallAsync(
        Stage stage, string method, object? parameters = null, Sdk.Connection? by = null) =>
        stage.Sdk.CallAsync(by ?? stage.Admin, "v2", "RolesApi", method, parameters);
}
