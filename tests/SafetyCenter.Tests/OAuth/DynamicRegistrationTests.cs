using System.Net;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Web.OAuth;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Programs that register themselves (RFC 7591), and the ends to it.</summary>
public sealed class DynamicRegistrationTests(OpenApp stage) : IClassFixture<OpenApp>
{
    [Fact]
    public async Task A_program_is_registered_with_what_it_asked_for()
    {
        using var answer = await stage.SendAsync(
            """
            {
              "client_name": "Pair Programmer", "client_uri": "https://pair.example",
              "redirect_uris": ["http://localhost:3000/cb", "com.example.pair:/cb"],
              "grant_types": ["authorization_code"], "response_types": ["code"], "token_endpoint_auth_method": "none",
              "scope": "metrics_read dashboards_read  metrics_read", "application_type": "native",
              "logo_uri": "http://127.0.0.1:1/never-fetched", "tos_uri": 5, "contacts": ["a@b.example"], "x": {"y": []}
            }
            """);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        var metadata = await answer.JsonAsync();
        var id = Guid.Parse(metadata.GetProperty("client_id").GetString()!);
        Assert.Equal(stage.Now.ToUnixTimeSeconds(), metadata.GetProperty("client_id_issued_at").GetInt64());
        Assert.Equal("Pair Programmer", metadata.GetProperty("client_name").GetString());
        Assert.Equal("https://pair.example", metadata.GetProperty("client_uri").GetString());
        Assert.Equal(["http://localhost:3000/cb", "com.example.pair:/cb"], metadata.GetProperty("redirect_uris").Texts());
        Assert.Equal(["authorization_code", "refresh_token"], metadata.GetProperty("grant_types").Texts());
        Assert.Equal(["code"], metadata.GetProperty("response_types").Texts());
        Assert.Equal("none", metadata.GetProperty("token_endpoint_auth_method").GetString());
        Assert.Equal("dashboards_read metrics_read", metadata.GetProperty("scope").GetString());
        Assert.False(metadata.TryGetProperty("client_secret", out _));
        Assert.False(metadata.TryGetProperty("logo_uri", out _));

        var row = Assert.Single(await stage.RowsAsync<OAuthClient>(), client => client.Id.Value == id);
        Assert.True(row.IsDynamic);
        Assert.False(row.IsConfidential);
        Assert.Null(row.ActsAs);
        Assert.Equal("unknown", row.Publisher);
        Assert.Empty(await stage.RowsAsync<OAuthApp>(all => all.Where(app => app.ClientId == row.Id)));
    }

    [Fact]
    public async Task What_is_not_said_has_a_default()
    {
        using var answer = await stage.SendAsync(
            """{"redirect_uris":["https://app.example.com/cb"],"client_name":null,"scope":" "}""");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var metadata = await answer.JsonAsync();
        Assert.Equal("app.example.com", metadata.GetProperty("client_name").GetString());
        Assert.Equal(OAuthScopes.InOrder, metadata.GetProperty("scope").GetString()!.Split(' '));
        Assert.False(metadata.TryGetProperty("client_uri", out _));
    }

    public static TheoryData<string, string> Bad => new()
    {
        { "", "invalid_client_metadata" },
        { "{", "invalid_client_metadata" },
        { "[]", "invalid_client_metadata" },
        { "null", "invalid_client_metadata" },
        { "\"text\"", "invalid_client_metadata" },
        { "{} {}", "invalid_client_metadata" },
        { "\u0000", "invalid_client_metadata" },
        { "{}", "invalid_redirect_uri" },
        { """{"redirect_uris":[]}""", "invalid_redirect_uri" },
        { """{"redirect_uris":null}""", "invalid_redirect_uri" },
        { """{"redirect_uris":"https://app.example.com/"}""", "invalid_redirect_uri" },
        { """{"redirect_uris":[7]}""", "invalid_redirect_uri" },
        { """{"redirect_uris":["http://app.example.com/"]}""", "invalid_redirect_uri" },
        { """{"redirect_uris":["https://app.example.com/","javascript:alert(1)"]}""", "invalid_redirect_uri" },
        { """{"redirect_uris":["https://app.example.com/\u0000"]}""", "invalid_redirect_uri" },
        { """{"redirect_uris":["https://app.example.com/\ud800"]}""", "invalid_client_metadata" },
        { Also("\"redirect_uris\":[\"https://b.example/\"]"), "invalid_client_metadata" },
        { Also("\"token_endpoint_auth_method\":\"client_secret_basic\""), "invalid_client_metadata" },
        { Also("\"token_endpoint_auth_method\":[]"), "invalid_client_metadata" },
        { Also("\"grant_types\":[\"authorization_code\",\"client_credentials\"]"), "invalid_client_metadata" },
        { Also("\"grant_types\":[\"refresh_token\"]"), "invalid_client_metadata" },
        { Also("\"grant_types\":[]"), "invalid_client_metadata" },
        { Also("\"grant_types\":\"authorization_code\""), "invalid_client_metadata" },
        { Also("\"response_types\":[\"code\",\"token\"]"), "invalid_client_metadata" },
        { Also("\"scope\":\"dashboards_read api_keys_write\""), "invalid_client_metadata" },
        { Also("\"scope\":\"Dashboards_read\""), "invalid_client_metadata" },
        { Also("\"scope\":[\"dashboards_read\"]"), "invalid_client_metadata" },
        { Also("\"client_name\":\" \""), "invalid_client_metadata" },
        { Also("\"client_name\":\"a\\u0000\""), "invalid_client_metadata" },
        { Also("\"client_name\":\"a\\u202eb\""), "invalid_client_metadata" },
        { Also("\"client_name\":\"\\ud83d\""), "invalid_client_metadata" },
        { Also($"\"client_name\":\"{new string('a', 256)}\""), "invalid_client_metadata" },
        { Also("\"client_uri\":\"javascript:alert(1)\""), "invalid_client_metadata" },
        { Also("\"client_uri\":\"https://a.example/\\u0000\""), "invalid_client_metadata" },
        { Also("\"\\ud800\":1"), "invalid_client_metadata" },
        { Also($"\"x\":{new string('[', 9)}{new string(']', 9)}"), "invalid_client_metadata" },
        { Also($"\"x\":\"{new string('a', 16 * 1024)}\""), "invalid_client_metadata" },
        { Also($"\"x\":\"{new string('a', 48 * 1024)}\""), "invalid_client_metadata" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_cannot_be_gets_the_code_of_the_standard_and_is_not_kept(string body, string error)
    {
        var before = (await stage.RowsAsync<OAuthClient>()).Count;
        using var answer = await stage.SendAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var refused = await answer.JsonAsync();
        Assert.Equal(error, refused.GetProperty("error").GetString());
        Assert.EndsWith(".", refused.GetProperty("error_description").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, (await stage.RowsAsync<OAuthClient>()).Count);
    }

    [Fact]
    public async Task Only_JSON_is_taken_only_by_POST_and_browsers_may_ask_first()
    {
        using var form = await stage.SendAsync(OpenApp.Minimal, "application/x-www-form-urlencoded");
        Assert.Equal(HttpStatusCode.BadRequest, form.StatusCode);
        using var got = await stage.Visitor.GetAsync(OpenApp.RegisterAt);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, got.StatusCode);
        Assert.Equal(["OPTIONS", "POST"], got.Content.Headers.Allow.Order());
        using var asking = new HttpRequestMessage(HttpMethod.Options, OpenApp.RegisterAt);
        asking.Headers.Add("Origin", "https://browser.example");
        using var asked = await stage.Visitor.SendAsync(asking);
        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        Assert.Equal("*", Assert.Single(asked.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("POST", Assert.Single(asked.Headers.GetValues("Access-Control-Allow-Methods")));
        Assert.Equal("*", Assert.Single(asked.Headers.GetValues("Access-Control-Allow-Headers")));
        Assert.False(asked.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task An_address_has_ten_tries_a_minute_and_an_IPv6_network_counts_as_one()
    {
        foreach (var (one, other) in new[]
        {
            ("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
            ("203.0.113.8", "::ffff:203.0.113.8"),
        })
        {
            stage.Time.Advance(RegistrationRate.Window);
            for (var tried = 0; tried < RegistrationRate.TriesOfAddress; tried++)
            {
                Assert.Equal(HttpStatusCode.BadRequest, await stage.TryAsync("{", one));
                stage.Time.Advance(TimeSpan.FromSeconds(1));
            }

            using var refused = await stage.SendAsync(OpenApp.Minimal, from: other);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(50), refused.Headers.RetryAfter!.Delta);
            Assert.Equal("temporarily_unavailable", (await refused.JsonAsync()).GetProperty("error").GetString());
            Assert.Equal(HttpStatusCode.Created, await stage.TryAsync(OpenApp.Minimal, "198.51.100.1"));

            // Refused tries do not count: the first that was let through makes room, and no later one.
            stage.Time.Advance(TimeSpan.FromSeconds(50));
            Assert.Equal(HttpStatusCode.Created, await stage.TryAsync(OpenApp.Minimal, other));
            Assert.Equal(HttpStatusCode.TooManyRequests, await stage.TryAsync(OpenApp.Minimal, other));
        }
    }

    [Fact]
    public async Task Ten_thousand_in_a_minute_from_everywhere_leave_sixty_rows()
    {
        stage.Time.Advance(RegistrationRate.Window);
        var before = (await stage.RowsAsync<OAuthClient>()).Count;
        var statuses = new HttpStatusCode[10_000];
        await Parallel.ForAsync(0, statuses.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
            statuses[number] = await stage.TryAsync(OpenApp.Minimal, $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}"));
        Assert.Equal(RegistrationRate.TriesOfAll, statuses.Count(status => status == HttpStatusCode.Created));
        Assert.Equal(
            statuses.Length - RegistrationRate.TriesOfAll,
            statuses.Count(status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(before + RegistrationRate.TriesOfAll, (await stage.RowsAsync<OAuthClient>()).Count);
        stage.Time.Advance(RegistrationRate.Window);
        Assert.Equal(HttpStatusCode.Created, await stage.TryAsync(OpenApp.Minimal, "10.0.0.1"));
    }

    private static string Also(string member) => $$"""{"redirect_uris":["https://app.example.com/"],{{member}}}""";
}
