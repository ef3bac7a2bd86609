using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>What may act for whoever calls, by Datadog's v2 API: seen and ended by themselves.</summary>
public sealed class UserAuthorizedClientsApiTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Own = AppCalls.Own;

    [Fact]
    public async Task Everybody_sees_their_own_grants_and_nobody_elses()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (carl, _) = await app.NewOrganizationAsync();
        var boards = await TestApps.AppAsync(app, organization, "Boards", "dashboards_read");
        var alerts = await TestApps.AppAsync(app, organization, "Alerts", "monitors_read");
        var eve = await app.AddPersonAsync(organization, $"eve@{organization.Slug}.example", role: Role.ReadOnlyName);
        var toBoards = await TestApps.GrantAsync(app, boards.Id, eve.Id, "dashboards_read");
        app.Time.Jump(TimeSpan.FromMinutes(1));
        var toAlerts = await TestApps.GrantAsync(app, alerts.Id, eve.Id, "monitors_read");
        var ofAnn = await TestApps.GrantAsync(app, boards.Id, organization.Admin.Id, "dashboards_read");

        // Without any permission over apps.
        var caller = await app.CallerAsync(organization, eve);
        var list = (await caller.GetAsync($"{Own}?include=oauth2_client,oauth2_client.app")).Must(HttpStatusCode.OK);
        Assert.Equal([$"{toAlerts}", $"{toBoards}"], list.Ids());
        Assert.Equal(2, list.Total());
        Assert.Equal([$"{alerts.ClientId}", $"{boards.ClientId}"], list.IncludedIds("oauth2_clients"));
        Assert.Equal([$"{toBoards}"], (await caller.GetAsync($"{Own}?filter=board")).Must(HttpStatusCode.OK).Ids());
        Assert.Equal(
            [$"{toBoards}"], (await caller.GetAsync($"{Own}?page[size]=1&page[number]=1")).Must(HttpStatusCode.OK).Ids());
        Assert.Equal(
            [$"{toAlerts}", $"{toBoards}"],
            (await caller.GetAsync($"{Own}?sort=oauth2_client.name")).Must(HttpStatusCode.OK).Ids());
        var one = (await caller.GetAsync($"{Own}/{toBoards}?include=scopes")).Must(HttpStatusCode.OK);
        Assert.Equal($"{eve.Id}", one.Data.RelatedId("user"));
        Assert.Equal(["dashboards_read"], one.Data.RelatedIds("scopes"));
        Assert.Equal(["dashboards_read"], one.IncludedIds("scopes"));

        foreach (var id in new[] { $"{ofAnn}", $"{organization.ApiKey.Id}", $"{Guid.NewGuid()}", "no-id" })
        {
            (await caller.GetAsync($"{Own}/{id}")).Must(HttpStatusCode.NotFound);
            (await caller.DeleteAsync($"{Own}/{id}")).Must(HttpStatusCode.NotFound);
        }

        Assert.Empty((await carl.GetAsync(Own)).Must(HttpStatusCode.OK).Ids());
        (await carl.GetAsync($"{Own}/{toBoards}")).Must(HttpStatusCode.NotFound);
        (await carl.DeleteAsync($"{Own}/client/{boards.ClientId}")).Must(HttpStatusCode.NotFound);

        // Not even an admin by this address.
        (await admin.DeleteAsync($"{Own}/{toBoards}")).Must(HttpStatusCode.NotFound);
        Assert.True((await app.GrantRowAsync(toBoards)).IsActive);
        Assert.True((await app.GrantRowAsync(ofAnn)).IsActive);
    }

    [Fact]
    public async Task Whoever_agreed_ends_it_by_its_id_or_by_the_client()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var boards = await TestApps.AppAsync(app, organization, "Boards", "user_access_read");
        var alerts = await TestApps.AppAsync(app, organization, "Alerts", "user_access_read");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var toBoards = await TestApps.GrantAsync(app, boards.Id, bob.Id, "user_access_read");
        var toAlerts = await TestApps.GrantAsync(app, alerts.Id, bob.Id, "user_access_read");
        var ofAnn = await TestApps.GrantAsync(app, alerts.Id, organization.Admin.Id, "user_access_read");
        var token = TestApps.CallerWith(app, await TestApps.AccessTokenAsync(app, toBoards));
        (await token.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);
        var caller = await app.CallerAsync(organization, bob);

        (await caller.DeleteAsync($"{Own}/{toBoards}")).Must(HttpStatusCode.NoContent);
        (await token.GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
        var ended = await app.GrantRowAsync(toBoards);
        Assert.Equal(RevocationReason.ByHand, ended.RevokedBecause);
        Assert.Equal(bob.Id, ended.RevokedBy);
        Assert.True((await app.GrantRowAsync(toAlerts)).IsActive);
        (await caller.DeleteAsync($"{Own}/{toBoards}")).Must(HttpStatusCode.NoContent);
        Assert.Equal([$"{toBoards}"], (await caller.GetAsync($"{Own}?filter[disabled]=true")).Must(HttpStatusCode.OK).Ids());
        Assert.Equal([$"{toAlerts}"], (await caller.GetAsync($"{Own}?filter[disabled]=false")).Must(HttpStatusCode.OK).Ids());

        (await caller.DeleteAsync($"{Own}/client/{alerts.ClientId}")).Must(HttpStatusCode.NoContent);
        (await caller.DeleteAsync($"{Own}/client/{alerts.ClientId}")).Must(HttpStatusCode.NoContent);
        Assert.Equal(bob.Id, (await app.GrantRowAsync(toAlerts)).RevokedBy);
        Assert.True((await app.GrantRowAsync(ofAnn)).IsActive);
        foreach (var id in new[] { $"{alerts.Id}", $"{Guid.NewGuid()}", "no-id" })
        {
            (await caller.DeleteAsync($"{Own}/client/{id}")).Must(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task An_app_sees_and_ends_what_it_was_let_do_itself_and_nothing_of_other_apps()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var boards = await TestApps.AppAsync(app, organization, "Boards", "dashboards_read");
        var alerts = await TestApps.AppAsync(app, organization, "Alerts", "monitors_read");
        var toBoards = await TestApps.GrantAsync(app, boards.Id, organization.Admin.Id, "dashboards_read");
        var toAlerts = await TestApps.GrantAsync(app, alerts.Id, organization.Admin.Id, "monitors_read");
        var caller = TestApps.CallerWith(app, await TestApps.AccessTokenAsync(app, toBoards));

        Assert.Equal([$"{toBoards}"], (await caller.GetAsync(Own)).Must(HttpStatusCode.OK).Ids());
        (await caller.GetAsync($"{Own}/{toBoards}")).Must(HttpStatusCode.OK);
        (await caller.GetAsync($"{Own}/{toAlerts}")).Must(HttpStatusCode.NotFound);
        (await caller.DeleteAsync($"{Own}/{toAlerts}")).Must(HttpStatusCode.NotFound);
        (await caller.DeleteAsync($"{Own}/client/{alerts.ClientId}")).Must(HttpStatusCode.NotFound);
        Assert.True((await app.GrantRowAsync(toAlerts)).IsActive);

        (await caller.DeleteAsync($"{Own}/client/{boards.ClientId}")).Must(HttpStatusCode.NoContent);
        Assert.False((await app.GrantRowAsync(toBoards)).IsActive);
        (await caller.GetAsync(Own)).Must(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_list_costs_the_same_statements_for_few_and_for_many()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        await LetInAsync("first");
        (await admin.GetAsync(Own)).Must(HttpStatusCode.OK);
        var few = await StatementsAsync();
        for (var number = 0; number < 12; number++)
        {
            await LetInAsync($"app {number}");
        }

        var many = await StatementsAsync();
        Assert.Equal(few.Order(), many.Order());
        Assert.True(many.Count <= 6, string.Join("\n\n", many));

        async Task LetInAsync(string name) => await TestApps.GrantAsync(
            app, (await TestApps.AppAsync(app, organization, name, "slos_read")).Id, organization.Admin.Id, "slos_read");

        async Task<IReadOnlyList<string>> StatementsAsync()
        {
            using var statements = new Statements();
            (await admin.SendAsync(
                HttpMethod.Get,
                $"{Own}?page[size]=100&include=oauth2_client,scopes,user",
                traceParent: statements.TraceParent)).Must(HttpStatusCode.OK);
            return statements.TextsAfterKeys;
        }
    }
}
