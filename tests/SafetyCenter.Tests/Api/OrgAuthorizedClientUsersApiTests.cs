using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api.JsonApi;

namespace SafetyCenter.Tests.Api;

/// <summary>What the users of an organization let one app do, by Datadog's v2 API: seen and ended by an admin.</summary>
public sealed class OrgAuthorizedClientUsersApiTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Apps = AppCalls.Apps;

    [Fact]
    public async Task Grants_are_listed_with_ended_ones_filtered_and_sorted()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Grapher", "dashboards_read", "dashboards_write");
        var zoe = await app.AddPersonAsync(organization, $"a-zoe@{organization.Slug}.example", "Zoe");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var ofZoe = await TestApps.GrantAsync(app, made.Id, zoe.Id, "dashboards_read");
        var agreed = app.Now;
        app.Time.Jump(TimeSpan.FromMinutes(1));
        var ofBob = await TestApps.GrantAsync(app, made.Id, bob.Id, "dashboards_read", "dashboards_write");
        app.Time.Jump(TimeSpan.FromMinutes(1));
        await app.UsedAsync(ofZoe, app.Now);
        await Tokens.DisableAsync(app, organization, bob.Id);

        var path = $"{Apps}/{made.Id}/user_authorized_clients";
        await ListsAsync("", ofBob, ofZoe);
        await ListsAsync("sort=user.name", ofBob, ofZoe);
        await ListsAsync("sort=-user.name", ofZoe, ofBob);
        await ListsAsync("sort=user.email", ofZoe, ofBob);
        await ListsAsync("sort=oauth2_client.name", ofZoe, ofBob);
        await ListsAsync("filter[disabled]=true", ofBob);
        await ListsAsync("filter[disabled]=false", ofZoe);
        await ListsAsync("filter[user][name]=builder", ofBob);
        await ListsAsync("filter[user][email]=a-zoe@", ofZoe);
        await ListsAsync("filter[user][disabled]=true", ofBob);
        await ListsAsync("filter[user][disabled]=false", ofZoe);
        await ListsAsync("filter[user][name]=nobody");
        (await admin.GetAsync($"{path}?sort=scopes")).Must(HttpStatusCode.BadRequest);
        (await admin.GetAsync($"{path}?filter[user][disabled]=1")).Must(HttpStatusCode.BadRequest);

        var all = (await admin.GetAsync($"{path}?sort=user.email&include=user,oauth2_client,scopes")).Must(HttpStatusCode.OK);
        var (live, ended) = (all.Data[0].GetProperty("attributes"), all.Data[1].GetProperty("attributes"));
        Assert.Equal(Wire.Time(agreed), live.GetProperty("created_at").GetString());
        Assert.Equal(Wire.Time(agreed), live.GetProperty("modified_at").GetString());
        Assert.Equal(Wire.Time(app.Now), live.GetProperty("last_exercised").GetString());
        Assert.False(live.GetProperty("disabled").GetBoolean());
        Assert.True(ended.GetProperty("disabled").GetBoolean());
        Assert.Equal(Wire.Time(app.Now), ended.GetProperty("modified_at").GetString());
        Assert.False(ended.GetProperty("org_disabled").GetBoolean());
        Assert.Equal($"{zoe.Id}", all.Data[0].RelatedId("user"));
        Assert.Equal($"{made.ClientId}", all.Data[0].RelatedId("oauth2_client"));
        Assert.Equal(["dashboards_read", "dashboards_write"], all.Data[1].RelatedIds("scopes"));
        Assert.Equal([$"{zoe.Id}", $"{bob.Id}"], all.IncludedIds("users"));
        Assert.Equal([$"{made.ClientId}"], all.IncludedIds("oauth2_clients"));
        Assert.Equal(["dashboards_read", "dashboards_write"], all.IncludedIds("scopes"));

        (await admin.DeleteAsync($"{Apps}/{made.Id}")).Must(HttpStatusCode.NoContent);
        Assert.All(
            (await admin.GetAsync(path)).Must(HttpStatusCode.OK).Data.EnumerateArray(),
            grant => Assert.True(grant.GetProperty("attributes").GetProperty("org_disabled").GetBoolean()));

        async Task ListsAsync(string query, params object[] grants)
        {
            var list = (await admin.GetAsync($"{path}?{query}")).Must(HttpStatusCode.OK);
            Assert.Equal(grants.Select(grant => $"{grant}"), list.Ids());
            Assert.Equal(grants.Length, list.Total());
        }
    }

    [Fact]
    public async Task One_grant_is_ended_and_nobody_else_notices()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Reader", "user_access_read");
        var other = await TestApps.AppAsync(app, organization, "Other", "user_access_read");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var ofBob = await TestApps.GrantAsync(app, made.Id, bob.Id, "user_access_read");
        var ofAnn = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "user_access_read");
        var caller = TestApps.CallerWith(app, await TestApps.AccessTokenAsync(app, ofBob));
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);

        (await admin.DeleteAsync($"{Apps}/{other.Id}/user_authorized_clients/{ofBob}")).Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync($"{Apps}/{made.Id}/user_authorized_clients/{organization.ApiKey.Id}"))
            .Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync($"{Apps}/{made.Id}/user_authorized_clients/no-id")).Must(HttpStatusCode.NotFound);
        Assert.True((await app.GrantRowAsync(ofBob)).IsActive);

        (await admin.DeleteAsync($"{Apps}/{made.Id}/user_authorized_clients/{ofBob}")).Must(HttpStatusCode.NoContent);
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
        var ended = await app.GrantRowAsync(ofBob);
        Assert.Equal(RevocationReason.ByHand, ended.RevokedBecause);
        Assert.Equal(organization.Admin.Id, ended.RevokedBy);
        Assert.True((await app.GrantRowAsync(ofAnn)).IsActive);

        // Once more changes nothing.
        app.Time.Jump(TimeSpan.FromMinutes(1));
        (await admin.DeleteAsync($"{Apps}/{made.Id}/user_authorized_clients/{ofBob}")).Must(HttpStatusCode.NoContent);
        Assert.Equal(ended.RevokedAt, (await app.GrantRowAsync(ofBob)).RevokedAt);
    }

    [Fact]
    public async Task All_that_one_user_let_an_app_do_is_ended()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (_, globex) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Reader", "user_access_read");
        var other = await TestApps.AppAsync(app, organization, "Other", "user_access_read");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var ofBob = await TestApps.GrantAsync(app, made.Id, bob.Id, "user_access_read");
        var elsewhere = await TestApps.GrantAsync(app, other.Id, bob.Id, "user_access_read");
        var ofAnn = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "user_access_read");

        foreach (var stranger in new[] { $"{globex.Admin.Id}", $"{Guid.NewGuid()}", "no-id" })
        {
            (await admin.DeleteAsync($"{Apps}/{made.Id}/user/{stranger}")).Must(HttpStatusCode.NotFound);
        }

        (await admin.DeleteAsync($"{Apps}/{made.Id}/user/{bob.Id}")).Must(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"{Apps}/{made.Id}/user/{bob.Id}")).Must(HttpStatusCode.NoContent);
        Assert.Equal(RevocationReason.ByHand, (await app.GrantRowAsync(ofBob)).RevokedBecause);
        Assert.True((await app.GrantRowAsync(elsewhere)).IsActive);
        Assert.True((await app.GrantRowAsync(ofAnn)).IsActive);
    }
}
