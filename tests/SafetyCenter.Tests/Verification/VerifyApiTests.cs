using System.Net;
using System.Text;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Verification;

public sealed class VerifyApiTests(VerifyApiTests.OneNode one) : IClassFixture<VerifyApiTests.OneNode>, IAsyncLifetime
{
    private static int _organizations;

    private Node _node = null!;
    private Cast _acme = null!;

    public async ValueTask InitializeAsync()
    {
        _node = one.Node;
        _acme = await Cast.FoundAsync(_node, NewName(), scopes: ["dashboards_read", "monitors_read"]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_API_key_is_let_in_and_named()
    {
        using var response = await _node.VerifyAsync(_acme.ApiKey.Secret);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"{_acme.Organization}", Header(response, "X-Organization-Id"));
        Assert.Equal($"{_acme.ApiKey.Id}", Header(response, "X-Credential-Id"));
        Assert.Equal($"{_acme.ApiKey.Id}", Header(response, "X-Api-Key-Id"));
        Assert.Equal("api_key", Header(response, "X-Credential-Kind"));
        Assert.Equal("", Header(response, "X-Scopes"));
        Assert.Equal("no-store", Header(response, "Cache-Control"));
        Assert.Equal("", await BodyAsync(response));
    }

    [Fact]
    public async Task An_application_key_beside_its_API_key_is_let_in_with_its_scopes()
    {
        using var response = await _node.VerifyAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"{_acme.Organization}", Header(response, "X-Organization-Id"));
        Assert.Equal($"{_acme.ApplicationKey.Id}", Header(response, "X-Credential-Id"));
        Assert.Equal($"{_acme.ApiKey.Id}", Header(response, "X-Api-Key-Id"));
        Assert.Equal("application_key", Header(response, "X-Credential-Kind"));
        Assert.Equal("dashboards_read monitors_read", Header(response, "X-Scopes"));
    }

    [Fact]
    public async Task An_application_key_without_scopes_says_none()
    {
        var other = await Cast.FoundAsync(_node, NewName());
        using var response = await _node.VerifyAsync(other.ApiKey.Secret, other.ApplicationKey.Secret);
        Assert.Equal("application_key", Header(response, "X-Credential-Kind"));
        Assert.Equal("", Header(response, "X-Scopes"));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData(null, "")]
    [InlineData("", "")]
    public async Task Without_a_credential_it_is_401_with_a_challenge(string? apiKey, string? applicationKey)
    {
        using var response = await _node.SendAsync("/verify", apiKey, applicationKey);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.StartsWith("ApiKey realm=", Header(response, "WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Equal(
            """{"errors":["No credential was sent. Send an API key in the header DD-API-KEY."]}""",
            await BodyAsync(response));

        // For gateways that do not pass on a body.
        Assert.Equal(
            "No credential was sent. Send an API key in the header DD-API-KEY.", Header(response, "X-Refusal"));
    }

    [Fact]
    public async Task An_empty_application_key_header_is_none()
    {
        using var response = await _node.SendAsync("/verify", _acme.ApiKey.Secret.Reveal(), "");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("api_key", Header(response, "X-Credential-Kind"));
    }

    [Fact]
    public async Task An_application_key_alone_is_403()
    {
        using var response = await _node.VerifyAsync(apiKey: null, _acme.ApplicationKey.Secret);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("needs an API key", await BodyAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_were_never_issued_are_403()
    {
        Assert.Equal(HttpStatusCode.Forbidden, await _node.StatusAsync(Cast.Format.Mint(SecretKind.ApiKey)));
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await _node.StatusAsync(_acme.ApiKey.Secret, Cast.Format.Mint(SecretKind.ApplicationKey)));
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await _node.StatusAsync(Cast.Format.Mint(SecretKind.ApiKey), _acme.ApplicationKey.Secret));
    }

    [Fact]
    public async Task Junk_and_misplaced_keys_are_403_without_a_question_to_the_database()
    {
        var before = _node.Statements.LookUps;
        var apiKey = _acme.ApiKey.Secret.Reveal();
        var applicationKey = _acme.ApplicationKey.Secret.Reveal();
        (string?, string?)[] refused =
        [
            ("junk", null),
            (apiKey.ToUpperInvariant(), null),
            (apiKey[..^1] + (apiKey[^1] == '0' ? '1' : '0'), null),
            (apiKey + apiKey, null),
            (apiKey + ",", null),
            (applicationKey, null),
            (apiKey, "junk"),
            (apiKey, apiKey),
            ("junk", applicationKey),
            (null, "junk"),
        ];
        foreach (var (first, second) in refused)
        {
            using var response = await _node.SendAsync("/verify", first, second);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        using var twice = new HttpRequestMessage(HttpMethod.Get, "/verify");
        twice.Headers.Add("DD-API-KEY", [apiKey, apiKey]);
        using var answer = await _node.SendAsync(twice);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(0, _node.Statements.LookUps - before);
        Assert.Equal(HttpStatusCode.OK, await _node.StatusAsync(_acme.ApiKey.Secret));
        Assert.Equal(1, _node.Statements.LookUps - before);
    }

    [Fact]
    public async Task A_thousand_calls_ask_the_database_once_for_each_key()
    {
        // The clock stands still, so that a machine that is slow for a second does not end the trust in what is known.
        await using var node = await Node.StartAsync(one.Database, new ManualClock());
        for (var call = 0; call < 1_000; call++)
        {
            Assert.Equal(HttpStatusCode.OK, await node.StatusAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret));
        }

        Assert.Equal(2, node.Statements.LookUps);
    }

    [Fact]
    public async Task Keys_of_two_organizations_are_403_together_and_good_apart()
    {
        var other = await Cast.FoundAsync(_node, NewName());
        Assert.Equal(
            HttpStatusCode.Forbidden, await _node.StatusAsync(other.ApiKey.Secret, _acme.ApplicationKey.Secret));
        Assert.Equal(HttpStatusCode.OK, await _node.StatusAsync(other.ApiKey.Secret, other.ApplicationKey.Secret));
        Assert.Equal(HttpStatusCode.OK, await _node.StatusAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret));
    }

    [Fact]
    public async Task A_revoked_API_key_is_403_and_takes_the_application_key_beside_it_along()
    {
        await Cast.RevokeAsync(_node, _acme.ApiKey);
        Assert.Equal(HttpStatusCode.Forbidden, await _node.StatusAsync(_acme.ApiKey.Secret));
        Assert.Equal(
            HttpStatusCode.Forbidden, await _node.StatusAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret));
        Assert.Equal(
            HttpStatusCode.OK, await _node.StatusAsync(_acme.OtherApiKey.Secret, _acme.ApplicationKey.Secret));
    }

    [Fact]
    public async Task A_revoked_application_key_is_403_and_leaves_the_API_key_beside_it_good()
    {
        await Cast.RevokeAsync(_node, _acme.ApplicationKey);
        Assert.Equal(
            HttpStatusCode.Forbidden, await _node.StatusAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret));
        Assert.Equal(HttpStatusCode.OK, await _node.StatusAsync(_acme.ApiKey.Secret));
    }

    [Fact]
    public async Task The_application_key_of_somebody_who_has_not_come_yet_is_403()
    {
        var pending = await Cast.FoundAsync(_node, NewName(), hasLogin: false);
        Assert.Equal(HttpStatusCode.OK, await _node.StatusAsync(pending.ApiKey.Secret));
        Assert.Equal(
            HttpStatusCode.Forbidden, await _node.StatusAsync(pending.ApiKey.Secret, pending.ApplicationKey.Secret));
    }

    [Fact]
    public async Task The_application_key_of_a_service_account_is_good()
    {
        var robot = await Cast.FoundAsync(_node, NewName(), hasLogin: false);
        await _node.SqlAsync("UPDATE users SET is_service_account = true WHERE id = $1", robot.Owner.Value);
        Assert.Equal(HttpStatusCode.OK, await _node.StatusAsync(robot.ApiKey.Secret, robot.ApplicationKey.Secret));
    }

    [Theory]
    [InlineData("POST", "/verify", 200)]
    [InlineData("DELETE", "/verify", 405)]
    [InlineData("GET", "/verify/", 200)]
    [InlineData("DELETE", "/verify/api/v2/users/1", 200)]
    [InlineData("PUT", "/verify/x", 200)]
    public async Task Gateways_may_ask_by_GET_or_POST_or_below_the_path_by_any_method(
        string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("DD-API-KEY", _acme.ApiKey.Secret.Reveal());
        request.Content = new StringContent("not read {", Encoding.UTF8, "application/json");
        using var response = await _node.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Validate_answers_as_Datadog_does()
    {
        using var good = await _node.SendAsync("/api/v1/validate", _acme.ApiKey.Secret.Reveal());
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal("application/json", good.Content.Headers.ContentType?.ToString());
        Assert.Equal("""{"valid":true}""", await BodyAsync(good));

        using var missing = await _node.SendAsync("/api/v1/validate", null, _acme.ApplicationKey.Secret.Reveal());
        Assert.Equal(HttpStatusCode.Forbidden, missing.StatusCode);
        Assert.Equal("""{"errors":["API key required"]}""", await BodyAsync(missing));

        using var bad = await _node.SendAsync("/api/v1/validate", Cast.Format.Mint(SecretKind.ApiKey).Reveal());
        Assert.Equal(HttpStatusCode.Forbidden, bad.StatusCode);
        Assert.Equal("""{"errors":["Forbidden"]}""", await BodyAsync(bad));
    }

    [Fact]
    public async Task The_second_version_of_validate_names_the_key()
    {
        using var good = await _node.SendAsync("/api/v2/validate", _acme.ApiKey.Secret.Reveal());
        Assert.Equal(
            $"{{\"data\":{{\"id\":\"{_acme.Organization}\",\"type\":\"validate_v2\",\"attributes\":{{\"valid\":true,"
            + $"\"api_key_id\":\"{_acme.ApiKey.Id}\",\"api_key_scopes\":[]}}}}}}",
            await BodyAsync(good));
    }

    [Fact]
    public async Task Without_a_database_nobody_is_let_in()
    {
        await using var lost = await Node.StartAsync(
            "Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=2", listening: false);
        using var response = await lost.VerifyAsync(_acme.ApiKey.Secret);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.False(response.Headers.Contains("X-Organization-Id"));
    }

    private static string Header(HttpResponseMessage response, string name) =>
        string.Join(", ", response.Headers.TryGetValues(name, out var values) ? values : ["(none)"]);

    private static Task<string> BodyAsync(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private static string NewName() => $"acme-{Interlocked.Increment(ref _organizations)}";

    /// <summary>One node for all tests of the class, as each of them has an organization of its own.</summary>
    public sealed class OneNode(TestPostgres postgres) : IAsyncLifetime
    {
        internal string Database { get; private set; } = null!;

        internal Node Node { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Database = await postgres.NewDatabaseAsync();
            Node = await Node.StartAsync(Database);
        }

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }
}
