using System.Net;
using System.Text.Json;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Api;

/// <summary>The OAuth apps of an organization, by Datadog's v2 API: seen, disabled and enabled.</summary>
public sealed class OrgAuthorizedClientsApiTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Apps = AppCalls.Apps;
    private const string Type = "org_authorized_clients";

    [Fact]
    public async Task An_app_is_shown_with_its_use_and_with_what_it_may_do_for_whom()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Grapher", "dashboards_read", "dashboards_write");
        var never = (await admin.GetAsync($"{Apps}/{made.Id}")).Must(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, never.Attribute("last_exercised").ValueKind);
        Assert.Equal(0, never.Attribute("user_count").GetInt32());
        Assert.Empty(never.Data.RelatedIds("user_authorized_clients"));

        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var ended = await TestApps.GrantAsync(app, made.Id, bob.Id, "dashboards_read");
        (await admin.DeleteAsync($"{Apps}/{made.Id}/user/{bob.Id}")).Must(HttpStatusCode.NoContent);
        app.Time.Jump(TimeSpan.FromMinutes(1));
        var first = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "dashboards_read");
        app.Time.Jump(TimeSpan.FromMinutes(1));
        var second = await TestApps.GrantAsync(app, made.Id, bob.Id, "dashboards_read", "dashboards_write");
        var used = app.Now;
        await app.UsedAsync(ended, used.AddMinutes(-1));
        await app.UsedAsync(first, used);

        var one = (await admin.GetAsync($"{Apps}/{made.Id}")).Must(HttpStatusCode.OK);
        Assert.Equal(Type, one.Data.GetProperty("type").GetString());
        Assert.Equal($"{made.Id}", one.Id);
        Assert.False(one.Attribute("disabled").GetBoolean());
        Assert.True(one.Attribute("approved").GetBoolean());
        Assert.Equal(Wire.Time(used), one.Attribute("last_exercised").GetString());
        Assert.Equal(2, one.Attribute("user_count").GetInt32());
        Assert.Equal($"{made.ClientId}", one.Data.RelatedId("oauth2_client"));

        // The living first, the latest of them first.
        Assert.Equal([$"{second}", $"{first}", $"{ended}"], one.Data.RelatedIds("user_authorized_clients"));
        var related = one.Data.GetProperty("relationships").GetProperty("user_authorized_clients").GetProperty("links")
            .GetProperty("related").GetString()!;
        Assert.Equal([$"{second}", $"{first}", $"{ended}"], (await admin.GetAsync(related)).Must(HttpStatusCode.OK).Ids());
        Assert.Empty(one.Json.GetProperty("included").EnumerateArray());
        Assert.Equal(
            one.Data.GetProperty("attributes").ToString(),
            Assert.Single((await admin.GetAsync(Apps)).Must(HttpStatusCode.OK).Data.EnumerateArray())
                .GetProperty("attributes").ToString());
    }

    [Fact]
    public async Task What_the_list_of_disallowed_clients_keeps_out_is_neither_enabled_nor_undone()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Unwanted", "dashboards_read");
        const string list = "/api/v2/org_configs/oauth_client_disallow_list";
        (await admin.PatchAsync(list, "org_configs", "oauth_client_disallow_list", new { value = new[] { $"{made.ClientId}" } }))
            .Must(HttpStatusCode.OK);
        Assert.True((await admin.GetAsync($"{Apps}/{made.Id}")).Attribute("disabled").GetBoolean());

        var undo = $"/api/v2/safety_center/oauth_apps/{made.Id}/undo";
        foreach (var refused in new[]
        {
            await admin.PatchAsync($"{Apps}/{made.Id}", Type, $"{made.Id}", new { disabled = false }),
            await admin.SendAsync(HttpMethod.Post, undo),
        })
        {
            var reason = Assert.Single(refused.Must(HttpStatusCode.Forbidden).Errors);
            Assert.Contains("oauth_client_disallow_list", reason, StringComparison.Ordinal);
        }

        (await admin.PatchAsync(list, "org_configs", "oauth_client_disallow_list", new { value = Array.Empty<string>() }))
            .Must(HttpStatusCode.OK);
        Assert.True((await admin.GetAsync($"{Apps}/{made.Id}")).Attribute("disabled").GetBoolean());
        (await admin.SendAsync(HttpMethod.Post, undo)).Must(HttpStatusCode.OK);
        Assert.False((await admin.GetAsync($"{Apps}/{made.Id}")).Attribute("disabled").GetBoolean());
    }

    [Fact]
    public async Task An_app_that_waits_for_approval_says_so()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var waiting = TestApps.NewApp(organization, "Waiting", ["slos_read"], app.Now);
        var asked = new OAuthApp(waiting.Client, organization.Id, isApproved: false, organization.Admin.Id, app.Now);
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.Add(asked);
            await db.SaveChangesAsync();
        });
        var answer = (await admin.GetAsync($"{Apps}/{asked.Id}")).Must(HttpStatusCode.OK);
        Assert.False(answer.Attribute("approved").GetBoolean());
        Assert.False(answer.Attribute("disabled").GetBoolean());
    }

    [Fact]
    public async Task What_stands_beside_an_app_comes_along_when_it_is_asked_for()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Grapher", "dashboards_read", "dashboards_write");
        var grant = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "dashboards_read");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var ended = await TestApps.GrantAsync(app, made.Id, bob.Id, "dashboards_read");
        await Tokens.DisableAsync(app, organization, bob.Id);

        var all = (await admin.GetAsync(
            $"{Apps}/{made.Id}?include=oauth2_client,oauth2_client.app,oauth2_client.scopes,user_authorized_clients.user"))
            .Must(HttpStatusCode.OK);
        var client = Assert.Single(all.Included("oauth2_clients"));
        Assert.Equal($"{made.ClientId}", client.GetProperty("id").GetString());
        var described = client.GetProperty("attributes");
        Assert.Equal("Grapher", described.GetProperty("name").GetString());
        Assert.Equal("Somebody", described.GetProperty("publisher").GetString());
        Assert.Equal(JsonValueKind.Null, described.GetProperty("website").ValueKind);
        Assert.False(described.GetProperty("confidential").GetBoolean());
        Assert.False(described.GetProperty("dynamic").GetBoolean());
        Assert.Equal(TestApps.Callback, Assert.Single(described.GetProperty("redirect_uris").EnumerateArray()).GetString());
        Assert.Equal(["dashboards_read", "dashboards_write"], client.RelatedIds("scopes"));
        Assert.Equal(["dashboards_read", "dashboards_write"], all.IncludedIds("scopes"));
        Assert.Equal(
            [false, true],
            all.Included("scopes").Select(scope => scope.GetProperty("attributes").GetProperty("writes").GetBoolean()));
        Assert.Equal([$"{grant}", $"{ended}"], all.IncludedIds("user_authorized_clients"));
        Assert.Equal(
            new[] { $"{organization.Admin.Id}", $"{bob.Id}" }.Order(), all.IncludedIds("users").Order());

        var nothing = (await admin.GetAsync($"{Apps}/{made.Id}?include=user_authorized_clients")).Must(HttpStatusCode.OK);
        Assert.Empty(nothing.Included("users"));
        Assert.Empty(nothing.Included("oauth2_clients"));
        foreach (var (filter, left) in new[]
        {
            ("filter[user_authorized_clients][disabled]=false", grant),
            ("filter[user_authorized_clients][disabled]=true", ended),
            ("filter[user_authorized_clients][user][disabled]=false", grant),
            ("filter[user_authorized_clients][user][disabled]=true", ended),
        })
        {
            var some = (await admin.GetAsync($"{Apps}/{made.Id}?include=user_authorized_clients.user&{filter}"))
                .Must(HttpStatusCode.OK);
            Assert.Equal([$"{left}"], some.Data.RelatedIds("user_authorized_clients"));
            Assert.Equal([$"{left}"], some.IncludedIds("user_authorized_clients"));
            Assert.Single(some.Included("users"));
        }

        (await admin.GetAsync($"{Apps}/{made.Id}?include=secrets")).Must(HttpStatusCode.BadRequest);
        var list = (await admin.GetAsync($"{Apps}?include=oauth2_client,user_authorized_clients.user"))
            .Must(HttpStatusCode.OK);
        Assert.Equal([$"{made.ClientId}"], list.IncludedIds("oauth2_clients"));
        Assert.Equal([$"{grant}", $"{ended}"], list.IncludedIds("user_authorized_clients"));
        Assert.Equal(2, list.Included("users").Count);
    }

    [Fact]
    public async Task The_list_is_filtered_sorted_and_paged_through()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var ids = new Dictionary<string, string>();
        foreach (var name in new[] { "Cards", "100% Alerts", "Boards" })
        {
            ids[name] = $"{(await TestApps.AppAsync(app, organization, name, "slos_read")).Id}";
        }

        (await admin.DeleteAsync($"{Apps}/{ids["Cards"]}")).Must(HttpStatusCode.NoContent);
        await ListsAsync("", "100% Alerts", "Boards", "Cards");
        await ListsAsync("sort=-oauth2_client.name", "Cards", "Boards", "100% Alerts");
        await ListsAsync("filter=boa", "Boards");
        await ListsAsync("filter=somebody", "100% Alerts", "Boards", "Cards");
        await ListsAsync("filter[oauth2_client][name]=ARDS", "Boards", "Cards");
        await ListsAsync("filter[oauth2_client][name]=somebody");
        await ListsAsync("filter=0%25", "100% Alerts");
        await ListsAsync("filter[disabled]=true", "Cards");
        await ListsAsync("filter[disabled]=false", "100% Alerts", "Boards");
        await ListsAsync("filter[disabled]=false&filter=boa", "Boards");

        var second = (await admin.GetAsync($"{Apps}?page[size]=1&page[number]=1")).Must(HttpStatusCode.OK);
        Assert.Equal([ids["Boards"]], second.Ids());
        Assert.Equal(3, second.Total());
        Assert.Equal(
            3, second.Json.GetProperty("meta").GetProperty("page").GetProperty("total_count").GetInt32());
        foreach (var wrong in new[] { "sort=name", "page[size]=0", "filter[disabled]=maybe", "include=users" })
        {
            (await admin.GetAsync($"{Apps}?{wrong}")).Must(HttpStatusCode.BadRequest);
        }

        async Task ListsAsync(string query, params string[] names)
        {
            var list = (await admin.GetAsync($"{Apps}?{query}")).Must(HttpStatusCode.OK);
            Assert.Equal(names.Select(name => ids[name]), list.Ids());
            Assert.Equal(names.Length, list.Total());
        }
    }

    [Fact]
    public async Task Lists_cost_the_same_statements_for_few_and_for_many_and_stay_of_a_size()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var popular = await TestApps.AppAsync(app, organization, "000 Popular", "dashboards_read");
        await TestApps.GrantAsync(app, popular.Id, organization.Admin.Id, "dashboards_read");
        string[] paths =
        [
            $"{Apps}?page[size]=500&include=oauth2_client.scopes,user_authorized_clients.user",
            $"{Apps}/{popular.Id}?include=oauth2_client.scopes,user_authorized_clients.user",
            $"{Apps}/{popular.Id}/user_authorized_clients?page[size]=500&include=oauth2_client,scopes,user",
        ];
        (await admin.GetAsync(paths[0])).Must(HttpStatusCode.OK);
        var few = await StatementsAsync();
        var grants = await app.GrantManyAsync(organization, popular.Id, 103);
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.AddRange(Enumerable.Range(0, 103).Select(number =>
                TestApps.NewApp(organization, $"app {number:000}", ["slos_read"], app.Now)));
            await db.SaveChangesAsync();
        });

        var many = await StatementsAsync();
        Assert.Equal(few.Select(one => one.Count), many.Select(one => one.Count));
        Assert.All(many, one => Assert.True(one.Count <= 8, string.Join("\n\n", one)));

        var list = (await admin.GetAsync(paths[0])).Must(HttpStatusCode.OK);
        Assert.Equal(100, list.Ids().Length);
        Assert.Equal(104, list.Total());
        Assert.Equal(10, list.Data[0].RelatedIds("user_authorized_clients").Length);
        Assert.Equal(104, list.Data[0].GetProperty("attributes").GetProperty("user_count").GetInt32());
        Assert.Equal(10, (await admin.GetAsync(Apps)).Must(HttpStatusCode.OK).Ids().Length);
        Assert.Equal(
            100, (await admin.GetAsync(paths[1])).Must(HttpStatusCode.OK).Data.RelatedIds("user_authorized_clients").Length);
        var all = new List<string>();
        for (var page = 0; page < 3; page++)
        {
            all.AddRange((await admin.GetAsync($"{Apps}/{popular.Id}/user_authorized_clients?page[size]=50&page[number]={page}"))
                .Must(HttpStatusCode.OK).Ids());
        }

        Assert.Equal(104, all.Distinct().Count());
        Assert.Equal(104, all.Count);
        Assert.All(grants, grant => Assert.Contains($"{grant}", all));

        async Task<IReadOnlyList<IReadOnlyList<string>>> StatementsAsync()
        {
            var counted = new List<IReadOnlyList<string>>();
            foreach (var path in paths)
            {
                using var statements = new Statements();
                (await admin.SendAsync(HttpMethod.Get, path, traceParent: statements.TraceParent)).Must(HttpStatusCode.OK);
                counted.Add(statements.TextsAfterKeys);
            }

            return counted;
        }
    }

    [Fact]
    public async Task Disabling_ends_the_access_of_everybody_and_enabling_needs_new_consent()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Reader", "user_access_read");
        var grant = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "user_access_read");
        var caller = TestApps.CallerWith(app, await TestApps.AccessTokenAsync(app, grant));
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);

        var disabled = (await SetAsync(new { disabled = true, nonsense = 1 })).Must(HttpStatusCode.OK);
        Assert.True(disabled.Attribute("disabled").GetBoolean());
        Assert.Equal(0, disabled.Attribute("user_count").GetInt32());
        Assert.Equal(RevocationReason.AppDisabled, (await app.GrantRowAsync(grant)).RevokedBecause);
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
        var row = await app.AppRowAsync(made.Id);
        Assert.Equal(organization.Admin.Id, row.DisabledBy);

        // Once more changes nothing.
        app.Time.Jump(TimeSpan.FromMinutes(1));
        (await SetAsync(new { disabled = true })).Must(HttpStatusCode.OK);
        Assert.Equal(row.DisabledAt, (await app.AppRowAsync(made.Id)).DisabledAt);

        var enabled = (await SetAsync(new { disabled = false })).Must(HttpStatusCode.OK);
        Assert.False(enabled.Attribute("disabled").GetBoolean());
        Assert.Equal(0, enabled.Attribute("user_count").GetInt32());
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
        var again = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "user_access_read");
        Assert.NotEqual(grant, again);
        (await TestApps.CallerWith(app, await TestApps.AccessTokenAsync(app, again)).GetAsync("/api/v2/users"))
            .Must(HttpStatusCode.OK);

        Task<ApiCaller.Answer> SetAsync(object attributes) =>
            admin.PatchAsync($"{Apps}/{made.Id}", Type, $"{made.Id}", attributes);
    }

    [Fact]
    public async Task Deleting_disables_and_twice_is_no_mistake()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Reader", "user_access_read");
        var grant = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "user_access_read");
        (await admin.DeleteAsync($"{Apps}/{made.Id}")).Must(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"{Apps}/{made.Id}")).Must(HttpStatusCode.NoContent);
        Assert.True((await admin.GetAsync($"{Apps}/{made.Id}")).Must(HttpStatusCode.OK).Attribute("disabled").GetBoolean());
        Assert.Equal(RevocationReason.AppDisabled, (await app.GrantRowAsync(grant)).RevokedBecause);
    }
}
