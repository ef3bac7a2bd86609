using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>Users by Datadog's v1 API.</summary>
public sealed class LegacyUsersApiTests(App app) : IClassFixture<App>
{
    private const string Users = "/api/v1/user";

    [Fact]
    public async Task Everybody_is_listed_with_their_access_role()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var reader = await app.AddPersonAsync(organization, $"r@{organization.Slug}.example", role: Role.ReadOnlyName);
        var sam = await app.AddWithPermissionsAsync(organization, "sam", "org_management");
        var robot = await admin.AddRobotAsync();
        using var statements = new Statements();
        var list = (await admin.SendAsync(HttpMethod.Get, Users, traceParent: statements.TraceParent)).Must(HttpStatusCode.OK);
        Assert.Equal(
            [
                (robot, null, false),
                (organization.Admin.Email, "adm", true),
                (reader.Email, "ro", false),
                (sam.Email, null, true),
            ],
            list.Json.GetProperty("users").EnumerateArray().Select(user => (
                user.GetProperty("handle").GetString()!,
                user.GetProperty("access_role").GetString(),
                user.GetProperty("is_admin").GetBoolean())));
        Assert.True(statements.TextsAfterKeys.Count <= 3, string.Join("\n\n", statements.TextsAfterKeys));
    }

    [Fact]
    public async Task A_user_is_made_read_changed_and_disabled()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var email = $"eve+1@{organization.Slug}.example";
        var made = UserOf(await admin.SendAsync(HttpMethod.Post, Users, new { handle = email.ToUpperInvariant(), name = "Eve" }));
        Assert.Equal(email, made.GetProperty("handle").GetString());
        Assert.Equal(email, made.GetProperty("email").GetString());
        Assert.Equal("Eve", made.GetProperty("name").GetString());
        Assert.Equal("st", made.GetProperty("access_role").GetString());
        Assert.False(made.GetProperty("disabled").GetBoolean());
        Assert.False(made.GetProperty("verified").GetBoolean());
        Assert.Equal("", made.GetProperty("icon").GetString());
        Assert.Equal(JsonValueKind.Null, made.GetProperty("role").ValueKind);
        Assert.Empty(await app.RowsAsync<Invite>(invites => invites.Where(invite => invite.OrganizationId == organization.Id)));

        var path = $"{Users}/{Uri.EscapeDataString(email)}";
        var read = UserOf(await admin.GetAsync(path));
        Assert.Equal(made.ToString(), read.ToString());

        // As clients do, with everything that they read.
        var sent = new Dictionary<string, object?>
        {
            ["handle"] = email, ["name"] = "Eve Smith", ["access_role"] = "adm", ["disabled"] = false,
            ["icon"] = "", ["verified"] = false, ["role"] = null, ["is_admin"] = false, ["title"] = "Boss",
        };
        var changed = UserOf(await admin.SendAsync(HttpMethod.Put, path, sent));
        Assert.Equal("Eve Smith", changed.GetProperty("name").GetString());
        Assert.Equal("Boss", changed.GetProperty("title").GetString());
        Assert.Equal("adm", changed.GetProperty("access_role").GetString());
        Assert.False(changed.GetProperty("is_admin").GetBoolean());
        var moved = UserOf(await admin.SendAsync(HttpMethod.Put, path, new { email = $"eve@{organization.Slug}.example" }));
        Assert.Equal($"eve@{organization.Slug}.example", moved.GetProperty("handle").GetString());
        Assert.Equal("Eve Smith", moved.GetProperty("name").GetString());
        Assert.Equal("adm", moved.GetProperty("access_role").GetString());

        path = $"{Users}/eve@{organization.Slug}.example";
        var disabled = (await admin.DeleteAsync(path)).Must(HttpStatusCode.OK);
        Assert.Equal($"User eve@{organization.Slug}.example disabled", disabled.Json.GetProperty("message").GetString());
        Assert.Equal(["User is already disabled"], (await admin.DeleteAsync(path)).Must(HttpStatusCode.BadRequest).Errors);
        Assert.True(UserOf(await admin.GetAsync(path)).GetProperty("disabled").GetBoolean());
        var back = UserOf(await admin.SendAsync(HttpMethod.Put, path, new { disabled = false }));
        Assert.False(back.GetProperty("disabled").GetBoolean());
    }

    [Fact]
    public async Task Making_somebody_who_is_here_is_a_conflict_and_one_who_is_disabled_is_told_as_such()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob");
        var again = new { handle = bob.Email, name = "Other", access_role = "ro" };
        var refused = (await admin.SendAsync(HttpMethod.Post, Users, again)).Must(HttpStatusCode.Conflict);
        Assert.Equal([$"User {bob.Email} already exists"], refused.Errors);
        (await admin.DeleteAsync($"{Users}/{bob.Email}")).Must(HttpStatusCode.OK);
        var told = UserOf(await admin.SendAsync(HttpMethod.Post, Users, again));
        Assert.True(told.GetProperty("disabled").GetBoolean());
        Assert.Equal("Bob", told.GetProperty("name").GetString());
        Assert.Equal("st", told.GetProperty("access_role").GetString());
    }

    [Theory]
    [InlineData("""{"name":"Eve"}""")]
    [InlineData("""{"handle":"eve"}""")]
    [InlineData("""{"handle":"eve@acme.example","email":"mia@acme.example"}""")]
    [InlineData("""{"handle":"eve@acme.example","access_role":"ERROR"}""")]
    [InlineData("""{"handle":"eve@acme.example","access_role":1}""")]
    [InlineData("""{"handle":"eve@acme.example","name":"<b>"}""")]
    [InlineData("""{"handle":"eve@acme.example","\ud800":1}""")]
    [InlineData("""[]""")]
    public async Task A_user_who_cannot_be_is_refused_with_a_sentence(string body)
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        Assert.NotEmpty((await admin.SendTextAsync(HttpMethod.Post, Users, body)).Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.Single(await app.RowsAsync<User>(users => users.Where(user => user.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Members_that_v1_does_not_know_are_refused_by_name()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var path = $"{Users}/{organization.Admin.Email}";
        foreach (var answer in new[]
        {
            await admin.SendAsync(HttpMethod.Post, Users, new { handle = "eve@acme.example", shoe_size = 42 }),
            await admin.SendAsync(HttpMethod.Put, path, new { shoe_size = 42 }),
        })
        {
            Assert.Equal(
                ["Additional properties are not allowed ('shoe_size' was unexpected)"],
                answer.Must(HttpStatusCode.BadRequest).Errors);
        }

        (await admin.SendAsync(HttpMethod.Put, path, new { handle = "other@acme.example" })).Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_service_account_is_named_by_its_id_and_not_by_its_address()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        var robot = await admin.AddRobotAsync();
        (await admin.GetAsync($"{Users}/robot@acme.example")).Must(HttpStatusCode.NotFound);
        Assert.Equal(robot, UserOf(await admin.GetAsync($"{Users}/{robot}")).GetProperty("handle").GetString());
        Assert.Equal(
            "Robot", UserOf(await admin.SendAsync(HttpMethod.Put, $"{Users}/{robot}", new { name = "Robot" }))
                .GetProperty("name").GetString());
        (await admin.DeleteAsync($"{Users}/{robot}")).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_last_admin_and_oneself_stay_and_others_are_not_found()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        var ann = $"{Users}/{organization.Admin.Email}";
        (await admin.DeleteAsync(ann)).Must(HttpStatusCode.Forbidden);
        var demoted = await admin.SendAsync(HttpMethod.Put, ann, new { access_role = "st", name = "x" });
        Assert.Contains("last admin", demoted.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        Assert.Null((await app.UserRowAsync($"{organization.Admin.Id}")).Name);
        foreach (var handle in new[] { other.Admin.Email, $"{other.Admin.Id}", $"{organization.Admin.Id}", "nobody" })
        {
            (await admin.GetAsync($"{Users}/{handle}")).Must(HttpStatusCode.NotFound);
            (await admin.SendTextAsync(HttpMethod.Put, $"{Users}/{handle}", "{")).Must(HttpStatusCode.NotFound);
            (await admin.DeleteAsync($"{Users}/{handle}")).Must(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task Permissions_are_those_of_v2()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var bobs = await app.CallerAsync(organization, bob);
        (await bobs.GetAsync(Users)).Must(HttpStatusCode.OK);
        (await bobs.SendAsync(HttpMethod.Post, Users, new { handle = "x@acme.example", access_role = "adm" }))
            .Must(HttpStatusCode.Forbidden);
        foreach (var answer in new[]
        {
            await bobs.SendAsync(HttpMethod.Put, $"{Users}/{bob.Email}", new { name = "x" }),
            await bobs.DeleteAsync($"{Users}/{organization.Admin.Email}"),
        })
        {
            Assert.Contains("user_access_manage", answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }

        var sam = await app.CallerAsync(organization, await app.AddWithPermissionsAsync(organization, "sam", "api_keys_read"));
        var unread = (await sam.GetAsync(Users)).Must(HttpStatusCode.Forbidden);
        Assert.Contains("user_access_read", unread.Errors[0], StringComparison.Ordinal);
        var unmade = await sam.SendAsync(HttpMethod.Post, Users, new { handle = "x@acme.example" });
        Assert.Contains("user_access_invite", unmade.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        using var stranger = await app.Visitor.GetAsync(Users);
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
    }

    private static JsonElement UserOf(ApiCaller.Answer answer) => answer.Must(HttpStatusCode.OK).Json.GetProperty("user");
}
