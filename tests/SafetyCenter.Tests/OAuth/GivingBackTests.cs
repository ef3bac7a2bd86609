using System.Diagnostics;
using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>An app gives tokens back (RFC 7009), and they open nothing from then on, on every node.</summary>
public sealed class GivingBackTests(App here) : IClassFixture<App>, IAsyncLifetime
{
    private static int _organizations;
    private App _there = null!;

    public async ValueTask InitializeAsync() => _there = await App.JoinAsync(here);

    public ValueTask DisposeAsync() => _there.DisposeAsync();

    [Fact]
    public async Task An_access_token_ends_alone_at_once_here_and_within_a_second_there()
    {
        var (program, grant) = await GrantedAsync();
        var tokens = (await program.ExchangeAsync(await here.CodeAsync(grant))).Ok();
        Assert.Equal(HttpStatusCode.OK, await here.VerifyAsync(tokens.Access));
        Assert.Equal(HttpStatusCode.OK, await _there.VerifyAsync(tokens.Access));
        var answer = (await program.RevokeAsync(tokens.Access, "refresh_token")).Ok();
        var clock = Stopwatch.StartNew();
        Assert.Equal("{}", answer.Text);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal(HttpStatusCode.Forbidden, await here.VerifyAsync(tokens.Access));
        await EndsThereAsync(tokens.Access, clock);
        Assert.Equal(HttpStatusCode.OK, await here.VerifyAsync((await program.RefreshAsync(tokens.Refresh)).Ok().Access));
    }

    [Fact]
    public async Task A_refresh_token_ends_all_of_its_sign_in_and_with_the_last_sign_in_the_grant_ends()
    {
        var (program, grant) = await GrantedAsync();
        var laptop = (await program.ExchangeAsync(await here.CodeAsync(grant))).Ok();
        var phone = (await program.ExchangeAsync(await here.CodeAsync(grant))).Ok();
        var later = (await program.RefreshAsync(laptop.Refresh)).Ok();
        Assert.Equal(HttpStatusCode.OK, await here.VerifyAsync(laptop.Access));
        Assert.Equal(HttpStatusCode.OK, await here.VerifyAsync(later.Access));
        Assert.Equal(HttpStatusCode.OK, await _there.VerifyAsync(later.Access));

        // By any refresh token of it, also one that was used.
        (await program.RevokeAsync(laptop.Refresh)).Ok();
        var clock = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.Forbidden, await here.VerifyAsync(laptop.Access));
        Assert.Equal(HttpStatusCode.Forbidden, await here.VerifyAsync(later.Access));
        await EndsThereAsync(later.Access, clock);
        (await program.RefreshAsync(later.Refresh)).Refused("invalid_grant");

        // A used one of what was given back is over, and shows no thief.
        (await program.RefreshAsync(laptop.Refresh)).Refused("invalid_grant");
        Assert.True((await RowAsync(grant)).IsActive);
        Assert.Equal(HttpStatusCode.OK, await here.VerifyAsync(phone.Access));

        (await program.RevokeAsync(phone.Refresh, "access_token")).Ok();
        Assert.Equal(RevocationReason.ReturnedByApp, (await RowAsync(grant)).RevokedBecause);
        Assert.Equal(HttpStatusCode.Forbidden, await here.VerifyAsync(phone.Access));
        (await program.RevokeAsync(phone.Refresh)).Ok();
    }

    [Fact]
    public async Task What_is_unknown_junk_or_of_another_app_is_answered_alike_and_nothing_happens()
    {
        var (program, grant) = await GrantedAsync();
        var (other, _) = await GrantedAsync();
        var tokens = (await program.ExchangeAsync(await here.CodeAsync(grant))).Ok();
        var organization = await here.CreateOrganizationAsync($"Giving {Interlocked.Increment(ref _organizations)}");
        foreach (var token in new[]
        {
            tokens.Access, tokens.Refresh, "junk", new string('x', 10_000), organization.ApiKey.Secret,
            tokens.Access[..^1] + "_",
        })
        {
            Assert.Equal("{}", (await other.RevokeAsync(token)).Ok().Text);
        }

        Assert.Equal(HttpStatusCode.OK, await here.VerifyAsync(tokens.Access));
        (await program.RefreshAsync(tokens.Refresh)).Ok();
        (await program.PostAsync("/oauth2/revoke", null)).Refused("invalid_request");
        (await new OAuthProgram(here, Guid.NewGuid()).RevokeAsync(tokens.Access))
            .Refused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal("{}", (await program.PostAsync("/oauth2/v1/revoke", null, ("token", "junk"))).Ok().Text);
    }

    [Fact]
    public async Task A_confidential_app_has_to_prove_itself_to_give_something_back()
    {
        var organization = await here.CreateOrganizationAsync($"Giving {Interlocked.Increment(ref _organizations)}");
        var (app, secret) = await TestApps.ConfidentialAsync(here, organization, "Robot", "user_access_read");
        var token = (await new OAuthProgram(here, app.ClientId, secret.Secret).ActAsync()).Ok().Access;
        (await new OAuthProgram(here, app.ClientId).RevokeAsync(token)).Refused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, await here.VerifyAsync(token));
        (await new OAuthProgram(here, app.ClientId, secret.Secret, byBasic: true).RevokeAsync(token)).Ok();
        Assert.Equal(HttpStatusCode.Forbidden, await here.VerifyAsync(token));
    }

    [Fact]
    public async Task Nothing_is_issued_beside_what_is_given_back_at_the_same_time()
    {
        for (var round = 0; round < 8; round++)
        {
            var (program, grant) = await GrantedAsync();
            var tokens = (await program.ExchangeAsync(await here.CodeAsync(grant))).Ok();
            var refreshing = program.RefreshAsync(tokens.Refresh);
            (await program.RevokeAsync(tokens.Refresh)).Ok();
            var answer = await refreshing;
            Assert.Equal(RevocationReason.ReturnedByApp, (await RowAsync(grant)).RevokedBecause);
            if (answer.Status == HttpStatusCode.OK)
            {
                Assert.Equal(HttpStatusCode.Forbidden, await here.VerifyAsync(answer.Access));
            }
        }
    }

    private async Task EndsThereAsync(string token, Stopwatch since)
    {
        await Eventually.IsTrueAsync(
            async () => await _there.VerifyAsync(token) == HttpStatusCode.Forbidden, "the token has ended there");
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(1), $"It took {since.Elapsed}.");
    }

    private async Task<OAuthGrant> RowAsync(Id<Credential> grant) =>
        Assert.Single(await here.RowsAsync<OAuthGrant>(all => all.Where(row => row.Id == grant)));

    private async Task<(OAuthProgram Program, Id<Credential> Grant)> GrantedAsync()
    {
        var organization = await here.CreateOrganizationAsync($"Giving {Interlocked.Increment(ref _organizations)}");
        var app = await TestApps.AppAsync(here, organization, "Giver", "user_access_read");
        var grant = await TestApps.GrantAsync(here, app.Id, organization.Admin.Id, "user_access_read");
        return (new OAuthProgram(here, app.ClientId), grant);
    }
}
