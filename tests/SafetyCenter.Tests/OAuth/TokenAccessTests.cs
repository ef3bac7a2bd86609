using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What an access token of an app opens, and when it stops.</summary>
public sealed class TokenAccessTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task A_token_opens_what_its_scope_and_its_user_both_allow_and_for_an_hour()
    {
        var organization = await stage.CreateOrganizationAsync("Token access");
        var app = await TestApps.AppAsync(stage, organization, "Reader", "user_access_read", "org_management");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var caller = TestApps.CallerWith(stage, await TestApps.AccessTokenAsync(stage, grant));

        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);
        var refused = (await caller.GetAsync("/api/v2/org")).Must(HttpStatusCode.Forbidden);
        Assert.Contains("org_management among the scopes", Assert.Single(refused.Errors), StringComparison.Ordinal);
        var verified = (await caller.GetAsync("/verify")).Must(HttpStatusCode.OK);
        Assert.Equal("user_access_read", Assert.Single(verified.Headers.GetValues("X-Scopes")));
        Assert.Equal(grant.ToString(), Assert.Single(verified.Headers.GetValues("X-Credential-Id")));
        Assert.Equal("oauth_access_token", Assert.Single(verified.Headers.GetValues("X-Credential-Kind")));

        stage.Time.Jump(OAuthToken.AccessLifetime);
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_an_app_may_do_is_given_no_end_and_no_successor()
    {
        var organization = await stage.CreateOrganizationAsync("Token ends");
        var app = await TestApps.AppAsync(stage, organization, "Lasting", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var (admin, address) = (ApiCaller.AdminOf(stage, organization), $"/api/v2/safety_center/credentials/{grant}");
        var end = await admin.SendAsync(
            HttpMethod.Put,
            $"{address}/expiry",
            new { data = new { type = "expiries", attributes = new { expires_at = stage.Now.AddDays(1) } } });
        Assert.Contains("Revoke it instead", Assert.Single(end.Must(HttpStatusCode.BadRequest).Errors), StringComparison.Ordinal);
        var successor = await admin.PostAsync($"{address}/rotate", "rotations", new { retire_at = stage.Now.AddDays(1) });
        successor.Must(HttpStatusCode.Forbidden);
        Assert.Null(Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.Id == grant))).EndsAt);
    }

    [Fact]
    public async Task Disabling_the_app_ends_every_token_at_once_and_enabling_it_brings_none_back()
    {
        var organization = await stage.CreateOrganizationAsync("Token end");
        var app = await TestApps.AppAsync(stage, organization, "Ender", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var caller = TestApps.CallerWith(stage, await TestApps.AccessTokenAsync(stage, grant));
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);

        await ChangeAsync(row => row.Disable(organization.Admin.Id, stage.Now));
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
        await ChangeAsync(row => row.Enable());
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
        var ended = Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.AppId == app.Id)));
        Assert.Equal(RevocationReason.AppDisabled, ended.RevokedBecause);

        Task ChangeAsync(Action<OAuthApp> change) => stage.InScopeAsync(async db =>
        {
            change(await db.OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(row => row.Id == app.Id));
            await db.SaveChangesAsync();
        });
    }
}
