using System.Text.Json;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>OAuth apps and what users let them do, by Datadog's client.</summary>
public sealed class OAuthAppTests(App app, Sdk sdk) : IClassFixture<App>
{
    private const string Orgs = "OrgAuthorizedClientsApi";
    private const string Users = "UserAuthorizedClientsApi";
    private const string Clients = "OAuth2ClientPublicApi";

    [Fact]
    public async Task Apps_are_listed_filtered_sorted_and_paged_through()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var ids = new List<string>();
        foreach (var name in new[] { "Alerts", "Boards", "Cards" })
        {
            ids.Add($"{(await AppAsync(stage, name)).Id}");
        }

        var list = (await CallAsync(stage, Orgs, "listOrgAuthorizedClients", new
        {
            pageSize = 2, pageNumber = 0, sort = "-oauth2_client.name",
            include = "oauth2_client,oauth2_client.app,user_authorized_clients.user",
        })).Understood;
        Assert.Equal([ids[2], ids[1]], Ids(list));
        var page = list.GetProperty("meta").GetProperty("page");
        Assert.Equal(3, page.GetProperty("totalCount").GetInt32());
        Assert.Equal(3, page.GetProperty("totalFilteredCount").GetInt32());
        Assert.Equal(
            ["oauth2_clients", "oauth2_clients"],
            list.GetProperty("additionalProperties").GetProperty("included").EnumerateArray()
                .Select(item => item.GetProperty("type").GetString()));

        (await CallAsync(stage, Orgs, "deleteOrgAuthorizedClient", new { orgAuthorizedClientId = ids[0] })).IsDone();
        var disabled = await CallAsync(stage, Orgs, "listOrgAuthorizedClients", new { filterDisabled = "true" });
        Assert.Equal([ids[0]], Ids(disabled.Understood));
        var named = await CallAsync(
            stage, Orgs, "listOrgAuthorizedClients", new { filter = "somebody", filterOauth2ClientName = "boa" });
        Assert.Equal([ids[1]], Ids(named.Understood));
        var all = (await CallAsync(stage, Orgs, "listOrgAuthorizedClientsWithPagination", new { pageSize = 1 })).Understood;
        Assert.Equal(ids, all.EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
        (await CallAsync(stage, Orgs, "listOrgAuthorizedClients", new { }, await stage.StandardAsync("dashboards_read")))
            .Refused(403);
    }

    [Fact]
    public async Task An_app_is_read_disabled_and_enabled()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var made = await AppAsync(stage, "Boards");
        var orgAuthorizedClientId = $"{made.Id}";
        var grant = await TestApps.GrantAsync(app, made.Id, stage.Organization.Admin.Id, "dashboards_read");
        var one = (await CallAsync(stage, Orgs, "getOrgAuthorizedClient", new
        {
            orgAuthorizedClientId,
            include = "oauth2_client.scopes,user_authorized_clients.user",
            filterUserAuthorizedClientsDisabled = "false",
            filterUserAuthorizedClientsUserDisabled = "false",
        })).Understood;
        Assert.False(one.Attribute("disabled").GetBoolean());
        Assert.Equal(JsonValueKind.Null, one.Attribute("lastExercised").ValueKind);
        Assert.Equal(1, one.Attribute("userCount").GetInt32());
        var relationships = one.GetProperty("data").GetProperty("relationships");
        Assert.Equal($"{made.ClientId}", relationships.GetProperty("oauth2Client").Id());
        Assert.Equal([$"{grant}"], Ids(relationships.GetProperty("userAuthorizedClients")));
        Assert.Equal(
            $"/api/v2/org_authorized_clients/{made.Id}/user_authorized_clients",
            relationships.GetProperty("userAuthorizedClients").GetProperty("links").GetProperty("related").GetString());

        Assert.True((await SetAsync(true)).Understood.Attribute("disabled").GetBoolean());
        Assert.False((await SetAsync(false)).Understood.Attribute("disabled").GetBoolean());
        Assert.NotNull((await TestGrantAsync($"{grant}")).RevokedAt);
        (await SetAsync(true, id: $"{Guid.NewGuid()}")).Refused(422);
        (await SetAsync(null)).Refused(400);
        var bob = await stage.StandardAsync();
        (await SetAsync(true, by: bob)).Refused(403);
        (await CallAsync(stage, Orgs, "deleteOrgAuthorizedClient", new { orgAuthorizedClientId }, bob)).Refused(403);
        foreach (var unknown in new[] { $"{Guid.NewGuid()}", "no-id" })
        {
            var parameters = new { orgAuthorizedClientId = unknown, body = Body(true, unknown) };
            (await CallAsync(stage, Orgs, "getOrgAuthorizedClient", parameters)).Refused(404);
            (await CallAsync(stage, Orgs, "updateOrgAuthorizedClient", parameters)).Refused(404);
            (await CallAsync(stage, Orgs, "deleteOrgAuthorizedClient", parameters)).Refused(404);
            (await CallAsync(stage, Orgs, "listOrgAuthorizedClientUserAuthorizations", parameters)).Refused(404);
        }

        Task<Sdk.Outcome> SetAsync(bool? disabled, string? id = null, Sdk.Connection? by = null) => CallAsync(
            stage,
            Orgs,
            "updateOrgAuthorizedClient",
            new { orgAuthorizedClientId, body = Body(disabled, id ?? orgAuthorizedClientId) },
            by);

        static object Body(bool? disabled, string id) => Document.Edit("org_authorized_clients", id, new { disabled });
    }

    [Fact]
    public async Task What_users_let_an_app_do_is_listed_and_ended_by_an_admin()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var made = await AppAsync(stage, "Boards");
        var orgAuthorizedClientId = $"{made.Id}";
        var ann = stage.Organization.Admin;
        var bob = await app.AddPersonAsync(stage.Organization, $"bob@{stage.Organization.Slug}.example", "Bob Builder");
        var ofAnn = $"{await TestApps.GrantAsync(app, made.Id, ann.Id, "dashboards_read")}";
        var ofBob = $"{await TestApps.GrantAsync(app, made.Id, bob.Id, "dashboards_read", "dashboards_write")}";

        var list = (await ListAsync(new { orgAuthorizedClientId, sort = "user.name", pageSize = 10, pageNumber = 0 })).Understood;
        Assert.Equal([ofAnn, ofBob], Ids(list));
        var attributes = list.GetProperty("data")[1].GetProperty("attributes");
        Assert.False(attributes.GetProperty("disabled").GetBoolean());
        Assert.False(attributes.GetProperty("orgDisabled").GetBoolean());
        Assert.Equal(JsonValueKind.Null, attributes.GetProperty("lastExercised").ValueKind);
        Assert.Equal(attributes.GetProperty("createdAt").GetDateTime(), attributes.GetProperty("modifiedAt").GetDateTime());
        var relationships = list.GetProperty("data")[1].GetProperty("relationships");
        Assert.Equal($"{bob.Id}", relationships.GetProperty("user").Id());
        Assert.Equal($"{made.ClientId}", relationships.GetProperty("oauth2Client").Id());
        Assert.Equal(["dashboards_read", "dashboards_write"], Ids(relationships.GetProperty("scopes")));
        foreach (var filter in new object[]
        {
            new { orgAuthorizedClientId, filterUserName = "Builder", sort = "user.email" },
            new { orgAuthorizedClientId, filterUserEmail = bob.Email, sort = "oauth2_client.name" },
        })
        {
            Assert.Equal([ofBob], Ids((await ListAsync(filter)).Understood));
        }

        var paged = await CallAsync(
            stage, Orgs, "listOrgAuthorizedClientUserAuthorizationsWithPagination", new { orgAuthorizedClientId, pageSize = 1 });
        Assert.Equal(2, paged.Understood.GetArrayLength());
        var one = new { orgAuthorizedClientId, userAuthorizedClientId = ofBob };
        (await CallAsync(stage, Orgs, "deleteOrgAuthorizedClientUserAuthorization", one)).IsDone();
        Assert.Equal([ofBob], Ids((await ListAsync(new { orgAuthorizedClientId, filterDisabled = "true" })).Understood));
        var all = new { orgAuthorizedClientId, userId = $"{ann.Id}" };
        (await CallAsync(stage, Orgs, "deleteOrgAuthorizedClientAllUserAuthorizations", all)).IsDone();
        Assert.Empty(Ids((await ListAsync(new { orgAuthorizedClientId, filterDisabled = "false" })).Understood));
        Assert.Equal(
            2, Ids((await ListAsync(new { orgAuthorizedClientId, filterUserDisabled = "false" })).Understood).Length);
        (await CallAsync(stage, Orgs, "deleteOrgAuthorizedClientUserAuthorization", new
        {
            orgAuthorizedClientId, userAuthorizedClientId = "no-id",
        })).Refused(404);
        (await CallAsync(stage, Orgs, "deleteOrgAuthorizedClientAllUserAuthorizations", new
        {
            orgAuthorizedClientId, userId = "no-id",
        })).Refused(404);

        Task<Sdk.Outcome> ListAsync(object parameters) =>
            CallAsync(stage, Orgs, "listOrgAuthorizedClientUserAuthorizations", parameters);
    }

    [Fact]
    public async Task Whoever_calls_sees_and_ends_their_own_with_keys_and_with_a_token()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var boards = await AppAsync(stage, "Boards");
        var cards = await AppAsync(stage, "Cards");
        var toBoards = await TestApps.GrantAsync(app, boards.Id, stage.Organization.Admin.Id, "dashboards_read");
        var toCards = $"{await TestApps.GrantAsync(app, cards.Id, stage.Organization.Admin.Id, "dashboards_read")}";
        var list = (await CallAsync(stage, Users, "listUserAuthorizedClients", new
        {
            pageSize = 10, pageNumber = 0, filter = "boa", filterDisabled = "false", include = "oauth2_client,oauth2_client.app",
        })).Understood;
        Assert.Equal([$"{toBoards}"], Ids(list));
        var all = (await CallAsync(stage, Users, "listUserAuthorizedClientsWithPagination", new { pageSize = 1 })).Understood;
        Assert.Equal(2, all.GetArrayLength());
        var one = await CallAsync(stage, Users, "getUserAuthorizedClient", new { userAuthorizedClientId = toCards });
        Assert.Equal(toCards, one.Understood.Id());

        (await CallAsync(stage, Users, "deleteUserAuthorizedClient", new { userAuthorizedClientId = toCards })).IsDone();
        Assert.NotNull((await TestGrantAsync(toCards)).RevokedAt);
        (await CallAsync(stage, Users, "deleteUserAuthorizedClient", new { userAuthorizedClientId = "no-id" })).Refused(404);
        (await CallAsync(stage, Users, "getUserAuthorizedClient", new { userAuthorizedClientId = "no-id" })).Refused(404);
        (await CallAsync(stage, Users, "deleteUserAuthorizedClientsByClient", new { clientId = "no-id" })).Refused(404);

        // As Boards itself.
        var token = await TestApps.AccessTokenAsync(app, toBoards);
        var itself = new Sdk.Connection(app.Address, ApiKey: null, AppKey: null, token);
        Assert.Equal([$"{toBoards}"], Ids((await CallAsync(stage, Users, "listUserAuthorizedClients", null, itself)).Understood));
        (await CallAsync(stage, Orgs, "listOrgAuthorizedClients", null, itself)).Refused(403);
        (await CallAsync(
            stage, Users, "deleteUserAuthorizedClientsByClient", new { clientId = $"{boards.ClientId}" }, itself)).IsDone();
        (await CallAsync(stage, Users, "listUserAuthorizedClients", null, itself)).Refused(403);
    }

    [Fact]
    public async Task An_app_is_restricted_and_the_restriction_lifted()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var made = await AppAsync(stage, "Boards");
        var clientUuid = $"{made.ClientId}";
        var none = (await CallAsync(stage, Clients, "getScopesRestriction", new { clientUuid })).Understood;
        Assert.Equal(JsonValueKind.Null, none.Attribute("scopesRestriction").ValueKind);
        var set = (await CallAsync(stage, Clients, "upsertScopesRestriction", new
        {
            clientUuid, body = Restriction("dashboards_read"),
        })).Understood;
        Assert.Equal(clientUuid, set.Id());
        Assert.Equal(
            ["dashboards_read"],
            set.Attribute("scopesRestriction").GetProperty("permissionScopes").EnumerateArray()
                .Select(scope => scope.GetString()!));
        (await CallAsync(stage, Clients, "upsertScopesRestriction", new { clientUuid, body = Restriction("root") }))
            .Refused(400);
        (await CallAsync(stage, Clients, "deleteScopesRestriction", new { clientUuid })).IsDone();
        var bob = await stage.StandardAsync();
        foreach (var method in new[] { "getScopesRestriction", "upsertScopesRestriction", "deleteScopesRestriction" })
        {
            var unknown = new { clientUuid = $"{Guid.NewGuid()}", body = Restriction("dashboards_read") };
            (await CallAsync(stage, Clients, method, unknown)).Refused(404);

            // The client knows no 403 here, and passes it on as it came.
            Assert.Equal(403, (await CallAsync(stage, Clients, method, new { clientUuid, unknown.body }, bob)).Code);
        }

        var sites = (await CallAsync(stage, Clients, "getOAuth2WellKnownSites")).Understood;
        Assert.Single(sites.Attribute("sites").EnumerateArray());

        static object Restriction(params string[] permissionScopes) =>
            Document.New("upsert_scopes_restriction", new { permissionScopes, oidcScopes = new[] { "openid" } });
    }

    private Task<OAuthApp> AppAsync(Stage stage, string name) =>
        TestApps.AppAsync(app, stage.Organization, name, "dashboards_read", "dashboards_write");

    private async Task<OAuthGrant> TestGrantAsync(string id) =>
        (await app.RowsAsync<OAuthGrant>()).Single(grant => $"{grant.Id}" == id);

    private static Task<Sdk.Outcome> CallAsync(
        Stage stage, string api, string method, object? parameters = null, Sdk.Connection? by = null) =>
        stage.Sdk.CallAsync(by ?? stage.Admin, "v2", api, method, parameters);

    private static string[] Ids(JsonElement list) =>
        [.. list.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];
}
