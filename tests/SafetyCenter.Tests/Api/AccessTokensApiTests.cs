using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Api;

/// <summary>Personal access tokens by Datadog's v2 API, and the list that has those of service accounts, too.</summary>
public sealed class AccessTokensApiTests(App app) : IClassFixture<App>, IAsyncDisposable
{
    private const string Root = "/api/v2/personal_access_tokens";
    private const string Type = "personal_access_tokens";

    private static int _organizations;

    /// <summary>After every test: what was shown once is kept nowhere.</summary>
    public async ValueTask DisposeAsync() => await app.AssertKeepsNoSecretAsync();

    [Fact]
    public async Task A_token_is_made_read_edited_and_revoked_twice_and_its_secret_is_shown_once()
    {
        var (ann, organization) = await AdminAsync();
        var made = (await ann.PostAsync(Root, Type, Wanted(" laptop "))).Must(HttpStatusCode.Created);
        Assert.Equal("application/vnd.api+json", made.ContentType);
        var secret = made.Attribute("key").GetString()!;
        Assert.Matches("^scpat_[0-9A-Za-z]{22}_[0-9A-Za-z]{38}$", secret);
        Assert.Equal(secret[..28], made.Attribute("public_portion").GetString());
        Assert.Equal("laptop", made.Attribute("name").GetString());
        Assert.Equal("user_app_keys", made.Attribute("scopes")[0].GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", made.Attribute("created_at").GetString());
        Assert.EndsWith("Z", made.Attribute("expires_at").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, made.Attribute("last_used_at").ValueKind);
        Assert.False(made.Data.GetProperty("attributes").TryGetProperty("modified_at", out _));
        Assert.Equal(("users", organization.Admin.Id.ToString()), OwnerOf(made.Data));

        // It works at once, and only its holder ever sees it.
        var holder = new ApiCaller(app, ("Authorization", $"Bearer {secret}"));
        var read = (await holder.GetAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.OK);
        Assert.Equal("application/vnd.api+json", read.ContentType);
        Assert.False(read.Data.GetProperty("attributes").TryGetProperty("key", out _));
        var edited = (await ann.PatchAsync(
            $"{Root}/{made.Id}", Type, made.Id, new { name = "desk", scopes = new[] { "user_app_keys", "api_keys_read" } }))
            .Must(HttpStatusCode.OK);
        Assert.Equal(("desk", 2), (edited.Attribute("name").GetString(), edited.Attribute("scopes").GetArrayLength()));
        Assert.EndsWith("Z", edited.Attribute("modified_at").GetString(), StringComparison.Ordinal);
        Assert.False(edited.Data.GetProperty("attributes").TryGetProperty("key", out _));
        (await holder.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        await app.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        var used = await ann.GetAsync($"{Root}/{made.Id}");
        Assert.EndsWith("Z", used.Attribute("last_used_at").GetString(), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", used.Attribute("last_used_address").GetString());

        (await ann.DeleteAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.NoContent);
        (await holder.GetAsync(Root)).Must(HttpStatusCode.Forbidden);
        (await ann.DeleteAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.NoContent);
        foreach (var gone in new[]
        {
            await ann.GetAsync($"{Root}/{made.Id}"),
            await ann.PatchAsync($"{Root}/{made.Id}", Type, made.Id, new { name = "again" }),
            await ann.DeleteAsync($"{Root}/{Guid.NewGuid()}"),
            await ann.GetAsync($"{Root}/invalidId"),
            await ann.GetAsync($"{Root}/{organization.ApplicationKey.Id}"),
        })
        {
            Assert.Equal(["Personal access token not found"], gone.Must(HttpStatusCode.NotFound).Errors);
        }
    }

    [Fact]
    public async Task The_end_is_between_a_day_and_a_year_ahead_and_at_least_one_scope_is_known()
    {
        var (ann, _) = await AdminAsync();
        var day = app.Now.AddDays(1);
        object[] bad =
        [
            new { name = "x", scopes = new[] { "user_app_keys" } },
            new { name = "x", scopes = new[] { "user_app_keys" }, expires_at = day.AddMinutes(-1) },
            new { name = "x", scopes = new[] { "user_app_keys" }, expires_at = app.Now.AddDays(367) },
            new { name = "x", scopes = new[] { "user_app_keys" }, expires_at = "soon" },
            new { name = "x", expires_at = day.AddDays(1) },
            new { name = "x", scopes = Array.Empty<string>(), expires_at = day.AddDays(1) },
            new { name = "x", scopes = new[] { "User_App_Keys" }, expires_at = day.AddDays(1) },
            new { name = "x", scopes = "user_app_keys", expires_at = day.AddDays(1) },
            new { name = " ", scopes = new[] { "user_app_keys" }, expires_at = day.AddDays(1) },
            new { scopes = new[] { "user_app_keys" }, expires_at = day.AddDays(1) },
        ];
        foreach (var attributes in bad)
        {
            var refused = await ann.PostAsync(Root, Type, attributes);
            Assert.NotEmpty(refused.Must(HttpStatusCode.BadRequest).Errors[0]);
        }

        (await ann.PostAsync(Root, "service_access_tokens", Wanted("x"))).Must(HttpStatusCode.BadRequest);
        Assert.Equal(0, TotalOf(await ann.GetAsync(Root)));
        foreach (var end in new[] { day.AddMinutes(1), app.Now.AddDays(366) })
        {
            (await ann.PostAsync(Root, Type, new { name = "same", scopes = new[] { "user_app_keys" }, expires_at = end }))
                .Must(HttpStatusCode.Created);
        }
    }

    [Fact]
    public async Task The_end_is_fixed_and_an_edit_that_is_refused_changes_nothing()
    {
        var (ann, organization) = await AdminAsync();
        var token = await Tokens.AccessAsync(app, organization.Admin.Id, "fixed", "user_app_keys");
        foreach (var attributes in new object[]
        {
            new { name = "moved", expires_at = app.Now.AddDays(60) },
            new { name = "moved", expires_at = (string?)null },
            new { name = "moved", scopes = Array.Empty<string>() },
            new { name = "moved", scopes = (string[]?)null },
            new { name = "moved", scopes = new[] { "nonsense" } },
            new { name = (string?)null },
        })
        {
            (await ann.PatchAsync($"{Root}/{token.Id}", Type, token.Id.ToString(), attributes))
                .Must(HttpStatusCode.BadRequest);
        }

        (await ann.PatchAsync($"{Root}/{token.Id}", Type, Guid.NewGuid().ToString(), new { name = "moved" }))
            .Must(HttpStatusCode.BadRequest);
        Assert.Equal("fixed", (await ann.GetAsync($"{Root}/{token.Id}")).Attribute("name").GetString());
    }

    [Fact]
    public async Task What_a_scoped_credential_makes_or_edits_is_no_wider_and_what_a_token_makes_lives_no_longer()
    {
        var (_, organization) = await AdminAsync();
        var scoped = await app.IssueApplicationKeyAsync(organization.Admin, "scoped", "user_app_keys", "api_keys_read");
        var parent = await Tokens.AccessAsync(app, organization.Admin.Id, "parent", "user_app_keys", "api_keys_read");
        foreach (var caller in new[]
        {
            ApiCaller.With(app, organization.ApiKey.Secret, scoped.Secret),
            new ApiCaller(app, ("DD-APPLICATION-KEY", parent.Secret)),
        })
        {
            var made = (await caller.PostAsync(Root, Type, Wanted("child", "api_keys_read"))).Must(HttpStatusCode.Created);
            var wider = await caller.PostAsync(Root, Type, Wanted("wide", "api_keys_read", "api_keys_write"));
            Assert.Contains("api_keys_write", wider.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
            (await caller.PatchAsync($"{Root}/{made.Id}", Type, made.Id, new { scopes = new[] { "api_keys_write" } }))
                .Must(HttpStatusCode.Forbidden);
            var read = (await caller.GetAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.OK);
            Assert.Equal("api_keys_read", read.Attribute("scopes")[0].GetString());
            (await caller.DeleteAsync($"{Root}/{made.Id}")).Must(HttpStatusCode.NoContent);
        }

        // The parent lives for thirty days.
        var holder = new ApiCaller(app, ("DD-APPLICATION-KEY", parent.Secret));
        (await holder.PostAsync(
            Root, Type, new { name = "x", scopes = new[] { "user_app_keys" }, expires_at = app.Now.AddDays(31) }))
            .Must(HttpStatusCode.Forbidden);
        (await holder.PostAsync(
            Root, Type, new { name = "x", scopes = new[] { "user_app_keys" }, expires_at = app.Now.AddDays(29) }))
            .Must(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Who_sees_and_edits_whose_tokens_follows_from_the_permissions()
    {
        var (ann, organization) = await AdminAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var robot = await Tokens.ServiceAccountAsync(app, organization);
        var his = await Tokens.AccessAsync(app, bob.Id, "bob's", "user_app_keys");
        var hers = await Tokens.AccessAsync(app, organization.Admin.Id, "ann's", "user_app_keys");
        var robots = await Tokens.AccessAsync(app, robot, "robot's", "user_app_keys");

        // Standard: sees everybody's, edits own.
        var key = await app.IssueApplicationKeyAsync(bob, "all");
        var standard = ApiCaller.With(app, organization.ApiKey.Secret, key.Secret);
        Assert.Equal(["ann's", "bob's", "robot's"], Names(await standard.GetAsync(Root)));
        (await standard.GetAsync($"{Root}/{hers.Id}")).Must(HttpStatusCode.OK);
        foreach (var refused in new[]
        {
            await standard.PatchAsync($"{Root}/{hers.Id}", Type, hers.Id.ToString(), new { name = "mine" }),
            await standard.DeleteAsync($"{Root}/{hers.Id}"),
        })
        {
            Assert.Contains("org_app_keys_write", refused.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }

        // With user_app_keys alone: others' tokens are not there.
        var own = new ApiCaller(app, ("Authorization", $"Bearer {his.Secret}"));
        Assert.Equal(["bob's"], Names(await own.GetAsync(Root)));
        Assert.Empty(Names(await own.GetAsync($"{Root}?filter[owned_by]={organization.Admin.Id}")));
        foreach (var missing in new[]
        {
            await own.GetAsync($"{Root}/{hers.Id}"),
            await own.SendTextAsync(HttpMethod.Patch, $"{Root}/{hers.Id}", "{"),
            await own.DeleteAsync($"{Root}/{hers.Id}"),
        })
        {
            missing.Must(HttpStatusCode.NotFound);
        }

        (await own.PatchAsync($"{Root}/{his.Id}", Type, his.Id.ToString(), new { name = "bob's own" }))
            .Must(HttpStatusCode.OK);

        // An admin: everybody's.
        (await ann.PatchAsync($"{Root}/{his.Id}", Type, his.Id.ToString(), new { scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.OK);
        (await ann.DeleteAsync($"{Root}/{robots.Id}")).Must(HttpStatusCode.NoContent);

        var reader = await app.AddPersonAsync(organization, $"r@{organization.Slug}.example", role: Role.ReadOnlyName);
        var readers = await app.IssueApplicationKeyAsync(reader, "none");
        Assert.Contains(
            "user_app_keys or org_app_keys_read",
            (await ApiCaller.With(app, organization.ApiKey.Secret, readers.Secret).GetAsync(Root))
                .Must(HttpStatusCode.Forbidden).Errors[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_has_tokens_of_people_and_service_accounts_pages_sorts_and_filters()
    {
        var (ann, organization) = await AdminAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var robot = await Tokens.ServiceAccountAsync(app, organization);
        await Tokens.AccessAsync(app, organization.Admin.Id, "c", "user_app_keys");
        await Tokens.AccessAsync(app, bob.Id, "alpha", "user_app_keys");
        await Tokens.AccessAsync(app, robot, "b", "user_app_keys");
        await Tokens.AccessAsync(app, (await AdminAsync()).Organization.Admin.Id, "another organization's", "user_app_keys");

        var all = (await ann.GetAsync($"{Root}?page[size]=2")).Must(HttpStatusCode.OK);
        Assert.Equal("application/vnd.api+json", all.ContentType);
        Assert.Equal((3, "alpha,b"), (TotalOf(all), string.Join(',', Names(all))));
        Assert.Equal(("service_account", robot.ToString()), OwnerOf(all.Data[1]));
        Assert.StartsWith(
            "scsat_", all.Data[1].GetProperty("attributes").GetProperty("public_portion").GetString(), StringComparison.Ordinal);
        Assert.Equal(["c"], Names(await ann.GetAsync($"{Root}?page[size]=2&page[number]=1")));
        Assert.Equal(["c", "b", "alpha"], Names(await ann.GetAsync($"{Root}?sort=-name")));
        Assert.Equal(["c", "alpha", "b"], Names(await ann.GetAsync($"{Root}?sort=created_at")));
        Assert.Equal("b", Names(await ann.GetAsync($"{Root}?sort=expires_at"))[^1]);
        Assert.Equal(3, Names(await ann.GetAsync($"{Root}?sort=-last_used_at")).Length);
        Assert.Equal(["alpha"], Names(await ann.GetAsync($"{Root}?filter=ALPHA")));
        Assert.Equal(["alpha"], Names(await ann.GetAsync($"{Root}?filter[owned_by]={bob.Id}")));
        var two = await ann.GetAsync($"{Root}?filter[owned_by]={bob.Id}&filter[owned_by]={robot}");
        Assert.Equal((2, "alpha,b"), (TotalOf(two), string.Join(',', Names(two))));
        Assert.Equal(2, TotalOf(await ann.GetAsync($"{Root}?filter[owned_by]={bob.Id},{robot}")));
        Assert.Empty(Names(await ann.GetAsync($"{Root}?filter[owned_by]=nobody")));
        (await ann.GetAsync($"{Root}?sort=last4")).Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_page_of_the_list_costs_the_same_statements_however_many_tokens_and_owners_there_are()
    {
        var (ann, organization) = await AdminAsync();
        await Tokens.AccessAsync(app, organization.Admin.Id, "first", "user_app_keys");
        await StatementsOfAsync(); // The first call asks what the credentials are worth; later ones remember it.
        var few = await StatementsOfAsync();
        foreach (var number in Enumerable.Range(1, 8))
        {
            var robot = await Tokens.ServiceAccountAsync(app, organization, $"robot-{number}");
            await Tokens.AccessAsync(app, robot, $"token {number}", "user_app_keys");
        }

        Assert.Equal(few, await StatementsOfAsync());
        Assert.InRange(few, 1, 5);

        async Task<int> StatementsOfAsync()
        {
            using var statements = new Statements();
            (await ann.SendAsync(HttpMethod.Get, Root, traceParent: statements.TraceParent)).Must(HttpStatusCode.OK);
            return statements.TextsAfterKeys.Count;
        }
    }

    private static string[] Names(ApiCaller.Answer answer) =>
        [.. answer.Data.EnumerateArray().Select(token => token.GetProperty("attributes").GetProperty("name").GetString()!)];

    private static int TotalOf(ApiCaller.Answer answer) =>
        answer.Json.GetProperty("meta").GetProperty("page").GetProperty("total_filtered_count").GetInt32();

    private static (string?, string?) OwnerOf(JsonElement token)
    {
        var owner = token.GetProperty("relationships").GetProperty("owned_by").GetProperty("data");
        return (owner.GetProperty("type").GetString(), owner.GetProperty("id").GetString());
    }

    private object Wanted(string name, params string[] scopes) =>
        new { name, scopes = scopes.Length == 0 ? ["user_app_keys"] : scopes, expires_at = app.Now.AddDays(2) };

    private async Task<(ApiCaller Admin, TestOrganization Organization)> AdminAsync()
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync($"Tokens {number}", $"ann@tokens-{number}.example");
        return (ApiCaller.AdminOf(app, organization), organization);
    }
}
