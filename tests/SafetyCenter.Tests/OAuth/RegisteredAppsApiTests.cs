using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Api;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Apps as a list of our API, and what ends them and brings them back.</summary>
public sealed class RegisteredAppsApiTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task The_list_is_filtered_sorted_and_paged()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var ids = new List<OAuthApp>();
        foreach (var name in new[] { "Beta_1", "alpha", "Beta%2" })
        {
            ids.Add(await TestApps.AppAsync(stage, organization, name, "user_access_read"));
            stage.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var used = await TestApps.GrantAsync(stage, ids[1].Id, organization.Admin.Id, "user_access_read");
        (await TestApps.CallerWith(stage, await TestApps.AccessTokenAsync(stage, used)).GetAsync("/verify"))
            .Must(HttpStatusCode.OK);
        await stage.FlushAsync();
        Assert.Equal(["Beta_1"], (await ListAsync("filter=beta_")).Names());
        Assert.Equal(["Beta%2"], (await ListAsync("filter=%252")).Names());
        Assert.Equal(["Beta%2", "alpha", "Beta_1"], (await ListAsync("sort=-created_at")).Names());
        var second = await ListAsync("sort=created_at&page[size]=1&page[number]=1");
        Assert.Equal(["alpha"], second.Names());
        Assert.Equal(3, second.Total());
        Assert.Equal(["alpha"], (await ListAsync("sort=last_exercised&page[size]=1")).Names());
        (await admin.SendAsync(HttpMethod.Post, OAuthApps.Of($"{ids[0].Id}", "disable"))).Must(HttpStatusCode.OK);
        Assert.Equal(["Beta_1"], (await ListAsync("filter[disabled]=true")).Names());
        Assert.Equal(2, (await ListAsync("filter[disabled]=false")).Total());
        (await admin.GetAsync(OAuthApps.Path + "?sort=scopes")).Must(HttpStatusCode.BadRequest);

        async Task<ApiCaller.Answer> ListAsync(string query) =>
            (await admin.GetAsync($"{OAuthApps.Path}?{query}")).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_list_asks_the_database_as_often_for_many_apps_as_for_few()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        await TestApps.AppAsync(stage, organization, "first", "user_access_read");
        var few = await CostAsync();
        for (var number = 0; number < 20; number++)
        {
            var app = await TestApps.AppAsync(stage, organization, $"app {number}", "user_access_read");
            await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        }

        Assert.Equal(few, await CostAsync());
        Assert.InRange(few, 1, 6);

        async Task<int> CostAsync()
        {
            (await admin.GetAsync(OAuthApps.Path)).Must(HttpStatusCode.OK);
            using var statements = new Statements();
            (await admin.SendAsync(HttpMethod.Get, OAuthApps.Path, traceParent: statements.TraceParent)).Must(HttpStatusCode.OK);
            return statements.Texts.Count;
        }
    }

    [Fact]
    public async Task Disabled_apps_end_their_grants_undo_brings_them_back_and_enabling_does_not()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var app = await TestApps.AppAsync(stage, organization, "Switched", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var disabled = await ActAsync("disable");
        Assert.True(disabled.Attribute("disabled").GetBoolean());
        Assert.Equal(0, disabled.Attribute("user_count").GetInt32());
        Assert.NotNull(disabled.Attribute("undoable_until").GetString());
        var again = await ActAsync("disable");
        Assert.Equal(disabled.Data.GetRawText(), again.Data.GetRawText());

        var undone = await ActAsync("undo");
        Assert.False(undone.Attribute("disabled").GetBoolean());
        Assert.Equal(1, undone.Attribute("user_count").GetInt32());
        (await admin.SendAsync(HttpMethod.Post, OAuthApps.Of($"{app.Id}", "undo"))).Refuses(
            HttpStatusCode.BadRequest, "nothing to undo");

        await ActAsync("disable");
        stage.Time.Jump(TimeSpan.FromDays(30));
        (await admin.SendAsync(HttpMethod.Post, OAuthApps.Of($"{app.Id}", "undo"))).Refuses(
            HttpStatusCode.Forbidden, "too late");
        Assert.Equal(0, (await ActAsync("enable")).Attribute("user_count").GetInt32());
        var row = Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(owned => owned.Id == grant)));
        Assert.Equal(RevocationReason.AppDisabled, row.RevokedBecause);

        async Task<ApiCaller.Answer> ActAsync(string act) =>
            (await admin.SendAsync(HttpMethod.Post, OAuthApps.Of($"{app.Id}", act))).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_deleted_app_is_gone_with_its_grants_and_secrets()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Gone", "user_access_read");
        var app = Id<OAuthApp>.Parse(id, null);
        var grant = await TestApps.GrantAsync(stage, app, organization.Admin.Id, "user_access_read");
        var caller = TestApps.CallerWith(stage, await TestApps.AccessTokenAsync(stage, grant));
        (await caller.GetAsync("/verify")).Must(HttpStatusCode.OK);
        var deleted = (await admin.DeleteAsync(OAuthApps.Of(id))).Must(HttpStatusCode.NoContent);
        Assert.Empty(deleted.Text);
        (await caller.GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        var ended = await stage.RowsAsync<Credential>(all => all.Where(row => row.OrganizationId == organization.Id
            && (row is OAuthClientSecret || row is OAuthGrant)));
        Assert.Equal(2, ended.Count);
        Assert.All(ended, row => Assert.Equal(RevocationReason.AppDeleted, row.RevokedBecause));
        (await admin.GetAsync(OAuthApps.Of(id))).Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync(OAuthApps.Of(id))).Must(HttpStatusCode.NotFound);
        (await admin.SendAsync(HttpMethod.Post, OAuthApps.Of(id, "enable"))).Must(HttpStatusCode.NotFound);
        (await admin.AddSecretAsync(stage, id)).Must(HttpStatusCode.NotFound);
    }
}
