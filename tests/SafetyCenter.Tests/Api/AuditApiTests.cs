using System.Globalization;
using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>The audit trail by Datadog's v2 API.</summary>
public sealed class AuditApiTests(App app, TestPostgres postgres) : IClassFixture<App>
{
    private const string Events = "/api/v2/audit/events";
    private const string SearchAddress = "/api/v2/audit/events/search";

    private static int _organizations;

    [Fact]
    public async Task An_event_has_the_form_that_Datadogs_clients_read()
    {
        var (admin, organization) = await AdminAsync();
        var made = await admin.PostAsync("/api/v2/api_keys", "api_keys", new { name = "ci" });
        await admin.PatchAsync($"/api/v2/api_keys/{made.Id}", "api_keys", made.Id, new { name = "ci 2" });
        var answer = (await admin.GetAsync($"{Events}?page[limit]=1")).Must(HttpStatusCode.OK);
        Assert.Equal("application/json", answer.ContentType);
        var resource = Assert.Single(answer.Data.EnumerateArray());
        Assert.Equal("audit", resource.GetProperty("type").GetString());
        var outer = resource.GetProperty("attributes");
        Assert.Equal(["timestamp", "message", "service", "tags", "attributes"], Names(outer));
        Assert.Equal("Ann Admin renamed API key “ci 2”.", outer.GetProperty("message").GetString());
        Assert.InRange(
            DateTimeOffset.Parse(outer.GetProperty("timestamp").GetString()!, CultureInfo.InvariantCulture),
            app.Now.AddMinutes(-5),
            app.Now);
        var row = (await app.EventsAsync(organization))[^1];
        Assert.Equal(row.Id.ToString(), resource.GetProperty("id").GetString());
        AssertJson(
            $$$"""
            {
              "evt": {"name": "Authentication", "actor": {"type": "USER"}},
              "event": "renamed",
              "action": "modified",
              "asset": {"type": "api_key", "id": "{{{made.Id}}}", "name": "ci 2"},
              "org": {"uuid": "{{{organization.Id}}}"},
              "usr": {"id": "{{{organization.Admin.Id}}}", "uuid": "{{{organization.Admin.Id}}}",
                      "email": "{{{organization.Admin.Email}}}", "name": "Ann Admin"},
              "auth_method": "API + App Key",
              "http": {"method": "PATCH", "useragent": "", "url_details": {"path": "/api/v2/api_keys/{{{made.Id}}}"}},
              "network": {"client": {"ip": "127.0.0.1"}},
              "metadata": {"credential": {"id": "{{{organization.ApplicationKey.Id}}}", "name": "main"}},
              "changes": {"name": {"after": "ci 2", "before": "ci"}}
            }
            """,
            outer.GetProperty("attributes"));
        var meta = answer.Json.GetProperty("meta");
        Assert.Equal("done", meta.GetProperty("status").GetString());
        Assert.Equal(0, meta.GetProperty("warnings").GetArrayLength());
        Assert.NotEmpty(meta.GetProperty("request_id").GetString()!);
        Assert.True(meta.GetProperty("elapsed").GetInt64() >= 0);
    }

    [Fact]
    public async Task Nothing_found_is_an_empty_list_and_nothing_else()
    {
        var (admin, _) = await AdminAsync();
        Assert.Equal("""{"data":[]}""", (await admin.GetAsync($"{Events}?filter[query]=nobody-did-this")).Text);
        Assert.Equal(
            """{"data":[]}""",
            (await admin.SendAsync(
                HttpMethod.Post, SearchAddress, new { filter = new { to = "now-1h", from = "now-2h" } })).Text);
    }

    [Fact]
    public async Task Pages_follow_each_other_by_cursor_in_both_orders_and_by_both_methods()
    {
        var (admin, organization) = await AdminAsync();
        for (var number = 0; number < 7; number++)
        {
            await app.IssueApiKeyAsync(organization, $"key {number}");
        }

        var all = (await app.EventsAsync(organization)).Select(row => row.Id.ToString()).ToList();
        foreach (var (sort, expected) in new[] { ("timestamp", all), ("-timestamp", Enumerable.Reverse(all).ToList()) })
        {
            var byGet = new List<string>();
            var address = $"{Events}?sort={sort}&page[limit]=4";
            while (address is not null)
            {
                var page = (await admin.GetAsync(address)).Must(HttpStatusCode.OK);
                byGet.AddRange(Ids(page));
                address = page.Json.TryGetProperty("links", out var links) ? links.GetProperty("next").GetString() : null;
                Assert.Equal(address is not null, page.Json.GetProperty("meta").TryGetProperty("page", out _));
            }

            Assert.Equal(expected, byGet);
            var byPost = new List<string>();
            string? cursor = null;
            do
            {
                var page = (await admin.SendAsync(HttpMethod.Post, SearchAddress, new
                {
                    filter = new { query = "*", from = "now-1h", to = "now" },
                    options = new { timezone = "UTC", time_offset = 0 },
                    page = new { limit = 4, cursor },
                    sort,
                })).Must(HttpStatusCode.OK);
                byPost.AddRange(Ids(page));
                cursor = page.Json.GetProperty("meta").TryGetProperty("page", out var next)
                    ? next.GetProperty("after").GetString()
                    : null;
            }
            while (cursor is not null);
            Assert.Equal(expected, byPost);
        }

        Assert.Equal(10, Ids(await admin.GetAsync(Events)).Length);
        Assert.Equal(all.Count, Ids(await admin.GetAsync($"{Events}?page[limit]=99999999999999")).Length);
        Assert.Equal(10, Ids(await admin.SendTextAsync(HttpMethod.Post, SearchAddress, null)).Length);
    }

    [Theory]
    [InlineData("@asset.type:api_key", "ci main")]
    [InlineData("@asset.type:(api_key OR application_key) -created", "ci")]
    [InlineData("@asset.type:application_key", "main")]
    [InlineData("@action:created @asset.type:api_key", "ci main")]
    [InlineData("@action:dele*", "ci")]
    [InlineData("-@action:(created OR modified)", "ci")]
    [InlineData("event:revoked", "ci")]
    [InlineData("@evt.name:Authentication @event:revoked", "ci")]
    [InlineData("@evt.name:\"Access Management\"", "ann")]
    [InlineData("@evt.name:\"Organization Management\"", "Audit")]
    [InlineData("@evt.name:\"Security Notification\"", "")]
    [InlineData("@evt.actor.type:USER", "ci")]
    [InlineData("-@evt.actor.type:USER @asset.name:ci", "")]
    [InlineData("@auth_method:\"API + App Key\" @http.method:post", "ci")]
    [InlineData("@http.method:*", "ci")]
    [InlineData("-@http.method:* @asset.type:api_key", "main")]
    [InlineData("@http.url_details.path:/api/v2/api_keys", "ci")]
    [InlineData("@http.useragent:*", "")]
    [InlineData("@network.client.ip:127.0.0.*", "ci")]
    [InlineData("@metadata.credential.name:main", "ci")]
    [InlineData("@usr.name:\"ann admin\"", "ci")]
    [InlineData("@usr.email:ann@*", "ci")]
    [InlineData("@message:*revoked*", "ci")]
    [InlineData("@usr.id:*", "ci")]
    [InlineData("@usr.id:nonsense", "")]
    [InlineData("service:safetycenter revoked", "ci")]
    [InlineData("service:other", "")]
    [InlineData("CI revoked", "ci")]
    [InlineData("100%", "")]
    [InlineData("\"a\\\\b\"", "")]
    [InlineData("Ann -API", "ann")]
    public async Task A_query_finds_what_it_says(string query, string names)
    {
        var (admin, organization) = await AdminAsync();
        var made = await admin.PostAsync("/api/v2/api_keys", "api_keys", new { name = "ci" });
        await admin.DeleteAsync($"/api/v2/api_keys/{made.Id}");
        var found = (await admin.GetAsync($"{Events}?page[limit]=100&filter[query]={Uri.EscapeDataString(query)}"))
            .Must(HttpStatusCode.OK).Data.EnumerateArray()
            .Select(row => row.GetProperty("attributes").GetProperty("attributes").GetProperty("asset"))
            .Select(asset => asset.GetProperty("name").GetString()!.Split('@', ' ')[0])
            .Distinct().Order(StringComparer.OrdinalIgnoreCase);
        Assert.Equal(names, string.Join(' ', found));
        Assert.NotEqual(default, organization.Id);
    }

    [Fact]
    public async Task Every_field_of_the_language_can_be_asked_for_and_ids_lead_to_their_rows()
    {
        var (admin, organization) = await AdminAsync();
        foreach (var field in AuditQuery.Fields)
        {
            (await admin.GetAsync($"{Events}?filter[query]=@{field}:x")).Must(HttpStatusCode.OK);
        }

        var id = organization.ApiKey.Id;
        Assert.Single(Ids(await admin.GetAsync($"{Events}?filter[query]=@asset.id:{id}")));
        Assert.Single(Ids(await admin.GetAsync($"{Events}?filter[query]={id}")));
        await admin.PostAsync("/api/v2/api_keys", "api_keys", new { name = "ci" });
        Assert.Single(Ids(await admin.GetAsync($"{Events}?filter[query]=@usr.uuid:{organization.Admin.Id}")));
        Assert.Single(Ids(await admin.GetAsync(
            $"{Events}?filter[query]=@metadata.credential.id:{organization.ApplicationKey.Id}")));
    }

    [Fact]
    public async Task A_search_looks_at_the_last_fifteen_minutes_unless_it_says_otherwise()
    {
        var clock = new ManualClock();
        await using var own = await App.StartAsync(postgres, clock);
        var organization = await own.CreateOrganizationAsync("Past");
        var admin = ApiCaller.AdminOf(own, organization);
        var born = own.Now;
        clock.Jump(TimeSpan.FromMinutes(15));
        Assert.NotEmpty(Ids(await admin.GetAsync(Events)));
        clock.Jump(TimeSpan.FromSeconds(1));
        Assert.Empty(Ids(await admin.GetAsync(Events)));
        Assert.Empty(Ids(await admin.SendAsync(HttpMethod.Post, SearchAddress, new { })));
        foreach (var from in new[] { "now-1h", born.ToString("o").Replace("+", "%2B"), $"{born.ToUnixTimeMilliseconds()}" })
        {
            Assert.NotEmpty(Ids(await admin.GetAsync($"{Events}?filter[from]={from}")));
        }

        Assert.NotEmpty(Ids(await admin.SendAsync(
            HttpMethod.Post, SearchAddress, new { filter = new { from = born.ToUnixTimeMilliseconds() } })));
        Assert.Empty(Ids(await admin.GetAsync($"{Events}?filter[from]=now-1h&filter[to]=now-16m")));
    }

    [Theory]
    [InlineData("filter[query]=@color:red")]
    [InlineData("filter[query]=a OR b")]
    [InlineData("filter[from]=yesterday")]
    [InlineData("filter[to]=soon")]
    [InlineData("sort=color")]
    [InlineData("page[limit]=0")]
    [InlineData("page[limit]=-1")]
    [InlineData("page[limit]=x")]
    [InlineData("page[cursor]=x")]
    [InlineData("page[cursor]=9999999999999999999_00000000000000000000000000000000")]
    public async Task A_list_that_cannot_be_is_refused_with_a_sentence(string query)
    {
        var (admin, _) = await AdminAsync();
        Assert.NotEmpty((await admin.GetAsync($"{Events}?{query}")).Must(HttpStatusCode.BadRequest).Errors[0]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"filter":"x"}""")]
    [InlineData("""{"filter":{"query":["x"]}}""")]
    [InlineData("""{"filter":{"query":"\ud800"}}""")]
    [InlineData("""{"filter":{"query":"@color:red"}}""")]
    [InlineData("""{"filter":{"from":{}}}""")]
    [InlineData("""{"filter":{"to":1.5}}""")]
    [InlineData("""{"page":{"limit":0}}""")]
    [InlineData("""{"page":{"limit":1.5}}""")]
    [InlineData("""{"page":{"cursor":"x"}}""")]
    [InlineData("""{"sort":"color"}""")]
    [InlineData("""{"options":"UTC"}""")]
    public async Task A_search_that_cannot_be_is_refused_with_a_sentence(string body)
    {
        var (admin, _) = await AdminAsync();
        Assert.NotEmpty(
            (await admin.SendTextAsync(HttpMethod.Post, SearchAddress, body)).Must(HttpStatusCode.BadRequest).Errors[0]);
    }

    [Fact]
    public async Task It_takes_the_permission_and_shows_only_ones_own_organization()
    {
        var (admin, organization) = await AdminAsync();
        var (stranger, _) = await AdminAsync();
        var eve = await app.AddPersonAsync(organization, $"eve@{organization.Slug}.example", role: Role.ReadOnlyName);
        var key = await app.IssueApplicationKeyAsync(eve, "eve");
        var reader = ApiCaller.With(app, organization.ApiKey.Secret, key.Secret);
        Assert.Contains("audit_logs_read", (await reader.GetAsync(Events)).Must(HttpStatusCode.Forbidden).Errors[0]);
        Assert.Contains(
            "audit_logs_read",
            (await reader.SendTextAsync(HttpMethod.Post, SearchAddress, "{")).Must(HttpStatusCode.Forbidden).Errors[0]);
        Assert.DoesNotContain(organization.Id.ToString(), (await stranger.GetAsync($"{Events}?page[limit]=1000")).Text);
        Assert.Equal(
            """{"data":[]}""", (await stranger.GetAsync($"{Events}?filter[query]=@asset.id:{organization.ApiKey.Id}")).Text);
        Assert.NotEmpty(Ids(await admin.GetAsync(Events)));
    }

    [Fact]
    public async Task Hostile_names_are_only_text()
    {
        const string hostile = "<script>alert(1)</script> \"quoted\" \\ 'and' {{more}} 💥";
        var (admin, organization) = await AdminAsync();
        await app.IssueApiKeyAsync(organization, hostile);
        var found = await admin.GetAsync($"{Events}?filter[query]={Uri.EscapeDataString("\"<script>alert\"")}");
        Assert.Equal(
            hostile,
            found.Must(HttpStatusCode.OK).Data[0].GetProperty("attributes").GetProperty("attributes")
                .GetProperty("asset").GetProperty("name").GetString());
        Assert.Equal("application/json", found.ContentType);
        Assert.Equal("nosniff", Assert.Single(found.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task A_page_asks_the_database_as_often_for_many_rows_as_for_few()
    {
        var (admin, organization) = await AdminAsync();
        await StatementsOfAsync(); // The first call asks what the credentials are worth; later ones remember it.
        var few = await StatementsOfAsync();
        for (var number = 0; number < 30; number++)
        {
            await app.IssueApiKeyAsync(organization, $"key {number}");
        }

        Assert.Equal(few, await StatementsOfAsync());
        Assert.Equal(2, few);

        async Task<int> StatementsOfAsync()
        {
            using var statements = new Statements();
            await admin.SendAsync(HttpMethod.Get, $"{Events}?page[limit]=100", traceParent: statements.TraceParent);
            return statements.TextsAfterKeys.Count;
        }
    }

    private static string[] Ids(ApiCaller.Answer page) =>
        [.. page.Must(HttpStatusCode.OK).Data.EnumerateArray().Select(row => row.GetProperty("id").GetString()!)];

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(member => member.Name);

    private static void AssertJson(string expected, JsonElement actual) => Assert.Equal(
        JsonSerializer.Serialize(JsonDocument.Parse(expected).RootElement), JsonSerializer.Serialize(actual));

    private async Task<(ApiCaller Admin, TestOrganization Organization)> AdminAsync()
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync(
            $"Audit {number}", $"ann@audit-{number}.example", "Ann Admin");
        return (ApiCaller.AdminOf(app, organization), organization);
    }
}
