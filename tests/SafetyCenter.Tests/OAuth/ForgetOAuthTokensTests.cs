using System.Text.Json;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Codes and tokens go a day after their time, and not before.</summary>
public sealed class ForgetOAuthTokensTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task Codes_and_tokens_are_forgotten_a_day_after_their_time_however_many_there_are()
    {
        var organization = await stage.CreateOrganizationAsync("Forgetful");
        var app = await TestApps.AppAsync(stage, organization, "Forgotten", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var program = new OAuthProgram(stage, app.ClientId);
        var code = await stage.CodeAsync(grant);
        var tokens = (await program.ExchangeAsync(code)).Ok();
        await stage.SqlAsync(
            $"""
            INSERT INTO oauth_tokens (id, kind, organization_id, grant_id, family, scopes, hash, last4, issued_at, expires_at)
            SELECT gen_random_uuid(), kind, organization_id, grant_id, family, scopes, sha256(n::text::bytea), last4,
                   issued_at, expires_at
            FROM oauth_tokens, generate_series(1, {ForgetOAuthTokens.Batch}) AS n WHERE kind = 'Access'
            """);

        stage.Time.Jump(OAuthCode.KeptFor);
        Assert.Equal((0, 0), await ForgetAsync());
        stage.Time.Jump(Life.Tick);
        Assert.Equal((0, 1), await ForgetAsync());
        (await program.ExchangeAsync(code)).Refused("invalid_grant");
        stage.Time.Jump(OAuthToken.AccessLifetime - Life.Tick);
        Assert.Equal((0, 0), await ForgetAsync());
        stage.Time.Jump(Life.Tick);
        Assert.Equal((ForgetOAuthTokens.Batch + 1, 0), await ForgetAsync());
        Assert.Equal((0, 0), await ForgetAsync());

        (await program.RefreshAsync(tokens.Refresh)).Ok();
        stage.Time.Jump(OAuthToken.RefreshLifetime + ForgetOAuthTokens.Remembered + Life.Tick);
        Assert.Equal((3, 0), await ForgetAsync());
    }

    private async Task<(int Tokens, int Codes)> ForgetAsync()
    {
        var json = JsonSerializer.SerializeToElement(await stage.RunAsync<ForgetOAuthTokens>());
        Assert.Equal("forget-oauth-tokens", json.GetProperty("Job").GetString());
        return (json.GetProperty("Tokens").GetInt32(), json.GetProperty("Codes").GetInt32());
    }
}
