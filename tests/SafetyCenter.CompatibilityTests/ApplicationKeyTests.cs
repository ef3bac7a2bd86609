using System.Text.Json;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>Application keys: own ones, everybody's, and those of service accounts, by Datadog's client.</summary>
public sealed class ApplicationKeyTests(App app, Sdk sdk) : IClassFixture<App>
{
    private static readonly string[] Scopes = ["dashboards_read", "monitors_read"];
    private static readonly string[] NotFound = ["Application key not found"];

    [Fact]
    public async Task An_own_key_lives_its_life()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var made = (await stage.KeysAsync("createCurrentUserApplicationKey", new { body = New("mine", Scopes) })).Understood;
        app.Plant(made.Attribute("key").GetString()!);
        Assert.Equal(40, made.Attribute("key").GetString()!.Length);
        Assert.Equal(Scopes, Strings(made.Attribute("scopes")));

        var appKeyId = made.Id();
        Assert.False((await stage.KeysAsync("getCurrentUserApplicationKey", new { appKeyId })).Understood.Has("key"));
        var body = Edit(appKeyId, "renamed", ["dashboards_read"]);
        var edited = (await stage.KeysAsync("updateCurrentUserApplicationKey", new { appKeyId, body })).Understood;
        Assert.Equal("renamed", edited.Attribute("name").GetString());
        Assert.Equal(["dashboards_read"], Strings(edited.Attribute("scopes")));
        var list = (await stage.KeysAsync("listCurrentUserApplicationKeys", new { sort = "name" })).Understood;
        Assert.Equal(["main", "renamed"], list.Names());
        (await stage.KeysAsync("deleteCurrentUserApplicationKey", new { appKeyId })).IsDone();
        Assert.Equal(NotFound, (await stage.KeysAsync("getCurrentUserApplicationKey", new { appKeyId })).Refused(404));
    }

    [Fact]
    public async Task Everybodys_keys_are_seen_changed_and_revoked_by_admins()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var standard = await stage.StandardAsync();
        var list = (await stage.KeysAsync("listApplicationKeys", new { include = "owned_by", filter = "bob" })).Understood;
        Assert.Equal(["bob's"], list.Names());
        Assert.Equal(1000, list.GetProperty("meta").GetProperty("maxAllowedPerUser").GetInt32());
        var owner = list.GetProperty("included")[0].GetProperty("attributes");
        Assert.Equal("Bob Builder", owner.GetProperty("name").GetString());

        var appKeyId = list.GetProperty("data")[0].GetProperty("id").GetString()!;
        var read = (await stage.KeysAsync("getApplicationKey", new { appKeyId, include = "owned_by" })).Understood;
        var ownedBy = read.GetProperty("data").GetProperty("relationships").GetProperty("ownedBy").GetProperty("data");
        Assert.Equal("users", ownedBy.GetProperty("type").GetString());
        var body = Edit(appKeyId, "bob's own", Scopes);
        var edited = (await stage.KeysAsync("updateApplicationKey", new { appKeyId, body })).Understood;
        Assert.False(edited.Has("key"));
        (await stage.KeysAsync("updateApplicationKey", new { appKeyId, body }, standard)).Refused(403);
        (await stage.KeysAsync("deleteApplicationKey", new { appKeyId })).IsDone();
        Assert.Equal(NotFound, (await stage.KeysAsync("getApplicationKey", new { appKeyId })).Refused(404));
    }

    [Fact]
    public async Task Bad_names_and_scopes_are_refused_with_a_sentence()
    {
        var stage = await Stage.SetAsync(app, sdk);
        (await stage.KeysAsync("createCurrentUserApplicationKey", new { body = New(" ", []) })).Refused(400);
        var body = New("x", ["Dashboards_read"]);
        var unknown = (await stage.KeysAsync("createCurrentUserApplicationKey", new { body })).Refused(400);
        Assert.Contains("Dashboards_read", unknown[0], StringComparison.Ordinal);
        (await stage.KeysAsync("listApplicationKeys", new { pageNumber = -1 })).Refused(400);
        var nobody = new { appKeyId = "invalidId" };
        Assert.Equal(NotFound, (await stage.KeysAsync("deleteCurrentUserApplicationKey", nobody)).Refused(404));
    }

    [Fact]
    public async Task A_service_account_is_made_and_its_keys_live_their_lives()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var account = (await stage.AccountsAsync("createServiceAccount", new
        {
            body = new
            {
                data = new
                {
                    type = "users",
                    attributes = new { email = "bot@sdk.example", name = "Bot", serviceAccount = true },
                    relationships = new { roles = new { data = Array.Empty<object>() } },
                },
            },
        })).Understood;
        Assert.True(account.Attribute("serviceAccount").GetBoolean());
        Assert.Equal("Active", account.Attribute("status").GetString());

        var serviceAccountId = account.Id();
        var fresh = new { serviceAccountId, body = New("bot's", Scopes) };
        var made = (await stage.AccountsAsync("createServiceAccountApplicationKey", fresh)).Understood;
        app.Plant(made.Attribute("key").GetString()!);
        var appKeyId = made.Id();
        var one = new { serviceAccountId, appKeyId };
        var list = await stage.AccountsAsync("listServiceAccountApplicationKeys", new { serviceAccountId });
        Assert.Equal(["bot's"], list.Understood.Names());
        Assert.False((await stage.AccountsAsync("getServiceAccountApplicationKey", one)).Understood.Has("key"));
        var change = new { serviceAccountId, appKeyId, body = Edit(appKeyId, "bot's 2", []) };
        var edited = (await stage.AccountsAsync("updateServiceAccountApplicationKey", change)).Understood;
        Assert.Equal("bot's 2", edited.Attribute("name").GetString());
        (await stage.AccountsAsync("deleteServiceAccountApplicationKey", one)).IsDone();
        (await stage.AccountsAsync("getServiceAccountApplicationKey", one)).Refused(404);
        var nobody = new { serviceAccountId = "invalidId" };
        (await stage.AccountsAsync("listServiceAccountApplicationKeys", nobody)).Refused(404);
        (await stage.AccountsAsync("listServiceAccountApplicationKeys", one, await stage.StandardAsync())).Refused(403);
    }

    private static object New(string name, string[] scopes) => Document.New("application_keys", new { name, scopes });

    private static object Edit(string id, string name, string[] scopes) =>
        Document.Edit("application_keys", id, new { name, scopes });

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];
}
