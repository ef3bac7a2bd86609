using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>An authorization code becomes tokens, once, for whom it was made, while all stands that it hangs on.</summary>
public sealed class CodeExchangeTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private static int _organizations;

    [Theory]
    [InlineData("/oauth2/token")]
    [InlineData("/oauth2/v1/token")]
    public async Task A_code_becomes_an_hour_of_access_and_a_refresh_token(string address)
    {
        var (organization, app, grant) = await GrantedAsync("org_management", "user_access_read");
        var code = await stage.CodeAsync(grant, ["user_access_read"]);
        var answer = (await new OAuthProgram(stage, app.ClientId).PostAsync(
            address,
            null,
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", TestApps.Callback),
            ("code_verifier", OAuthProgram.Verifier))).Ok();

        Assert.Equal("Bearer", answer["token_type"]);
        Assert.Equal(3600, answer.Json.GetProperty("expires_in").GetInt32());
        Assert.Equal("user_access_read", answer["scope"]);
        Assert.StartsWith("scoat_", answer.Access, StringComparison.Ordinal);
        Assert.StartsWith("scort_", answer.Refresh, StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("no-cache", Assert.Single(answer.Headers.Pragma).Name);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));

        var verified = (await TestApps.CallerWith(stage, answer.Access).GetAsync("/verify")).Must(HttpStatusCode.OK);
        Assert.Equal("user_access_read", Assert.Single(verified.Headers.GetValues("X-Scopes")));
        Assert.Equal($"{organization.Id}", Assert.Single(verified.Headers.GetValues("X-Organization-Id")));
        stage.Time.Jump(OAuthToken.AccessLifetime);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.VerifyAsync(answer.Access));
    }

    [Fact]
    public async Task The_exchange_is_a_use_of_the_grant()
    {
        var (_, app, grant) = await GrantedAsync("user_access_read");
        (await new OAuthProgram(stage, app.ClientId).ExchangeAsync(await stage.CodeAsync(grant))).Ok();
        await stage.FlushAsync();
        Assert.Equal(stage.Now, Assert.Single(await RowAsync(grant)).LastUsedAt);
    }

    [Fact]
    public async Task A_code_is_good_for_less_than_a_minute()
    {
        var (_, app, grant) = await GrantedAsync("user_access_read");
        var program = new OAuthProgram(stage, app.ClientId);
        var (late, timely) = (await stage.CodeAsync(grant), await stage.CodeAsync(grant));
        stage.Time.Advance(OAuthCode.Lifetime - Life.Tick);
        (await program.ExchangeAsync(timely)).Ok();
        stage.Time.Advance(Life.Tick);
        (await program.ExchangeAsync(late)).Refused("invalid_grant");
        Assert.True(Assert.Single(await RowAsync(grant)).IsActive);
    }

    [Fact]
    public async Task Whoever_cannot_show_the_verifier_the_redirect_URI_and_the_client_gets_nothing_and_the_code_stays()
    {
        var (organization, app, grant) = await GrantedAsync("user_access_read");
        var other = await TestApps.AppAsync(stage, organization, "Other", "user_access_read");
        var code = await stage.CodeAsync(grant);
        var program = new OAuthProgram(stage, app.ClientId);
        (await program.ExchangeAsync(code, verifier: OAuthProgram.Verifier + "x")).Refused("invalid_grant");
        (await program.ExchangeAsync(code, verifier: OAuthProgram.Challenge)).Refused("invalid_grant");
        (await program.ExchangeAsync(code, verifier: null)).Refused("invalid_grant");
        (await program.ExchangeAsync(code, redirectUri: TestApps.Callback + "/")).Refused("invalid_grant");
        (await program.ExchangeAsync(code, redirectUri: null)).Refused("invalid_grant");
        (await new OAuthProgram(stage, other.ClientId).ExchangeAsync(code)).Refused("invalid_grant");
        (await program.ExchangeAsync(OAuthCode.NewValue())).Refused("invalid_grant");
        (await program.ExchangeAsync(code)).Ok();
    }

    [Fact]
    public async Task A_program_on_the_persons_own_machine_must_name_the_port_it_was_sent_to()
    {
        var (_, app, grant) = await GrantedAsync("user_access_read");
        var program = new OAuthProgram(stage, app.ClientId);
        var code = await stage.CodeAsync(grant, redirectUri: "http://127.0.0.1:4711/done");
        (await program.ExchangeAsync(code, redirectUri: "http://127.0.0.1:4712/done")).Refused("invalid_grant");
        (await program.ExchangeAsync(code, redirectUri: "http://127.0.0.1:4711/done")).Ok();
    }

    [Theory]
    [InlineData("the app is disabled")]
    [InlineData("the app is deleted")]
    [InlineData("the grant is revoked")]
    [InlineData("the user is disabled")]
    [InlineData("the organization is disabled")]
    [InlineData("the organization disallows the client")]
    public async Task Once_something_ends_that_it_hangs_on_a_code_gets_nothing(string what)
    {
        var (organization, app, _) = await GrantedAsync("user_access_read");
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var grant = await TestApps.GrantAsync(stage, app.Id, bob.Id, "user_access_read");
        var (code, refresh) = (await stage.CodeAsync(grant), await TestApps.RefreshTokenAsync(stage, grant));
        await (what switch
        {
            "the app is disabled" => stage.ChangeAsync(app.Id, row => row.Disable(null, stage.Now)),
            "the app is deleted" => stage.ChangeAsync(app.Id, row => row.Delete(stage.Now)),
            "the grant is revoked" => stage.ChangeAsync<Credential>(
                grant, row => row.Revoke(bob.Id, RevocationReason.ByHand, int.MaxValue, stage.Now)),
            "the user is disabled" => stage.ChangeAsync<User>(bob.Id, row => row.Disable(stage.Now)),
            "the organization is disabled" => stage.ChangeAsync<Organization>(
                organization.Id, row => row.Disable(stage.Now)),
            _ => stage.ChangeAsync<Organization>(organization.Id, row => row.SetPolicy(
                "oauth_client_disallow_list",
                policies => policies.DisallowOAuthClients([app.ClientId.ToString().ToUpperInvariant()]),
                stage.Now)),
        });

        var program = new OAuthProgram(stage, app.ClientId);
        var error = what == "the app is deleted" ? "invalid_client" : "invalid_grant";
        var status = what == "the app is deleted" ? HttpStatusCode.Unauthorized : HttpStatusCode.BadRequest;
        (await program.ExchangeAsync(code)).Refused(error, status);
        (await program.RefreshAsync(refresh)).Refused(error, status);
        Assert.Empty(await stage.RowsAsync<OAuthToken>(all => all.Where(token =>
            token.GrantId == grant && token.Kind == OAuthTokenKind.Access)));
    }

    [Fact]
    public async Task An_exchange_costs_seven_statements_at_most()
    {
        var (_, app, grant) = await GrantedAsync("user_access_read");
        var code = await stage.CodeAsync(grant);
        using var statements = new Statements();
        (await new OAuthProgram(stage, app.ClientId).ExchangeAsync(code, traceParent: statements.TraceParent)).Ok();
        Assert.InRange(statements.Texts.Count, 1, 7);
    }

    [Fact]
    public async Task Neither_code_nor_token_is_kept_or_logged()
    {
        var (_, app, grant) = await GrantedAsync("user_access_read");
        var program = new OAuthProgram(stage, app.ClientId);
        var code = await stage.CodeAsync(grant);
        var tokens = (await program.ExchangeAsync(code)).Ok();
        (await program.RefreshAsync(tokens.Refresh)).Ok();
        (await program.ExchangeAsync(code)).Refused("invalid_grant");
        Assert.Contains(tokens.Access, stage.IssuedSecrets);
        await stage.AssertKeepsNoSecretAsync();
    }

    private async Task<(TestOrganization Organization, OAuthApp App, Id<Credential> Grant)> GrantedAsync(params string[] scopes)
    {
        var organization = await stage.CreateOrganizationAsync($"Exchange {Interlocked.Increment(ref _organizations)}");
        var app = await TestApps.AppAsync(stage, organization, "Exchanger", scopes);
        return (organization, app, await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, scopes));
    }

    private Task<List<OAuthGrant>> RowAsync(Id<Credential> grant) =>
        stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.Id == grant));
}
