using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What comes twice has a copy: then nobody keeps anything, and somebody is told.</summary>
public sealed class ReplayTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private static int _organizations;

    [Fact]
    public async Task A_code_that_comes_twice_ends_the_grant_and_raises_one_alert()
    {
        var (organization, program, grant) = await GrantedAsync();
        var code = await stage.CodeAsync(grant);
        var tokens = (await program.ExchangeAsync(code)).Ok();
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync(tokens.Access));

        // Whatever else is wrong with it by then: who shows a used code has a copy.
        stage.Time.Advance(OAuthCode.Lifetime);
        (await program.ExchangeAsync(code, verifier: null)).Refused("invalid_grant");
        await AssertReplayedAsync(organization, grant);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.VerifyAsync(tokens.Access));
        (await program.RefreshAsync(tokens.Refresh)).Refused("invalid_grant");
        (await program.ExchangeAsync(code)).Refused("invalid_grant");
        Assert.Single(await AlertsAsync(grant));
    }

    [Fact]
    public async Task A_refresh_token_that_comes_twice_ends_the_grant_and_raises_one_alert()
    {
        var (organization, program, grant) = await GrantedAsync();
        var first = (await program.ExchangeAsync(await stage.CodeAsync(grant))).Ok();
        var second = (await program.RefreshAsync(first.Refresh)).Ok();
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync(second.Access));
        (await program.RefreshAsync(first.Refresh)).Refused("invalid_grant");
        await AssertReplayedAsync(organization, grant);
        foreach (var token in new[] { first.Access, second.Access })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await stage.VerifyAsync(token));
        }

        (await program.RefreshAsync(second.Refresh)).Refused("invalid_grant");
        (await program.RefreshAsync(first.Refresh)).Refused("invalid_grant");
        Assert.Single(await AlertsAsync(grant));
    }

    [Theory]
    [InlineData("code")]
    [InlineData("refresh token")]
    public async Task Of_two_that_come_at_once_one_gets_tokens_and_then_everything_is_dead(string what)
    {
        for (var round = 0; round < 5; round++)
        {
            var (_, program, grant) = await GrantedAsync();
            var code = await stage.CodeAsync(grant);
            var refresh = await TestApps.RefreshTokenAsync(stage, grant);
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
                what == "code" ? program.ExchangeAsync(code) : program.RefreshAsync(refresh)));
            var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.All(answers.Except([winner]), answer => answer.Refused("invalid_grant"));
            Assert.Equal(HttpStatusCode.Forbidden, await stage.VerifyAsync(winner.Access));
            (await program.RefreshAsync(winner.Refresh)).Refused("invalid_grant");
            Assert.Single(await AlertsAsync(grant));
        }
    }

    [Fact]
    public async Task Another_client_with_a_used_code_or_token_ends_nothing()
    {
        var (_, program, grant) = await GrantedAsync();
        var (_, other, _) = await GrantedAsync();
        var code = await stage.CodeAsync(grant);
        var first = (await program.ExchangeAsync(code)).Ok();
        var second = (await program.RefreshAsync(first.Refresh)).Ok();
        (await other.ExchangeAsync(code)).Refused("invalid_grant");
        (await other.RefreshAsync(first.Refresh)).Refused("invalid_grant");
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync(second.Access));
    }

    [Fact]
    public async Task What_belonged_to_a_grant_that_had_ended_raises_no_alert_and_spares_the_next_grant()
    {
        var (organization, program, grant) = await GrantedAsync();
        var code = await stage.CodeAsync(grant);
        (await program.ExchangeAsync(code)).Ok();
        await stage.ChangeAsync<Credential>(
            grant, row => row.Revoke(organization.Admin.Id, RevocationReason.ByHand, int.MaxValue, stage.Now));
        var app = Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.Id == grant))).AppId;
        var next = await TestApps.GrantAsync(stage, app, organization.Admin.Id, "user_access_read");
        var token = await TestApps.AccessTokenAsync(stage, next);
        (await program.ExchangeAsync(code)).Refused("invalid_grant");
        Assert.Empty(await AlertsAsync(grant));
        Assert.Equal(HttpStatusCode.OK, await stage.VerifyAsync(token));
    }

    private async Task AssertReplayedAsync(TestOrganization organization, Id<Credential> grant)
    {
        var ended = Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.Id == grant)));
        Assert.Equal((stage.Now, RevocationReason.Replayed), (ended.RevokedAt, ended.RevokedBecause));
        var alert = Assert.Single(await AlertsAsync(grant));
        Assert.Equal((organization.Id, stage.Now), (alert.OrganizationId, alert.RaisedAt));
        var told = await stage.RowsAsync<AuditEvent>(all => all
            .Where(row => row.AssetId == grant.Value && row.Name == "replayed"));
        Assert.Contains("used twice", Assert.Single(told).Message, StringComparison.Ordinal);

        // Nothing leaked, and nothing of a leak is over.
        Assert.Empty(await stage.EmailsAsync(Web.Emails.EmailKind.LeakClosed));
    }

    private Task<List<Alert>> AlertsAsync(Id<Credential> grant) =>
        stage.RowsAsync<Alert>(all => all.Where(alert => alert.CredentialId == grant));

    private async Task<(TestOrganization Organization, OAuthProgram Program, Id<Credential> Grant)> GrantedAsync()
    {
        var organization = await stage.CreateOrganizationAsync($"Replay {Interlocked.Increment(ref _organizations)}");
        var app = await TestApps.AppAsync(stage, organization, "Replayer", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        return (organization, new OAuthProgram(stage, app.ClientId), grant);
    }
}
