using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Api;

/// <summary>Application keys by Datadog's v2 API: everybody's and one's own; and what v1 says of them.</summary>
public sealed class ApplicationKeysApiTests(App app) : IClassFixture<App>
{
    private const string Type = "application_keys";
    private const string All = "/api/v2/application_keys";
    private const string Own = "/api/v2/current_user/application_keys";

    [Fact]
    public async Task An_own_key_is_made_used_read_edited_and_revoked()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = (await admin.PostAsync(Own, Type, new { name = " deploys ", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created);
        var secret = made.Attribute("key").GetString()!;
        Assert.Equal(40, secret.Length);
        Assert.Equal("deploys", made.Attribute("name").GetString());
        Assert.Equal(secret[^4..], made.Attribute("last4").GetString());
        Assert.Equal("""["api_keys_read"]""", made.Attribute("scopes").GetRawText());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$", made.Attribute("created_at").GetString());
        foreach (var name in new[] { "last_used_at", "last_used_address", "last_used_client", "expires_at" })
        {
            Assert.Equal(JsonValueKind.Null, made.Attribute(name).ValueKind);
        }

        Assert.False(made.Data.GetProperty("attributes").TryGetProperty("modified_at", out _));
        Assert.Equal(organization.Admin.Id.ToString(), OwnerOf(made.Data));
        Assert.Equal(JsonValueKind.Null, LeakOf(made.Data).ValueKind);
        var key = ApiCaller.With(app, organization.ApiKey.Secret, secret);
        (await key.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);

        var read = (await admin.GetAsync($"{Own}/{made.Id}")).Must(HttpStatusCode.OK);
        Assert.Equal(organization.Admin.Id.ToString(), OwnerOf(read.Data));
        var end = app.Now.AddDays(30);
        var edited = (await admin.PatchAsync($"{Own}/{made.Id}", Type, made.Id, new { name = "ci", expires_at = end }))
            .Must(HttpStatusCode.OK);
        Assert.Equal("ci", edited.Attribute("name").GetString());
        Assert.Equal("""["api_keys_read"]""", edited.Attribute("scopes").GetRawText());
        Assert.Equal(end, edited.Attribute("expires_at").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.All(new[] { read, edited }, answer => Assert.DoesNotContain("\"key\"", answer.Text, StringComparison.Ordinal));

        (await admin.DeleteAsync($"{Own}/{made.Id}")).Must(HttpStatusCode.NoContent);
        (await key.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.Forbidden);
        await IsGoneAsync(admin, Own, made.Id);
        await IsGoneAsync(admin, All, made.Id);
    }

    [Fact]
    public async Task Everybodys_keys_are_read_edited_and_revoked_but_never_shown()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var his = await app.IssueApplicationKeyAsync(bob, "his");
        var path = $"{All}/{his.Id}";
        var read = (await admin.GetAsync($"{path}?include=owned_by")).Must(HttpStatusCode.OK);
        Assert.Equal(bob.Id.ToString(), OwnerOf(read.Data));
        Assert.Equal(bob.Id.ToString(), read.Json.GetProperty("included")[0].GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, read.Attribute("scopes").ValueKind);
        var edited = (await admin.PatchAsync(path, Type, his.Id.ToString(), new { scopes = new[] { "user_app_keys" } }))
            .Must(HttpStatusCode.OK);
        Assert.Equal("his", edited.Attribute("name").GetString());
        Assert.Equal("""["user_app_keys"]""", edited.Attribute("scopes").GetRawText());
        Assert.All(new[] { read, edited }, answer => Assert.DoesNotContain("\"key\"", answer.Text, StringComparison.Ordinal));
        (await admin.GetAsync($"{Own}/{his.Id}")).Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NoContent);
        await IsGoneAsync(admin, All, his.Id.ToString());
    }

    [Fact]
    public async Task The_list_pages_sorts_filters_and_counts_everybodys_keys()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        foreach (var name in new[] { "beta", "alpha" })
        {
            await app.IssueApplicationKeyAsync(bob, name);
        }

        await app.IssueApplicationKeyAsync(organization.Admin, "gamma_1");
        var all = (await admin.GetAsync(All)).Must(HttpStatusCode.OK);
        Assert.Equal(["alpha", "beta", "gamma_1", "main"], all.Names());
        Assert.Equal(4, all.Total());
        Assert.Equal(1000, all.Json.GetProperty("meta").GetProperty("max_allowed_per_user").GetInt32());
        Assert.Equal(bob.Id.ToString(), OwnerOf(all.Data[0]));
        Assert.DoesNotContain("\"key\"", all.Text, StringComparison.Ordinal);
        Assert.Equal(["gamma_1", "main"], (await admin.GetAsync($"{All}?page[size]=2&page[number]=1")).Names());
        Assert.Equal(["main", "gamma_1"], (await admin.GetAsync($"{All}?sort=-name&page[size]=2")).Names());
        Assert.Equal(["main", "beta", "alpha", "gamma_1"], (await admin.GetAsync($"{All}?sort=created_at")).Names());
        Assert.Equal(4, (await admin.GetAsync($"{All}?sort=last4&page[size]=5000")).Names().Length);
        Assert.Equal(["gamma_1"], (await admin.GetAsync($"{All}?filter=MA_")).Names());
        Assert.Empty((await admin.GetAsync($"{All}?filter[created_at][end]=2001-01-01T00:00:00Z")).Names());
        Assert.Equal(4, (await admin.GetAsync($"{All}?filter[created_at][start]=2001-01-01T00:00:00Z")).Total());
        var bobs = await admin.GetAsync($"{All}?filter[owned_by]={bob.Id}");
        Assert.Equal(["alpha", "beta"], bobs.Names());
        Assert.Equal(2, bobs.Total());
        Assert.Equal(4, (await admin.GetAsync($"{All}?filter[owned_by]={bob.Id},{organization.Admin.Id}")).Total());
        Assert.Empty((await admin.GetAsync($"{All}?filter[owned_by]=nobody")).Names());
    }

    [Fact]
    public async Task The_own_list_holds_own_keys_only_and_does_not_say_whose_they_are()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        await app.IssueApplicationKeyAsync(bob, "his");
        var own = (await admin.GetAsync($"{Own}?filter[owned_by]={bob.Id}")).Must(HttpStatusCode.OK);
        Assert.Equal(["main"], own.Names());
        Assert.Equal(1, own.Total());
        Assert.False(own.Data[0].GetProperty("relationships").TryGetProperty("owned_by", out _));
        Assert.True(own.Data[0].GetProperty("relationships").TryGetProperty("leak_information", out _));
    }

    [Fact]
    public async Task A_leaked_key_says_so_and_where_it_was_seen()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var leaked = await app.IssueApplicationKeyAsync(organization.Admin, "leaked");
        await app.ReportAsync(new Match(leaked.Secret, "https://github.example/acme", Type: "safetycenter_application_key"));
        var list = (await admin.GetAsync($"{All}?include=leak_information,owned_by")).Must(HttpStatusCode.OK);
        var alert = LeakOf(list.Data[0]).GetProperty("id").GetString();
        Assert.Equal(JsonValueKind.Null, LeakOf(list.Data[1]).ValueKind);
        var included = list.Json.GetProperty("included").EnumerateArray().ToLookup(item => item.GetProperty("type").GetString());
        var leak = Assert.Single(included["leaked_keys"]);
        Assert.Equal(alert, leak.GetProperty("id").GetString());
        Assert.Equal(
            "https://github.example/acme", leak.GetProperty("attributes").GetProperty("leak_source").GetString());
        Assert.Equal(
            organization.Admin.Id.ToString(), Assert.Single(included["users"]).GetProperty("id").GetString());
        (await admin.DeleteAsync($"{All}/{leaked.Id}")).Must(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_key_tells_when_from_where_and_with_what_it_was_last_used()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var used = await app.IssueApplicationKeyAsync(organization.Admin, "used");
        var caller = new ApiCaller(
            app,
            ("DD-API-KEY", organization.ApiKey.Secret),
            ("DD-APPLICATION-KEY", used.Secret),
            ("User-Agent", "deployer/1.0"));
        (await caller.GetAsync(Own)).Must(HttpStatusCode.OK);
        await Eventually.IsTrueAsync(
            async () => (await ReadAsync()).Attribute("last_used_at").ValueKind == JsonValueKind.String, "a use that is told");
        var read = await ReadAsync();
        Assert.Equal("127.0.0.1", read.Attribute("last_used_address").GetString());
        Assert.Equal("deployer/1.0", read.Attribute("last_used_client").GetString());

        async Task<ApiCaller.Answer> ReadAsync() => (await admin.GetAsync($"{Own}/{used.Id}")).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pages_of_keys_with_the_same_name_never_overlap()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        await IssueManyAsync(organization, 6, "same");
        var ids = new HashSet<string>();
        for (var page = 0; page < 4; page++)
        {
            var answer = await admin.GetAsync($"{All}?sort=-name&page[size]=2&page[number]={page}");
            ids.UnionWith(answer.Data.EnumerateArray().Select(key => key.GetProperty("id").GetString()!));
        }

        Assert.Equal(7, ids.Count);
    }

    [Theory]
    [InlineData("page[size]=x")]
    [InlineData("page[number]=-1")]
    [InlineData("sort=modified_at")]
    [InlineData("include=created_by")]
    [InlineData("filter[created_at][start]=yesterday")]
    public async Task A_list_that_cannot_be_is_refused_with_a_sentence(string query)
    {
        var (admin, _) = await app.NewOrganizationAsync();
        Assert.NotEmpty((await admin.GetAsync($"{All}?{query}")).Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.NotEmpty((await admin.GetAsync($"{Own}?{query}")).Must(HttpStatusCode.BadRequest).Errors[0]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"data":{"type":"api_keys","attributes":{"name":"wrong type"}}}""")]
    [InlineData("""{"data":{"type":"application_keys"}}""")]
    [InlineData("""{"data":{"type":"application_keys","attributes":{"name":7}}}""")]
    [InlineData("""{"data":{"type":"application_keys","attributes":{"name":"x","scopes":"api_keys_read"}}}""")]
    [InlineData("""{"data":{"type":"application_keys","attributes":{"name":"x","scopes":[7]}}}""")]
    [InlineData("""{"data":{"type":"application_keys","attributes":{"name":"x","expires_at":"2001-01-01T00:00:00Z"}}}""")]
    public async Task A_body_that_cannot_be_is_refused_and_makes_nothing(string body)
    {
        var (admin, _) = await app.NewOrganizationAsync();
        Assert.NotEmpty((await admin.SendTextAsync(HttpMethod.Post, Own, body)).Must(HttpStatusCode.BadRequest).Errors[0]);
        Assert.Equal(1, (await admin.GetAsync(Own)).Total());
    }

    [Fact]
    public async Task Null_and_no_scopes_at_all_mean_unscoped_and_scopes_that_are_not_sent_stay()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        foreach (var scopes in new[] { null, Array.Empty<string>() })
        {
            var made = (await admin.PostAsync(Own, Type, new { name = "x", scopes })).Must(HttpStatusCode.Created);
            Assert.Equal(JsonValueKind.Null, made.Attribute("scopes").ValueKind);
            var path = $"{Own}/{made.Id}";
            (await admin.PatchAsync(path, Type, made.Id, new { scopes = new[] { "api_keys_read" } })).Must(HttpStatusCode.OK);
            var kept = (await admin.PatchAsync(path, Type, made.Id, new { name = "y" })).Must(HttpStatusCode.OK);
            Assert.Equal("""["api_keys_read"]""", kept.Attribute("scopes").GetRawText());
            var lifted = (await admin.PatchAsync(path, Type, made.Id, new { scopes })).Must(HttpStatusCode.OK);
            Assert.Equal(JsonValueKind.Null, lifted.Attribute("scopes").ValueKind);
        }
    }

    [Fact]
    public async Task An_end_is_set_moved_and_lifted_and_what_has_expired_is_not_found()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = (await admin.PostAsync(Own, Type, new { name = "short", expires_at = app.Now.AddHours(1) }))
            .Must(HttpStatusCode.Created);
        var path = $"{Own}/{made.Id}";
        Assert.Equal(JsonValueKind.String, made.Attribute("expires_at").ValueKind);
        var lifted = await admin.PatchAsync(path, Type, made.Id, new { expires_at = (string?)null });
        Assert.Equal(JsonValueKind.Null, lifted.Must(HttpStatusCode.OK).Attribute("expires_at").ValueKind);
        (await admin.PatchAsync(path, Type, made.Id, new { expires_at = app.Now.AddHours(-1) })).Must(HttpStatusCode.BadRequest);

        // Nobody has come round yet to end it.
        await app.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $"UPDATE credentials SET expires_at = {app.Now.AddMinutes(-1)} WHERE id = {Guid.Parse(made.Id)}"));
        await IsGoneAsync(admin, Own, made.Id);
        await IsGoneAsync(admin, All, made.Id);
        Assert.Equal([organization.ApplicationKey.Name], (await admin.GetAsync(All)).Names());
    }

    [Fact]
    public async Task Somebody_elses_key_and_no_key_at_all_are_not_found_before_the_body_is_looked_at()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, other) = await app.NewOrganizationAsync();
        foreach (var id in new[] { other.ApplicationKey.Id.ToString(), Guid.NewGuid().ToString(), "invalidId" })
        {
            await IsGoneAsync(admin, Own, id);
            await IsGoneAsync(admin, All, id);
        }

        var mine = organization.ApplicationKey.Id.ToString();
        Assert.NotEmpty((await admin.PatchAsync($"{All}/{mine}", Type, Guid.NewGuid().ToString(), new { name = "x" }))
            .Must(HttpStatusCode.BadRequest).Errors[0]);
    }

    [Fact]
    public async Task Read_Only_people_are_told_that_they_need_user_app_keys_for_keys_of_their_own()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var rita = await app.AddPersonAsync(
            organization, $"rita@{organization.Slug}.example", "Rita Reader", Role.ReadOnlyName);
        var caller = await app.CallerAsync(organization, rita);
        foreach (var answer in new[] { await caller.GetAsync(Own), await caller.PostAsync(Own, Type, new { name = "x" }) })
        {
            Assert.Contains("user_app_keys", answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        }

        Assert.Contains(
            "org_app_keys_read", (await caller.GetAsync(All)).Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_the_list_costs_the_same_statements_however_many_keys_there_are()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        await StatementsOfAsync(); // The first call asks what the credentials are worth; later ones remember it.
        var few = await StatementsOfAsync();
        await IssueManyAsync(organization, 300, "many");
        Assert.Equal(few, await StatementsOfAsync());
        Assert.InRange(few, 1, 6);
        Assert.Equal(301, (await admin.GetAsync(All)).Total());

        async Task<int> StatementsOfAsync()
        {
            using var statements = new Statements();
            (await admin.SendAsync(
                HttpMethod.Get, $"{All}?include=owned_by", traceParent: statements.TraceParent)).Must(HttpStatusCode.OK);
            return statements.TextsAfterKeys.Count;
        }
    }

    [Theory]
    [InlineData("/api/v1/api_key")]
    [InlineData("/api/v1/api_key/0123456789abcdef0123456789abcdef")]
    [InlineData("/api/v1/application_key")]
    [InlineData("/api/v1/application_key/some/thing/deeper")]
    public async Task The_v1_key_endpoints_point_to_v2_without_asking_anybody_or_anything(string path)
    {
        foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE" })
        {
            using var statements = new Statements();
            var answer = await new ApiCaller(app).SendAsync(
                new HttpMethod(method), path, traceParent: statements.TraceParent);
            Assert.Contains("v2", answer.Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
            Assert.Empty(statements.Texts);
        }
    }

    private static async Task IsGoneAsync(ApiCaller caller, string keys, string id)
    {
        foreach (var answer in new[]
        {
            await caller.GetAsync($"{keys}/{id}"),
            await caller.DeleteAsync($"{keys}/{id}"),
            await caller.SendTextAsync(HttpMethod.Patch, $"{keys}/{id}", "{"),
        })
        {
            Assert.Equal(["Application key not found"], answer.Must(HttpStatusCode.NotFound).Errors);
        }
    }

    private static string? OwnerOf(JsonElement key) =>
        key.GetProperty("relationships").GetProperty("owned_by").GetProperty("data").GetProperty("id").GetString();

    private static JsonElement LeakOf(JsonElement key) =>
        key.GetProperty("relationships").GetProperty("leak_information").GetProperty("data");

    private Task<int> IssueManyAsync(TestOrganization organization, int count, string name) =>
        app.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $$"""
            INSERT INTO credentials (id, kind, organization_id, owner_id, name, hash, last4, scopes, created_at, tracked_since)
            SELECT gen_random_uuid(), 'application_key', {{organization.Id.Value}}, {{organization.Admin.Id.Value}}, {{name}},
                   sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'abcd', '{}', {{app.Now}}, {{app.Now}}
            FROM generate_series(1, {{count}})
            """));
}
