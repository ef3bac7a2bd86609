using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>A refresh token gets the next pair, once, and never more than it holds.</summary>
public sealed class RefreshTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private static int _organizations;

    [Fact]
    public async Task A_refresh_token_gets_the_next_pair_and_the_access_token_before_lives_to_its_hour()
    {
        var (program, grant) = await GrantedAsync("org_management", "user_access_read");
        var first = (await program.ExchangeAsync(await stage.CodeAsync(grant))).Ok();
        stage.Time.Jump(TimeSpan.FromMinutes(59));
        var second = (await program.RefreshAsync(first.Refresh)).Ok();
        Assert.Equal("org_management user_access_read", second["scope"]);
        Assert.NotEqual(first.Refresh, second.Refresh);
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync(first.Access));
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync(second.Access));
        await stage.FlushAsync();
        Assert.Equal(stage.Now, await LastUseAsync(grant));

        stage.Time.Jump(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Forbidden, await stage.VerifyAsync(first.Access));
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync(second.Access));
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync((await program.RefreshAsync(second.Refresh)).Ok().Access));
    }

    [Fact]
    public async Task An_access_token_can_be_asked_for_less_and_the_refresh_token_keeps_what_it_holds()
    {
        var (program, grant) = await GrantedAsync("org_management", "teams_read", "user_access_read");
        var code = await stage.CodeAsync(grant, ["org_management", "user_access_read"]);
        var first = (await program.ExchangeAsync(code)).Ok();
        var less = (await program.RefreshAsync(first.Refresh, "user_access_read")).Ok();
        Assert.Equal("user_access_read", less["scope"]);
        var verified = await TestApps.CallerWith(stage, less.Access).GetAsync("/verify");
        Assert.Equal("user_access_read", Assert.Single(verified.Headers.GetValues("X-Scopes")));

        // Not what the user agreed to at another time, not what there is not, and not a part of a name.
        foreach (var more in new[] { "teams_read", "user_access_read teams_read", "api_keys_write", "user_access", "nothing" })
        {
            (await program.RefreshAsync(less.Refresh, more)).Refused("invalid_scope");
        }

        Assert.Equal("org_management user_access_read", (await program.RefreshAsync(less.Refresh)).Ok()["scope"]);
    }

    [Fact]
    public async Task A_refresh_token_is_good_for_ninety_days_for_its_own_client_and_is_no_access_token()
    {
        var (program, grant) = await GrantedAsync("user_access_read");
        var (other, _) = await GrantedAsync("user_access_read");
        var tokens = (await program.ExchangeAsync(await stage.CodeAsync(grant))).Ok();
        (await other.RefreshAsync(tokens.Refresh)).Refused("invalid_grant");
        (await program.RefreshAsync(tokens.Access)).Refused("invalid_grant");
        Assert.Equal(HttpStatusCode.Forbidden, await stage.VerifyAsync(tokens.Refresh));

        stage.Time.Jump(OAuthToken.RefreshLifetime - Life.Tick);
        var next = (await program.RefreshAsync(tokens.Refresh)).Ok();
        stage.Time.Jump(OAuthToken.RefreshLifetime);
        (await program.RefreshAsync(next.Refresh)).Refused("invalid_grant");
    }

    [Fact]
    public async Task A_refresh_costs_the_same_few_statements_after_many_as_after_one()
    {
        var (program, grant) = await GrantedAsync("user_access_read");
        var tokens = (await program.ExchangeAsync(await stage.CodeAsync(grant))).Ok();
        var (first, last) = (0, 0);
        for (var turn = 0; turn < 10; turn++)
        {
            using var statements = new Statements();
            tokens = (await program.RefreshAsync(tokens.Refresh, traceParent: statements.TraceParent)).Ok();
            last = statements.Texts.Count;
            first = turn == 0 ? last : first;
        }

        Assert.InRange(last, 1, 7);
        Assert.Equal(first, last);
    }

    private async Task<(OAuthProgram Program, Id<Credential> Grant)> GrantedAsync(params string[] scopes)
    {
        var organization = await stage.CreateOrganizationAsync($"Refresh {Interlocked.Increment(ref _organizations)}");
        var app = await TestApps.AppAsync(stage, organization, "Refresher", scopes);
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, scopes);
        return (new OAuthProgram(stage, app.ClientId), grant);
    }

    private async Task<DateTimeOffset?> LastUseAsync(Id<Credential> grant) =>
        Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.Id == grant))).LastUsedAt;
}
