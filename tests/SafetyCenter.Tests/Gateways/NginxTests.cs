using System.Net;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Gateways;

/// <summary>The documented nginx before a service, and SafetyCenter beside it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class NginxTests(GatewayStage stage) : IClassFixture<GatewayStage>, IAsyncLifetime
{
    private static int _organizations;

    private readonly HttpClient _caller = GatewayStage.ClientAt("127.0.0.2");

    // Each test has an organization, and addresses of the service, of its own.
    private readonly string _name = $"behind-{Interlocked.Increment(ref _organizations)}";
    private TestOrganization _acme = null!;

    public async ValueTask InitializeAsync()
    {
        Nginx.SkipWithoutNginx();
        _acme = await stage.App.CreateOrganizationAsync(_name);
    }

    public ValueTask DisposeAsync()
    {
        _caller.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_good_key_reaches_the_service_which_is_told_whose_it_is()
    {
        using var answer = await SendAsync("/reports?of=today", ("DD-API-KEY", _acme.ApiKey.Secret));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("from the service", await answer.Content.ReadAsStringAsync());
        var heard = Assert.Single(Heard());
        Assert.Equal($"/{_name}/reports?of=today", heard.Address);
        Assert.Equal($"{_acme.Id}", heard.Headers["X-Organization-Id"]);
        Assert.Equal($"{_acme.ApiKey.Id}", heard.Headers["X-Credential-Id"]);
        Assert.Equal($"{_acme.ApiKey.Id}", heard.Headers["X-Api-Key-Id"]);
        Assert.Equal("api_key", heard.Headers["X-Credential-Kind"]);
        Assert.DoesNotContain("X-Scopes", heard.Headers.Keys);
    }

    [Fact]
    public async Task Scopes_are_handed_on()
    {
        var key = await stage.App.IssueApplicationKeyAsync(_acme.Admin, "scoped", "dashboards_read", "monitors_read");
        using var answer = await SendAsync(
            "/", ("DD-API-KEY", _acme.ApiKey.Secret), ("DD-APPLICATION-KEY", key.Secret));
        var heard = Assert.Single(Heard());
        Assert.Equal("application_key", heard.Headers["X-Credential-Kind"]);
        Assert.Equal($"{key.Id}", heard.Headers["X-Credential-Id"]);
        Assert.Equal($"{_acme.ApiKey.Id}", heard.Headers["X-Api-Key-Id"]);
        Assert.Equal("dashboards_read monitors_read", heard.Headers["X-Scopes"]);
    }

    [Fact]
    public async Task An_OAuth_app_is_let_in_with_its_token_which_the_service_never_sees()
    {
        var app = await TestApps.AppAsync(stage.App, _acme, "app", "dashboards_read");
        var grant = await TestApps.GrantAsync(stage.App, app.Id, _acme.Admin.Id, "dashboards_read");
        var token = await TestApps.AccessTokenAsync(stage.App, grant);
        using var answer = await SendAsync("/", ("Authorization", $"Bearer {token}"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var heard = Assert.Single(Heard());
        Assert.Equal("oauth_access_token", heard.Headers["X-Credential-Kind"]);
        Assert.Equal($"{grant}", heard.Headers["X-Credential-Id"]);
        Assert.Equal("dashboards_read", heard.Headers["X-Scopes"]);
        Assert.DoesNotContain("Authorization", heard.Headers.Keys);
    }

    [Fact]
    public async Task Nobody_can_forge_who_they_are()
    {
        using var answer = await SendAsync(
            "/",
            ("DD-API-KEY", _acme.ApiKey.Secret),
            ("X-Organization-Id", "forged"),
            ("x-credential-id", "forged"),
            ("X-Credential-Kind", "forged"),
            ("X-Api-Key-Id", "forged"),
            ("X-Scopes", "forged"),
            ("X_Scopes", "forged"),
            ("X-Forwarded-For", "forged"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("forged", Assert.Single(Heard()).Headers.Values);
    }

    [Fact]
    public async Task The_service_never_sees_a_secret()
    {
        var sent = new[]
        {
            ("DD-API-KEY", _acme.ApiKey.Secret),
            ("DD-APPLICATION-KEY", _acme.ApplicationKey.Secret),
            ("DD-CLIENT-TOKEN", "pub0"),
            ("Authorization", "Basic of-the-service"),
        };
        using var answer = await SendAsync("/", sent);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var heard = Assert.Single(Heard()).Headers;
        Assert.Equal("Basic of-the-service", heard["Authorization"]);
        Assert.DoesNotContain(heard.Values, value => sent[..3].Any(header => header.Item2 == value));
    }

    [Fact]
    public async Task Without_a_credential_it_is_401_with_our_words_and_challenge()
    {
        using var answer = await SendAsync("/");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(["ApiKey", "Bearer"], answer.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
        await HasTheWordsOfVerifyAsync(answer);
    }

    [Fact]
    public async Task With_a_bad_key_it_is_403_with_our_words()
    {
        (string, string)[] bad = [("DD-API-KEY", new SecretFormat().Mint(SecretKind.ApiKey).Reveal())];
        using var answer = await SendAsync("/", bad);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await HasTheWordsOfVerifyAsync(answer, bad);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_on_the_next_call()
    {
        var key = await stage.App.IssueApiKeyAsync(_acme, "short-lived");
        using var before = await SendAsync("/", ("DD-API-KEY", key.Secret));
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        var revoked = await ApiCaller.AdminOf(stage.App, _acme).DeleteAsync($"/api/v2/api_keys/{key.Id}");
        revoked.Must(HttpStatusCode.NoContent);
        using var after = await SendAsync("/", ("DD-API-KEY", key.Secret));
        Assert.Equal(HttpStatusCode.Forbidden, after.StatusCode);
        Assert.Single(Heard());
    }

    [Fact]
    public async Task A_client_token_opens_the_intake_and_nothing_else()
    {
        var token = await IssueClientTokenAsync();
        (string, string)[] header = [("DD-CLIENT-TOKEN", token)];
        using var sent = await _caller.SendAsync(Request(HttpMethod.Post, $"/intake/{_name}", header));
        using var sentAsParameter = await _caller.SendAsync(
            Request(HttpMethod.Post, $"/intake/{_name}?ddsource=browser&dd-api-key={token}"));
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        Assert.Equal(HttpStatusCode.OK, sentAsParameter.StatusCode);
        Assert.All(
            stage.Service.HeardAt($"/intake/{_name}"),
            heard => Assert.Equal("client_token", heard.Headers["X-Credential-Kind"]));
        Assert.Equal(2, stage.Service.HeardAt($"/intake/{_name}").Count);

        using var read = await SendAsync("/", header);
        using var readWithParameter = await SendAsync($"/?dd-api-key={token}");
        Assert.Equal(HttpStatusCode.Unauthorized, read.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, readWithParameter.StatusCode);
        Assert.Empty(Heard());
    }

    [Fact]
    public async Task A_body_reaches_the_service()
    {
        var body = new string('x', 100_000);
        using var request = Request(HttpMethod.Post, $"/{_name}/", ("DD-API-KEY", _acme.ApiKey.Secret));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _caller.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var heard = Assert.Single(Heard());
        Assert.Equal("POST", heard.Method);
        Assert.Equal(body, heard.Body);
        Assert.Equal("application/json; charset=utf-8", heard.Headers["Content-Type"]);
    }

    [Fact]
    public async Task Verify_is_sent_credentials_and_caller_and_nothing_else()
    {
        await using var verifier = await Echo.StartAsync();
        await using var nginx = await Nginx.StartAsync(verifier.Port, stage.Service.Port);
        using var request = Request(
            HttpMethod.Post,
            new Uri(nginx!.Address, $"/intake/{_name}?a=b"),
            ("DD-API-KEY", "one"),
            ("DD-APPLICATION-KEY", "two"),
            ("DD-CLIENT-TOKEN", "three"),
            ("DD-SERVICE", "four"),
            ("Authorization", "Bearer scpat_five"),
            ("User-Agent", "six"),
            ("Cookie", "a=b"),
            ("X-Forwarded-For", "198.51.100.1"));
        request.Content = new StringContent("a body", Encoding.UTF8, "text/plain");
        using var answer = await _caller.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var asked = Assert.Single(verifier.HeardAt("/verify"));
        Assert.Equal(("GET", "/verify", ""), (asked.Method, asked.Address, asked.Body));
        Assert.Equal(
            """
            Authorization: Bearer scpat_five
            DD-API-KEY: one
            DD-APPLICATION-KEY: two
            DD-CLIENT-TOKEN: three
            DD-SERVICE: four
            Host: safetycenter
            User-Agent: six
            X-Forwarded-For: 127.0.0.2
            """.ReplaceLineEndings("\n"),
            string.Join('\n', asked.Headers.Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal)));
        Assert.DoesNotContain("Authorization", Assert.Single(stage.Service.HeardAt($"/intake/{_name}")).Headers.Keys);

        // Without ours among it, Authorization is none of our business; and the client token is none outside the intake.
        using var other = Request(
            HttpMethod.Get,
            new Uri(nginx.Address, $"/{_name}/"),
            ("Authorization", "Bearer of-the-service"),
            ("DD-CLIENT-TOKEN", "three"));
        using var otherAnswer = await _caller.SendAsync(other);
        Assert.Equal(["Host", "X-Forwarded-For"], verifier.HeardAt("/verify")[1].Headers.Keys.Order());
        Assert.Equal("Bearer of-the-service", Assert.Single(Heard()).Headers["Authorization"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task While_SafetyCenter_is_down_nobody_is_let_in(int? status)
    {
        await using var failing = status is null ? null : await Echo.StartAsync(status.Value);
        await using var nginx = await Nginx.StartAsync(failing?.Port ?? Nginx.FreePort(), stage.Service.Port);
        using var answer = await _caller.SendAsync(Request(
            HttpMethod.Get, new Uri(nginx!.Address, $"/{_name}/"), ("DD-API-KEY", _acme.ApiKey.Secret)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
        Assert.Contains("cannot be verified at the moment", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(Heard());
    }

    [Fact]
    public async Task The_last_use_shows_the_callers_own_address()
    {
        using var answer = await SendAsync("/", ("DD-API-KEY", _acme.ApiKey.Secret), ("X-Forwarded-For", "198.51.100.1"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await stage.App.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        var key = Assert.Single(await stage.App.RowsAsync<Credential>(rows => rows.Where(row => row.Id == _acme.ApiKey.Id)));
        Assert.Equal("127.0.0.2", key.LastUsedAddress);
    }

    private IReadOnlyList<Heard> Heard() => stage.Service.HeardAt($"/{_name}");

    private Task<HttpResponseMessage> SendAsync(string address, params (string, string)[] headers) =>
        _caller.SendAsync(Request(HttpMethod.Get, $"/{_name}{address}", headers));

    private HttpRequestMessage Request(HttpMethod method, string address, params (string, string)[] headers) =>
        Request(method, new Uri(stage.Address, address), headers);

    private static HttpRequestMessage Request(HttpMethod method, Uri address, params (string, string)[] headers)
    {
        var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    // What the gateway answers is what /verify answers to the same headers.
    private async Task HasTheWordsOfVerifyAsync(HttpResponseMessage answer, params (string, string)[] headers)
    {
        using var direct = await _caller.SendAsync(Request(HttpMethod.Get, new Uri(stage.App.Address, "/verify"), headers));
        Assert.Equal(direct.StatusCode, answer.StatusCode);
        Assert.Equal(direct.Headers.WwwAuthenticate, answer.Headers.WwwAuthenticate);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(await direct.Content.ReadAsStringAsync(), await answer.Content.ReadAsStringAsync());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.Empty(Heard());
    }

    private Task<string> IssueClientTokenAsync() => stage.App.InScopeAsync(async (SafetyCenterDb db) =>
    {
        var organization = await db.Organizations.SingleAsync(row => row.Id == _acme.Id);
        var secret = new SecretFormat().Mint(SecretKind.ClientToken);
        db.Add(ClientToken.Issue(organization, "browser", isTaken: false, secret, by: null, stage.App.Now));
        await db.SaveChangesAsync();
        return secret.Reveal();
    });
}
