using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>An instance behind an address of its own, as behind a gateway, and an organization in it.</summary>
public sealed class PublicApp(TestPostgres postgres) : IAsyncLifetime
{
    public ManualClock Clock { get; } = new();

    public App App { get; private set; } = null!;

    public TestOrganization Acme { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        App = await App.StartAsync(postgres, Clock, settings: ("PublicUrl", "https://safety.example.com"));
        Acme = await App.CreateOrganizationAsync("Acme", "ann@acme.example", "Ann Admin");
    }

    public async ValueTask DisposeAsync()
    {
        await App.AssertKeepsNoSecretAsync();
        await App.DisposeAsync();
    }
}

/// <summary>Our authorization server, by clients that others wrote.</summary>
public sealed class OAuthTests(PublicApp stage, OAuthClients clients) : IClassFixture<PublicApp>, IAsyncLifetime
{
    private const string Scope = "user_access_read";

    private HttpClient _ann = null!;

    public async ValueTask InitializeAsync() => _ann = await stage.App.SignedInAsync(stage.Acme.Admin);

    public ValueTask DisposeAsync()
    {
        _ann.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("oauth4webapi", "none")]
    [InlineData("oauth4webapi", "client_secret_basic")]
    [InlineData("oauth4webapi", "client_secret_post")]
    [InlineData("simple-oauth2", "none")]
    [InlineData("simple-oauth2", "client_secret_basic")]
    [InlineData("simple-oauth2", "client_secret_post")]
    public async Task A_client_gets_a_code_with_PKCE_and_tokens_for_it_refreshes_and_gives_them_back(
        string library, string method)
    {
        var client = await ClientAsync(library, method);
        var tokens = await client.FinishAsync(await client.AuthorizeAsync(_ann, Scope));
        Assert.Equal("bearer", tokens["token_type"], ignoreCase: true);
        Assert.Equal((Scope, "3600"), (tokens["scope"], tokens["expires_in"]));
        await OpensAsync(tokens["access_token"]);

        var next = await client.RefreshAsync(tokens["refresh_token"]);
        Assert.NotEqual(tokens["refresh_token"], next["refresh_token"]);
        await OpensAsync(next["access_token"]);
        Assert.NotNull((await client.DoAsync("revoke", next["access_token"])).Ok.ToString());
        await OpensAsync(next["access_token"], status: 403);
        await OpensAsync(tokens["access_token"]);
        Assert.NotNull((await client.DoAsync("revoke", next["refresh_token"])).Ok.ToString());
        await OpensAsync(tokens["access_token"], status: 403);
        (await client.RefreshAsync(next["refresh_token"])).Refused("invalid_grant");
    }

    [Theory]
    [InlineData("oauth4webapi", "client_secret_basic", null)]
    [InlineData("oauth4webapi", "client_secret_post", null)]
    [InlineData("simple-oauth2", "client_secret_basic", "strict")]
    [InlineData("simple-oauth2", "client_secret_basic", "loose")]
    [InlineData("simple-oauth2", "client_secret_post", null)]
    public async Task A_confidential_client_acts_by_itself(string library, string method, string? encoding)
    {
        var client = await ClientAsync(library, method);
        var token = await client.DoAsync("act", new() { ["encoding"] = encoding });
        Assert.Equal($"org_management {Scope}", token["scope"]);
        await OpensAsync(token["access_token"]);
        var less = await client.DoAsync("act", new() { ["encoding"] = encoding, ["scope"] = Scope });
        Assert.Equal(Scope, less["scope"]);
        (await client.DoAsync("act", scope: "teams_read")).Refused("invalid_scope");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    public async Task A_client_asks_what_its_tokens_are_worth(string method)
    {
        var client = await ClientAsync("oauth4webapi", method);
        var other = await ClientAsync("oauth4webapi", method);
        var tokens = await client.FinishAsync(await client.AuthorizeAsync(_ann, Scope));
        var told = await client.DoAsync("introspect", tokens["access_token"]);
        Assert.Equal(("True", client.ClientId, Scope), (told["active"], told["client_id"], told["scope"]));
        Assert.Equal("False", (await other.DoAsync("introspect", tokens["access_token"]))["active"]);
        stage.Clock.Advance(OAuthToken.AccessLifetime);
        Assert.Equal("False", (await client.DoAsync("introspect", tokens["access_token"]))["active"]);
        Assert.Equal("True", (await client.DoAsync("introspect", tokens["refresh_token"]))["active"]);
    }

    [Fact]
    public async Task What_a_client_does_wrong_it_is_told_in_the_codes_that_it_knows()
    {
        var client = await ClientAsync("oauth4webapi", "none");
        var other = await ClientAsync("oauth4webapi", "none");
        var begun = await client.AuthorizeAsync(_ann, Scope);
        (await client.FinishAsync(begun with { Verifier = OAuthProgram.Verifier })).Refused("invalid_grant");
        (await client.FinishAsync(begun, redirectUri: "https://app.example.com/other")).Refused("invalid_grant");
        (await other.FinishAsync(begun)).Refused("invalid_grant");
        var tokens = await client.FinishAsync(begun);
        (await client.RefreshAsync(tokens["refresh_token"], "org_management")).Refused("invalid_scope");
        (await other.RefreshAsync(tokens["refresh_token"])).Refused("invalid_grant");
        (await client.RefreshAsync("junk")).Refused("invalid_grant");
        (await client.DoAsync("act")).Refused("unauthorized_client");
        (await client.DoAsync("other", new() { ["grantType"] = "password" })).Refused("unsupported_grant_type");
        Assert.NotNull((await other.DoAsync("revoke", tokens["refresh_token"])).Ok.ToString());
        await OpensAsync(tokens["access_token"]);

        var late = await client.AuthorizeAsync(_ann, Scope);
        stage.Clock.Advance(OAuthCode.Lifetime);
        (await client.FinishAsync(late)).Refused("invalid_grant");
    }

    [Fact]
    public async Task A_client_that_does_not_prove_itself_is_told_so_and_how_it_could_where_it_tried()
    {
        foreach (var method in new[] { "client_secret_basic", "client_secret_post" })
        {
            var client = await ClientAsync("oauth4webapi", method);
            var error = method == "client_secret_basic" ? "challenge: basic" : "invalid_client";
            (await (client with { Secret = "wrong" }).DoAsync("act")).Refused(error, 401);
            (await (client with { ClientId = $"{Guid.NewGuid()}" }).DoAsync("act")).Refused(error, 401);
            (await (client with { Secret = "wrong" }).DoAsync("introspect", "junk")).Refused(error, 401);
            (await (client with { Secret = "wrong" }).DoAsync("revoke", "junk")).Refused(error, 401);
            (await (client with { Secret = null, Method = "none" }).DoAsync("act")).Refused("invalid_client", 401);
        }

        var open = await ClientAsync("oauth4webapi", "none");
        (await (open with { Secret = "mine", Method = "client_secret_post" }).RefreshAsync("junk"))
            .Refused("invalid_client", 401);
    }

    [Theory]
    [InlineData("oauth4webapi")]
    [InlineData("simple-oauth2")]
    public async Task A_code_or_a_refresh_token_that_comes_twice_ends_everything(string library)
    {
        var client = await ClientAsync(library, "none");
        var begun = await client.AuthorizeAsync(_ann, Scope);
        var tokens = await client.FinishAsync(begun);
        await OpensAsync(tokens["access_token"]);
        (await client.FinishAsync(begun)).Refused("invalid_grant");
        await OpensAsync(tokens["access_token"], status: 403);

        tokens = await client.FinishAsync(await client.AuthorizeAsync(_ann, Scope));
        var next = await client.RefreshAsync(tokens["refresh_token"]);
        (await client.RefreshAsync(tokens["refresh_token"])).Refused("invalid_grant");
        (await client.RefreshAsync(next["refresh_token"])).Refused("invalid_grant");
        await OpensAsync(next["access_token"], status: 403);
    }

    [Fact]
    public async Task A_client_reads_a_denial_and_sees_an_answer_that_is_not_ours()
    {
        var client = await ClientAsync("oauth4webapi", "none");
        var denied = await client.AuthorizeAsync(_ann, Scope, "Deny");
        (await client.FinishAsync(denied)).Refused("access_denied", 0);

        // The client checks the issuer (RFC 9207) because our metadata says that we name it.
        var (callback, verifier, state) = await client.AuthorizeAsync(_ann, Scope);
        Assert.Contains("iss=https", callback, StringComparison.Ordinal);
        foreach (var foreign in new[]
        {
            callback.Replace("safety.example.com", "evil.example.com", StringComparison.Ordinal),
            callback[..callback.IndexOf("&iss=", StringComparison.Ordinal)],
        })
        {
            Assert.Contains("\"iss\"", (await client.FinishAsync((foreign, verifier, state))).Failure, StringComparison.Ordinal);
        }
    }

    private async Task OpensAsync(string accessToken, int status = 200)
    {
        var any = new OAuthClientOf(clients, stage.App, "oauth4webapi", "any");
        var answer = await any.DoAsync("call", new() { ["token"] = accessToken, ["path"] = "/api/v2/users" });
        Assert.Equal($"{status}", answer["status"]);
    }

    private async Task<OAuthClientOf> ClientAsync(string library, string method)
    {
        string[] scopes = [Scope, "org_management"];
        if (method == "none")
        {
            var app = await TestApps.AppAsync(stage.App, stage.Acme, $"{library} {method}", scopes);
            return new OAuthClientOf(clients, stage.App, library, $"{app.ClientId}");
        }

        var (confidential, secret) = await TestApps.ConfidentialAsync(stage.App, stage.Acme, $"{library} {method}", scopes);
        return new OAuthClientOf(clients, stage.App, library, $"{confidential.ClientId}", secret.Secret, method);
    }
}
