using System.Text.Json;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>Users and invitations, by Datadog's client, v2 and v1.</summary>
public sealed class UserTests(App app, Sdk sdk) : IClassFixture<App>
{
    [Fact]
    public async Task A_user_is_made_invited_changed_disabled_and_enabled()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var email = $"eve@{stage.Organization.Slug}.example";
        var roleId = await RoleIdAsync(stage, Role.StandardName);
        var made = (await CallAsync(stage, "createUser", new { body = New(email, "Eve", roleId) })).Understood;
        Assert.Equal("Pending", made.Attribute("status").GetString());
        Assert.Equal(["orgs", "roles", "permissions"], IncludedTypes(made));

        var userId = made.Id();
        var invited = (await CallAsync(stage, "sendInvitations", new { body = Invitations(userId) })).Understood;
        var invitation = invited.GetProperty("data")[0];
        Assert.Equal("basic_invite", invitation.GetProperty("attributes").GetProperty("inviteType").GetString());
        var userInvitationUuid = invitation.GetProperty("id").GetString();
        var read = (await CallAsync(stage, "getInvitation", new { userInvitationUuid })).Understood;
        Assert.Equal(userId, read.GetProperty("data").GetProperty("relationships").GetProperty("user").GetProperty("data")
            .GetProperty("id").GetString());
        (await CallAsync(stage, "deleteUserInvitations", new { userId })).IsDone();
        (await CallAsync(stage, "getInvitation", new { userInvitationUuid })).Refused(404);
        (await CallAsync(stage, "deleteUserInvitations", new { userId })).Refused(404);

        var back = Document.Edit("users", userId, new { disabled = false, name = "Eve Smith", title = "Analyst" });
        var changed = (await CallAsync(stage, "updateUser", new { userId, body = back })).Understood;
        Assert.Equal("Eve Smith", changed.Attribute("name").GetString());
        Assert.Equal("Pending", changed.Attribute("status").GetString());
        (await CallAsync(stage, "disableUser", new { userId })).IsDone();
        Assert.Equal([$"{userId} not found"], (await CallAsync(stage, "disableUser", new { userId })).Refused(404));
        Assert.Equal("Disabled", (await CallAsync(stage, "getUser", new { userId })).Understood.Attribute("status").GetString());
    }

    [Fact]
    public async Task Users_are_listed_sorted_filtered_and_paged_through()
    {
        var stage = await Stage.SetAsync(app, sdk);
        await stage.StandardAsync();
        foreach (var name in new[] { "Cleo", "Dora" })
        {
            var made = await CallAsync(stage, "createUser", new { body = New($"{name}@sdk.example", name) });
            Assert.Equal(name, made.Understood.Attribute("name").GetString());
        }

        var list = (await CallAsync(stage, "listUsers", new { sort = "name", sortDir = "desc", pageSize = 2 })).Understood;
        Assert.Equal(["Dora", "Cleo"], list.Names());
        var page = list.GetProperty("meta").GetProperty("page");
        Assert.Equal(4, page.GetProperty("totalCount").GetInt32());
        Assert.Equal(4, page.GetProperty("totalFilteredCount").GetInt32());
        var pending = (await CallAsync(stage, "listUsers", new { filterStatus = "Pending", filter = "cle" })).Understood;
        Assert.Equal(["Cleo"], pending.Names());
        var all = (await CallAsync(stage, "listUsersWithPagination", new { pageSize = 1 })).Understood;
        Assert.Equal(4, all.GetArrayLength());
        (await CallAsync(stage, "listUsers", new { filterStatus = "Gone" })).Refused(400);
    }

    [Fact]
    public async Task Whoever_calls_reads_and_names_themselves_and_what_they_hold()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var self = (await CallAsync(stage, "getCurrentUser")).Understood;
        Assert.Equal(["orgs", "roles", "permissions"], IncludedTypes(self));
        var userId = self.Id();
        var renamed = await CallAsync(
            stage, "updateCurrentUser", new { body = Document.Edit("users", userId, new { name = "Ann A.", title = "Chief" }) });
        Assert.Equal("Ann A.", renamed.Understood.Attribute("name").GetString());
        var orgs = (await CallAsync(stage, "listUserOrganizations", new { userId })).Understood;
        Assert.Equal(["orgs"], IncludedTypes(orgs));
        var permissions = (await CallAsync(stage, "listUserPermissions", new { userId })).Understood;
        Assert.Contains("user_access_manage", permissions.Names());
        Assert.Equal(0, (await CallAsync(stage, "getUserIdentityProviders", new { userId })).Understood
            .GetProperty("data").GetArrayLength());
        var none = new { userId, body = new { data = Array.Empty<object>() } };
        (await CallAsync(stage, "updateUserIdentityProviders", none)).IsDone();
    }

    [Fact]
    public async Task Refusals_are_errors_that_the_client_can_read()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var standard = await stage.StandardAsync();
        var ann = $"{stage.Organization.Admin.Id}";
        (await CallAsync(stage, "createUser", new { body = New("no address", "x") })).Refused(400);
        (await CallAsync(stage, "createUser", new { body = New("x@sdk.example", "x", $"{Guid.NewGuid()}") })).Refused(400);
        (await CallAsync(stage, "sendInvitations", new { body = Invitations($"{Guid.NewGuid()}") })).Refused(400);
        (await CallAsync(stage, "disableUser", new { userId = ann })).Refused(403);
        var other = Document.Edit("users", $"{Guid.NewGuid()}", new { name = "x" });
        Assert.Equal(
            ["UUID's in the URL and request body do not match"],
            (await CallAsync(stage, "updateUser", new { userId = ann, body = other })).Refused(422));
        foreach (var userId in new[] { "invalidId", $"{Guid.NewGuid()}" })
        {
            (await CallAsync(stage, "getUser", new { userId })).Refused(404);
            (await CallAsync(stage, "updateUser", new { userId, body = Document.Edit("users", userId, new { }) })).Refused(404);
            (await CallAsync(stage, "listUserPermissions", new { userId })).Refused(404);
            (await CallAsync(stage, "listUserOrganizations", new { userId })).Refused(404);
        }

        var refused = (await CallAsync(stage, "disableUser", new { userId = ann }, standard)).Refused(403);
        Assert.Contains("user_access_manage", refused[0], StringComparison.Ordinal);

        // The client knows no 409 here, and passes it on as it came.
        var taken = await CallAsync(stage, "createUser", new { body = New(stage.Organization.Admin.Email, "x") });
        Assert.Equal(409, taken.Code);
    }

    [Fact]
    public async Task Users_of_v1_live_their_lives()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var handle = $"eve@{stage.Organization.Slug}.example";
        var body = new { handle, email = handle, name = "Eve", accessRole = "ro", disabled = false };
        var made = (await V1Async(stage, "createUser", new { body })).Understood.GetProperty("user");
        Assert.Equal("ro", made.GetProperty("accessRole").GetString());
        Assert.False(made.GetProperty("verified").GetBoolean());
        Assert.Equal([$"User {handle} already exists"], (await V1Async(stage, "createUser", new { body })).Refused(409));
        var change = new { userHandle = handle, body = new { name = "Eve Smith", accessRole = "st" } };
        var changed = (await V1Async(stage, "updateUser", change)).Understood.GetProperty("user");
        Assert.Equal("Eve Smith", changed.GetProperty("name").GetString());
        Assert.Equal("st", changed.GetProperty("accessRole").GetString());
        Assert.Equal(2, (await V1Async(stage, "listUsers")).Understood.GetProperty("users").GetArrayLength());

        var one = new { userHandle = handle };
        var message = (await V1Async(stage, "disableUser", one)).Understood.GetProperty("message").GetString();
        Assert.Equal($"User {handle} disabled", message);
        Assert.Equal(["User is already disabled"], (await V1Async(stage, "disableUser", one)).Refused(400));
        Assert.True((await V1Async(stage, "getUser", one)).Understood.GetProperty("user").GetProperty("disabled").GetBoolean());
        var known = (await V1Async(stage, "createUser", new { body })).Understood.GetProperty("user");
        Assert.True(known.GetProperty("disabled").GetBoolean());
        (await V1Async(stage, "getUser", new { userHandle = "nobody@sdk.example" })).Refused(404);
        (await V1Async(stage, "disableUser", new { userHandle = stage.Organization.Admin.Email })).Refused(403);
    }

    private Task<Sdk.Outcome> CallAsync(Stage stage, string method, object? parameters = null, Sdk.Connection? by = null) =>
        sdk.CallAsync(by ?? stage.Admin, "v2", "UsersApi", method, parameters);

    private Task<Sdk.Outcome> V1Async(Stage stage, string method, object? parameters = null) =>
        sdk.CallAsync(stage.Admin, "v1", "UsersApi", method, parameters);

    private async Task<string> RoleIdAsync(Stage stage, string name) =>
        (await app.RowsAsync<Role>(roles => roles
            .Where(role => role.OrganizationId == stage.Organization.Id && role.Name == name))).Single().Id.ToString();

    private static object New(string email, string name, params string[] roleIds) => new
    {
        data = new
        {
            type = "users",
            attributes = new { email, name },
            relationships = new { roles = new { data = roleIds.Select(id => new { type = "roles", id }) } },
        },
    };

    private static object Invitations(params string[] userIds) => new
    {
        data = userIds.Select(id => new
        {
            type = "user_invitations",
            relationships = new { user = new { data = new { type = "users", id } } },
        }),
    };

    private static IEnumerable<string> IncludedTypes(JsonElement document) =>
        document.GetProperty("included").EnumerateArray().Select(item => item.GetProperty("type").GetString()!).Distinct();
}
