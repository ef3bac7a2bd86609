using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Two instances on one database: what ends an app's access is in force at once here, within a second there.</summary>
public sealed class NodesTests(NodesTests.Nodes nodes) : IClassFixture<NodesTests.Nodes>
{
    private const string GivenBack = "the token is given back";

    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    private readonly App _here = nodes.Here;
    private readonly App _there = nodes.There;

    [Theory]
    [InlineData("the grant is ended alone", true, true)]
    [InlineData("the grant is turned off for a test", true, true)]
    [InlineData("a token was used twice", true, true)]
    [InlineData(GivenBack, true, true)]
    [InlineData("its user is disabled", true, false)]
    [InlineData("the app is disabled", false, true)]
    [InlineData("the app is deleted", false, true)]
    [InlineData("its client is disallowed", false, true)]
    [InlineData("its scopes are restricted", false, true)]
    [InlineData("the organization is disabled", false, false)]
    public async Task Access_ends_at_once_here_and_within_a_second_there(
        string how, bool anothersStays, bool anotherAppStays)
    {
        var (admin, organization) = await _here.FoundAsync();
        var bob = await _here.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var app = await TestApps.AppAsync(_here, organization, "App", "user_access_read", "org_management");
        var grant = await TestApps.GrantAsync(_here, app.Id, bob.Id, "user_access_read");
        var token = await TestApps.AccessTokenAsync(_here, grant);
        var anothers = await TestApps.AccessTokenAsync(
            _here, await TestApps.GrantAsync(_here, app.Id, organization.Admin.Id, "user_access_read"));
        var other = await TestApps.AppAsync(_here, organization, "Other", "user_access_read");
        var anotherApp = await TestApps.AccessTokenAsync(
            _here, await TestApps.GrantAsync(_here, other.Id, bob.Id, "user_access_read"));

        // Both remember all of them now.
        foreach (var known in new[] { token, anothers, anotherApp })
        {
            Assert.Equal(HttpStatusCode.OK, await _here.BearAsync(known));
            Assert.Equal(HttpStatusCode.OK, await _there.BearAsync(known));
        }

        await EndAsync(how, organization, admin, app, grant);
        var clock = Stopwatch.StartNew();
        if (how == GivenBack)
        {
            // Written past the change tracker: this instance hears it from the database, too.
            await RefusedWithinASecondAsync(_here, token, clock);
        }

        Assert.Equal(HttpStatusCode.Forbidden, await _here.BearAsync(token));
        Assert.Equal(HttpStatusCode.Forbidden, await _here.BearAsync(token, "/api/v2/users"));
        await RefusedWithinASecondAsync(_there, token, clock);
        Assert.Equal(HttpStatusCode.Forbidden, await _there.BearAsync(token, "/api/v2/users"));
        foreach (var node in new[] { _here, _there })
        {
            Assert.Equal(anothersStays, await node.BearAsync(anothers) == HttpStatusCode.OK);
            Assert.Equal(anotherAppStays, await node.BearAsync(anotherApp) == HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task What_is_undone_here_opens_again_there_within_a_second()
    {
        var (admin, organization) = await _here.FoundAsync();
        var app = await TestApps.AppAsync(_here, organization, "App", "user_access_read");
        var grant = await TestApps.GrantAsync(_here, app.Id, organization.Admin.Id, "user_access_read");
        var token = await TestApps.AccessTokenAsync(_here, grant);
        Assert.Equal(HttpStatusCode.OK, await _there.BearAsync(token));
        (await admin.SendAsync(HttpMethod.Post, Life.Path(grant, "revoke"))).Must(HttpStatusCode.OK);
        await Eventually.IsTrueAsync(
            async () => await _there.BearAsync(token) == HttpStatusCode.Forbidden, "it is refused there");
        using var ann = await _here.SignedInAsync(organization.Admin);
        using var undone = await ann.PostFormAsync("/me/grants", "Undo");
        Assert.Equal(HttpStatusCode.Redirect, undone.StatusCode);
        var clock = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.OK, await _here.BearAsync(token));
        while (await _there.BearAsync(token) != HttpStatusCode.OK)
        {
            Assert.True(clock.Elapsed < Promise, $"It is still refused there after {clock.Elapsed}.");
        }
    }

    private async Task EndAsync(
        string how, TestOrganization organization, ApiCaller admin, OAuthApp app, Id<Credential> grant)
    {
        switch (how)
        {
            case "the grant is ended alone":
                (await admin.SendAsync(HttpMethod.Post, Life.Path(grant, "revoke"))).Must(HttpStatusCode.OK);
                break;
            case "the grant is turned off for a test":
                (await admin.PostAsync(Life.Path(grant, "test_revocation"), "test_revocations", new { minutes = 15 }))
                    .Must(HttpStatusCode.Created);
                break;
            case "its user is disabled":
                await Tokens.DisableAsync(_here, organization, (await _here.GrantAsync(grant)).OwnerId);
                break;
            case GivenBack:
                await _here.InScopeAsync(async (SafetyCenterDb db) => await db.OAuthTokens.IgnoreQueryFilters(Filter)
                    .Where(token => token.GrantId == grant)
                    .ExecuteUpdateAsync(set => set.SetProperty(token => token.EndedAt, _here.Now)));
                break;
            case "a token was used twice":
                await _here.ReplayAsync(grant);
                break;
            case "the app is disabled":
                await _here.ChangeAppAsync(app.Id, row => row.Disable(organization.Admin.Id, _here.Now));
                break;
            case "the app is deleted":
                await _here.ChangeAppAsync(app.Id, row => row.Delete(_here.Now));
                break;
            case "its scopes are restricted":
                await _here.ChangeAppAsync(app.Id, row => row.Restrict(["org_management"]));
                break;
            case "its client is disallowed":
                await OrganizationAsync(row => Policy.DisallowedOAuthClients.Set(row, [$"{app.ClientId}"], _here.Now));
                break;
            case "the organization is disabled":
                await OrganizationAsync(row => row.Disable(_here.Now));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(how), how, "Nobody ends it like that.");
        }

        Task OrganizationAsync(Action<Organization> change) => _here.InScopeAsync(async (SafetyCenterDb db) =>
        {
            change(await db.Organizations.SingleAsync(row => row.Id == organization.Id));
            await db.SaveChangesAsync();
        });
    }

    private static async Task RefusedWithinASecondAsync(App node, string token, Stopwatch since)
    {
        while (await node.BearAsync(token) != HttpStatusCode.Forbidden)
        {
            Assert.True(since.Elapsed < Promise, $"It is still let in after {since.Elapsed}.");
        }
    }

    /// <summary>The two instances.</summary>
    public sealed class Nodes(TestPostgres postgres) : IAsyncLifetime
    {
        public App Here { get; private set; } = null!;

        public App There { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Here = await App.StartAsync(postgres);
            There = await App.JoinAsync(Here);
        }

        public async ValueTask DisposeAsync()
        {
            await There.DisposeAsync();
            await Here.DisposeAsync();
        }
    }
}
