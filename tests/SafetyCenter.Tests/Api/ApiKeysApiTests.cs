using System.Net;
using System.Text.Json;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>API keys by Datadog's v2 API: good calls, bad calls, and other people's.</summary>
public sealed class ApiKeysApiTests(App app) : IClassFixture<App>
{
    private const string Keys = "/api/v2/api_keys";

    private static int _organizations;

    [Fact]
    public async Task A_key_is_made_read_renamed_and_revoked()
    {
        var (admin, organization) = await AdminAsync();
        var made = (await admin.PostAsync(Keys, "api_keys", new { name = " ci-prod " })).Must(HttpStatusCode.Created);
        var secret = made.Attribute("key").GetString()!;
        Assert.Matches("^[0-9a-f]{32}$", secret);
        Assert.Equal("ci-prod", made.Attribute("name").GetString());
        Assert.Equal(secret[^4..], made.Attribute("last4").GetString());
        Assert.Equal("default", made.Attribute("category").GetString());
        Assert.Equal(JsonValueKind.Null, made.Attribute("date_last_used").ValueKind);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$", made.Attribute("created_at").GetString());
        Assert.Equal(
            organization.Admin.Id.ToString(),
            made.Data.GetProperty("relationships").GetProperty("created_by").GetProperty("data").GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.OK, (await new ApiCaller(app, ("DD-API-KEY", secret)).GetAsync("/verify")).Status);

        var read = (await admin.GetAsync($"{Keys}/{made.Id}")).Must(HttpStatusCode.OK);
        Assert.False(read.Data.GetProperty("attributes").TryGetProperty("key", out _));
        var renamed = (await admin.PatchAsync($"{Keys}/{made.Id}", "api_keys", made.Id, new { name = "ci", category = "builds" }))
            .Must(HttpStatusCode.OK);
        Assert.Equal("ci", renamed.Attribute("name").GetString());
        Assert.Equal("builds", renamed.Attribute("category").GetString());
        Assert.NotEqual(renamed.Attribute("created_at").GetString(), renamed.Attribute("modified_at").GetString());

        (await admin.DeleteAsync($"{Keys}/{made.Id}")).Must(HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.Forbidden, (await new ApiCaller(app, ("DD-API-KEY", secret)).GetAsync("/verify")).Status);
        foreach (var gone in new[]
        {
            await admin.GetAsync($"{Keys}/{made.Id}"),
            await admin.DeleteAsync($"{Keys}/{made.Id}"),
            await admin.PatchAsync($"{Keys}/{made.Id}", "api_keys", made.Id, new { name = "again" }),
        })
        {
            Assert.Equal(["API key not found"], gone.Must(HttpStatusCode.NotFound).Errors);
        }
    }

    [Fact]
    public async Task A_list_pages_sorts_filters_and_counts_without_secrets()
    {
        var (admin, organization) = await AdminAsync();
        foreach (var name in new[] { "beta", "alpha", "gamma_1", "gamma%2" })
        {
            await app.IssueApiKeyAsync(organization, name);
        }

        var first = (await admin.GetAsync($"{Keys}?page[size]=2&page[number]=0")).Must(HttpStatusCode.OK);
        Assert.Equal(["alpha", "beta"], Names(first));
        Assert.Equal(["gamma%2", "gamma_1"], Names(await admin.GetAsync($"{Keys}?page[size]=2&page[number]=1")));
        Assert.Equal(["main"], Names(await admin.GetAsync($"{Keys}?page[size]=2&page[number]=2")));
        Assert.Empty(Names(await admin.GetAsync($"{Keys}?page[size]=2&page[number]=99999999999999999999")));
        Assert.Equal(5, Names(await admin.GetAsync($"{Keys}?page[size]=5000")).Length);
        Assert.Equal("main", Names(await admin.GetAsync($"{Keys}?sort=-name"))[0]);
        Assert.Equal("main", Names(await admin.GetAsync($"{Keys}?sort=created_at"))[0]);
        Assert.Equal(["gamma_1"], Names(await admin.GetAsync($"{Keys}?filter=MA_")));
        Assert.Equal(["gamma%2"], Names(await admin.GetAsync($"{Keys}?filter=%25")));
        Assert.Empty(Names(await admin.GetAsync($"{Keys}?filter[created_at][end]=2001-01-01T00:00:00Z")));
        Assert.Equal(50, first.Json.GetProperty("meta").GetProperty("max_allowed").GetInt32());
        Assert.Equal(5, TotalOf(first));
        Assert.Equal(1, TotalOf(await admin.GetAsync($"{Keys}?filter=alpha")));
        Assert.DoesNotContain("\"key\"", first.Text, StringComparison.Ordinal);
        var included = (await admin.GetAsync($"{Keys}?include=created_by,modified_by")).Json.GetProperty("included");
        Assert.Equal("ann", included[0].GetProperty("attributes").GetProperty("email").GetString()!.Split('@')[0]);
    }

    [Theory]
    [InlineData("page[size]=x")]
    [InlineData("page[size]=-1")]
    [InlineData("page[size]=0")]
    [InlineData("page[number]=-1")]
    [InlineData("page[number]=1.5")]
    [InlineData("sort=color")]
    [InlineData("include=color")]
    [InlineData("filter[created_at][start]=yesterday")]
    [InlineData("filter[remote_config_read_enabled]=perhaps")]
    public async Task A_list_that_cannot_be_is_refused_with_a_sentence(string query)
    {
        var (admin, _) = await AdminAsync();
        Assert.NotEmpty((await admin.GetAsync($"{Keys}?{query}")).Must(HttpStatusCode.BadRequest).Errors[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":{"attributes":{"name":"no type"}}}""")]
    [InlineData("""{"data":{"type":"application_keys","attributes":{"name":"wrong type"}}}""")]
    [InlineData("""{"data":{"type":"api_keys"}}""")]
    [InlineData("""{"data":{"type":"api_keys","attributes":[]}}""")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":7}}}""")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":"  "}}}""")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":"a\u0000b"}}}""")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":"a\ud800b"}}}""")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":"x","remote_config_read_enabled":"yes"}}}""")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":"x","expires_at":"2001-01-01T00:00:00Z"}}}""")]
    public async Task A_body_that_cannot_be_is_refused_and_makes_nothing(string body)
    {
        var (admin, _) = await AdminAsync();
        Assert.NotEmpty((await admin.SendTextAsync(HttpMethod.Post, Keys, body)).Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.Equal(1, TotalOf(await admin.GetAsync(Keys)));
    }

    [Fact]
    public async Task Members_that_we_do_not_know_are_passed_over_and_names_are_unique_among_active_keys()
    {
        var (admin, _) = await AdminAsync();
        var made = (await admin.SendAsync(HttpMethod.Post, Keys, new
        {
            data = new { type = "api_keys", color = "red", attributes = new { name = "one", owner = "me" } },
            more = true,
        })).Must(HttpStatusCode.Created);
        var again = await admin.PostAsync(Keys, "api_keys", new { name = "one" });
        Assert.Contains("one", again.Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
        (await admin.PostAsync(Keys, "api_keys", new { name = "One" })).Must(HttpStatusCode.Created);
        (await admin.DeleteAsync($"{Keys}/{made.Id}")).Must(HttpStatusCode.NoContent);
        (await admin.PostAsync(Keys, "api_keys", new { name = "one" })).Must(HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_last_key_without_an_end_can_be_neither_revoked_nor_given_an_end()
    {
        var (admin, organization) = await AdminAsync();
        var last = organization.ApiKey.Id.ToString();
        var ending = (await admin.PostAsync(
            Keys, "api_keys", new { name = "ending", expires_at = app.Now.AddDays(2) })).Must(HttpStatusCode.Created);
        Assert.NotEmpty((await admin.DeleteAsync($"{Keys}/{last}")).Must(HttpStatusCode.Forbidden).Errors[0]);
        var noEnd = await admin.PatchAsync($"{Keys}/{last}", "api_keys", last, new { expires_at = app.Now.AddDays(2) });
        Assert.NotEmpty(noEnd.Must(HttpStatusCode.Forbidden).Errors[0]);
        (await admin.DeleteAsync($"{Keys}/{ending.Id}")).Must(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task At_most_fifty_keys_are_active()
    {
        var (admin, organization) = await AdminAsync();
        await app.IssueManyAsync(organization, 49);
        var refused = await admin.PostAsync(Keys, "api_keys", new { name = "one too many" });
        Assert.Contains(
            "You have exceeded the maximum number of permitted API keys",
            refused.Must(HttpStatusCode.BadRequest).Errors[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_elses_key_and_no_key_at_all_are_not_found_before_the_body_is_looked_at()
    {
        var (admin, _) = await AdminAsync();
        var (_, other) = await AdminAsync();
        foreach (var id in new[] { other.ApiKey.Id.ToString(), Guid.NewGuid().ToString(), "invalidId", "..%2F" })
        {
            (await admin.GetAsync($"{Keys}/{id}")).Must(HttpStatusCode.NotFound);
            (await admin.DeleteAsync($"{Keys}/{id}")).Must(HttpStatusCode.NotFound);
            (await admin.SendTextAsync(HttpMethod.Patch, $"{Keys}/{id}", "{")).Must(HttpStatusCode.NotFound);
        }

        var (own, organization) = await AdminAsync();
        var mine = organization.ApiKey.Id.ToString();
        Assert.NotEmpty((await own.PatchAsync($"{Keys}/{mine}", "api_keys", Guid.NewGuid().ToString(), new { name = "x" }))
            .Must(HttpStatusCode.BadRequest).Errors[0]);
    }

    [Fact]
    public async Task Who_lacks_a_permission_or_a_scope_is_told_which()
    {
        var (_, organization) = await AdminAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var his = await app.IssueApplicationKeyAsync(bob, "his");
        var standard = ApiCaller.With(app, organization.ApiKey.Secret, his.Secret);
        (await standard.GetAsync(Keys)).Must(HttpStatusCode.OK);
        Assert.Contains(
            "api_keys_write",
            (await standard.PostAsync(Keys, "api_keys", new { name = "x" })).Must(HttpStatusCode.Forbidden).Errors[0],
            StringComparison.Ordinal);

        var narrow = await app.IssueApplicationKeyAsync(organization.Admin, "narrow", "api_keys_read");
        var scoped = ApiCaller.With(app, organization.ApiKey.Secret, narrow.Secret);
        (await scoped.GetAsync(Keys)).Must(HttpStatusCode.OK);
        Assert.Contains(
            "api_keys_write among the scopes",
            (await scoped.PostAsync(Keys, "api_keys", new { name = "x" })).Must(HttpStatusCode.Forbidden).Errors[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_the_list_costs_the_same_statements_however_many_keys_there_are()
    {
        var (admin, organization) = await AdminAsync();
        await StatementsOfAsync(); // The first call asks what the credentials are worth; later ones remember it.
        var few = await StatementsOfAsync();
        await app.IssueManyAsync(organization, 300);
        Assert.Equal(few, await StatementsOfAsync());
        Assert.InRange(few, 1, 6);

        async Task<int> StatementsOfAsync()
        {
            using var statements = new Statements();
            (await admin.SendAsync(
                HttpMethod.Get, $"{Keys}?include=created_by", traceParent: statements.TraceParent)).Must(HttpStatusCode.OK);
            return statements.TextsAfterKeys.Count;
        }
    }

    private static string[] Names(ApiCaller.Answer answer) =>
        [.. answer.Data.EnumerateArray().Select(key => key.GetProperty("attributes").GetProperty("name").GetString()!)];

    private static int TotalOf(ApiCaller.Answer answer) =>
        answer.Json.GetProperty("meta").GetProperty("page").GetProperty("total_filtered_count").GetInt32();

    private async Task<(ApiCaller Admin, TestOrganization Organization)> AdminAsync()
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync($"Keys {number}", $"ann@keys-{number}.example");
        return (ApiCaller.AdminOf(app, organization), organization);
    }
}
