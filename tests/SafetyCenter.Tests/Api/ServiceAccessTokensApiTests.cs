using System.Net;
using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>Access tokens of service accounts by Datadog's v2 API.</summary>
public sealed class ServiceAccessTokensApiTests(App app) : IClassFixture<App>, IAsyncDisposable
{
    private const string Type = "service_access_tokens";

    private static int _organizations;

    /// <summary>After every test: what was shown once is kept nowhere.</summary>
    public async ValueTask DisposeAsync() => await app.AssertKeepsNoSecretAsync();

    [Fact]
    public async Task A_token_without_an_end_is_made_read_edited_and_revoked_twice()
    {
        var (admin, organization, robot) = await AdminAsync();
        var made = (await admin.PostAsync(Root(robot), Type, new { name = "deploy", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created);
        Assert.Equal("application/vnd.api+json", made.ContentType);
        var secret = made.Attribute("key").GetString()!;
        Assert.Matches("^scsat_[0-9A-Za-z]{22}_[0-9A-Za-z]{38}$", secret);
        Assert.Equal(secret[..28], made.Attribute("public_portion").GetString());
        Assert.Equal(JsonValueKind.Null, made.Attribute("expires_at").ValueKind);
        Assert.Equal(Type, made.Data.GetProperty("type").GetString());
        var owner = made.Data.GetProperty("relationships").GetProperty("owned_by").GetProperty("data");
        Assert.Equal(
            ("service_account", robot.ToString()), (owner.GetProperty("type").GetString(), owner.GetProperty("id").GetString()));
        (await new ApiCaller(app, ("DD-APPLICATION-KEY", secret)).GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);

        var one = $"{Root(robot)}/{made.Id}";
        var read = (await admin.GetAsync(one)).Must(HttpStatusCode.OK);
        Assert.False(read.Data.GetProperty("attributes").TryGetProperty("key", out _));
        var listed = (await admin.GetAsync(Root(robot))).Must(HttpStatusCode.OK);
        Assert.Equal((1, made.Id), (listed.Data.GetArrayLength(), listed.Data[0].GetProperty("id").GetString()));
        Assert.Equal(Type, listed.Data[0].GetProperty("type").GetString());
        var edited = (await admin.PatchAsync(one, Type, made.Id, new { name = "ship" })).Must(HttpStatusCode.OK);
        Assert.Equal("ship", edited.Attribute("name").GetString());
        (await admin.PatchAsync(one, Type, made.Id, new { expires_at = app.Now.AddDays(3) })).Must(HttpStatusCode.BadRequest);

        (await admin.DeleteAsync(one)).Must(HttpStatusCode.NoContent);
        (await admin.DeleteAsync(one)).Must(HttpStatusCode.NoContent);
        (await new ApiCaller(app, ("DD-APPLICATION-KEY", secret)).GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        foreach (var gone in new[]
        {
            await admin.GetAsync(one), await admin.PatchAsync(one, Type, made.Id, new { name = "again" }),
            await admin.DeleteAsync($"{Root(robot)}/{Guid.NewGuid()}"), await admin.GetAsync($"{Root(robot)}/invalidId"),
        })
        {
            Assert.Equal(["Service access token not found"], gone.Must(HttpStatusCode.NotFound).Errors);
        }

        Assert.Equal(0, (await admin.GetAsync(Root(robot))).Data.GetArrayLength());
        Assert.NotEqual(organization.Admin.Id, robot);
    }

    [Fact]
    public async Task Only_service_accounts_of_the_organization_are_there_and_only_their_own_tokens()
    {
        var (admin, organization, robot) = await AdminAsync();
        var (_, _, stranger) = await AdminAsync();
        var second = await Tokens.ServiceAccountAsync(app, organization, "second");
        var hers = await Tokens.AccessAsync(app, organization.Admin.Id, "ann's", "user_app_keys");
        var robots = await Tokens.AccessAsync(app, robot, "robot's", "user_app_keys");
        var strangers = await Tokens.AccessAsync(app, stranger, "theirs", "user_app_keys");
        foreach (var account in new[] { organization.Admin.Id.ToString(), stranger.ToString(), Guid.NewGuid().ToString(), "x" })
        {
            var root = $"/api/v2/service_accounts/{account}/access_tokens";
            Assert.Equal(["Service account not found"], (await admin.GetAsync(root)).Must(HttpStatusCode.NotFound).Errors);
            (await admin.SendTextAsync(HttpMethod.Post, root, "{")).Must(HttpStatusCode.NotFound);
            foreach (var token in new[] { hers, robots, strangers })
            {
                (await admin.GetAsync($"{root}/{token.Id}")).Must(HttpStatusCode.NotFound);
                (await admin.SendTextAsync(HttpMethod.Patch, $"{root}/{token.Id}", "{")).Must(HttpStatusCode.NotFound);
                (await admin.DeleteAsync($"{root}/{token.Id}")).Must(HttpStatusCode.NotFound);
            }
        }

        (await admin.GetAsync($"{Root(second)}/{robots.Id}")).Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync($"{Root(second)}/{robots.Id}")).Must(HttpStatusCode.NotFound);
        (await admin.GetAsync($"{Root(robot)}/{robots.Id}")).Must(HttpStatusCode.OK);
        foreach (var token in new[] { hers, robots, strangers })
        {
            (await new ApiCaller(app, ("DD-APPLICATION-KEY", token.Secret)).GetAsync("/verify")).Must(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task A_body_that_cannot_be_is_refused_and_a_narrow_caller_makes_nothing_wider()
    {
        var (admin, organization, robot) = await AdminAsync();
        foreach (var attributes in new object[]
        {
            new { name = "x" },
            new { name = "x", scopes = new[] { "nonsense" } },
            new { name = " ", scopes = new[] { "api_keys_read" } },
            new { name = "x", scopes = new[] { "api_keys_read" }, expires_at = app.Now.AddHours(23) },
        })
        {
            (await admin.PostAsync(Root(robot), Type, attributes)).Must(HttpStatusCode.BadRequest);
        }

        (await admin.PostAsync(Root(robot), "personal_access_tokens", new { name = "x", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.BadRequest);
        (await admin.PostAsync(
            Root(robot), Type, new { name = "x", scopes = new[] { "api_keys_read" }, expires_at = app.Now.AddDays(800) }))
            .Must(HttpStatusCode.Created);

        var narrow = await Tokens.AccessAsync(
            app, organization.Admin.Id, "narrow", "service_account_write", "api_keys_read");
        var caller = new ApiCaller(app, ("Authorization", $"Bearer {narrow.Secret}"));
        (await caller.PostAsync(Root(robot), Type, new { name = "x", scopes = new[] { "api_keys_write" } }))
            .Must(HttpStatusCode.Forbidden);

        // Without an end it would outlive the token it is made with.
        (await caller.PostAsync(Root(robot), Type, new { name = "x", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Forbidden);
        (await caller.PostAsync(
            Root(robot), Type, new { name = "x", scopes = new[] { "api_keys_read" }, expires_at = app.Now.AddDays(2) }))
            .Must(HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_single_ones_open_to_who_writes_everybodys_keys_and_the_lists_to_who_writes_service_accounts()
    {
        var (_, organization, robot) = await AdminAsync();
        var token = await Tokens.AccessAsync(app, robot, "robot's", "user_app_keys");
        var scoped = await app.IssueApplicationKeyAsync(organization.Admin, "keys only", "org_app_keys_write");
        var keys = ApiCaller.With(app, organization.ApiKey.Secret, scoped.Secret);
        Assert.Contains(
            "service_account_write",
            (await keys.GetAsync(Root(robot))).Must(HttpStatusCode.Forbidden).Errors[0],
            StringComparison.Ordinal);
        (await keys.PostAsync(Root(robot), Type, new { name = "x", scopes = new[] { "org_app_keys_write" } }))
            .Must(HttpStatusCode.Forbidden);
        (await keys.GetAsync($"{Root(robot)}/{token.Id}")).Must(HttpStatusCode.OK);
        (await keys.PatchAsync($"{Root(robot)}/{token.Id}", Type, token.Id.ToString(), new { name = "renamed" }))
            .Must(HttpStatusCode.OK);
        (await keys.DeleteAsync($"{Root(robot)}/{token.Id}")).Must(HttpStatusCode.NoContent);

        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", role: Role.StandardName);
        var his = await app.IssueApplicationKeyAsync(bob, "his");
        (await ApiCaller.With(app, organization.ApiKey.Secret, his.Secret).GetAsync($"{Root(robot)}/{token.Id}"))
            .Must(HttpStatusCode.Forbidden);
    }

    private static string Root(Id<User> account) => $"/api/v2/service_accounts/{account}/access_tokens";

    private async Task<(ApiCaller Admin, TestOrganization Organization, Id<User> Robot)> AdminAsync()
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync($"Robots {number}", $"ann@robots-{number}.example");
        return (
            ApiCaller.AdminOf(app, organization), organization, await Tokens.ServiceAccountAsync(app, organization));
    }
}
