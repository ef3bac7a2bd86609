using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>Personal and service access tokens, by Datadog's client; and the client with one instead of keys.</summary>
public sealed class AccessTokenTests(App app, Sdk sdk) : IClassFixture<App>
{
    private const string Personal = "personal_access_tokens";
    private const string Service = "service_access_tokens";

    [Fact]
    public async Task A_personal_access_token_lives_its_life_and_opens_the_API_in_every_place()
    {
        var stage = await Stage.SetAsync(app, sdk);
        string[] scopes = ["api_keys_read", "user_app_keys"];
        var body = Document.New(Personal, new { name = "laptop", scopes, expiresAt = app.Now.AddDays(30) });
        var made = (await stage.KeysAsync("createPersonalAccessToken", new { body })).Understood;
        var secret = made.Attribute("key").GetString()!;
        app.Plant(secret);
        Assert.StartsWith(made.Attribute("publicPortion").GetString()!, secret, StringComparison.Ordinal);

        Sdk.Connection[] places =
        [
            new(app.Address, ApiKey: null, AppKey: secret),
            new(app.Address, ApiKey: "not looked at", AppKey: secret),
            new(app.Address, ApiKey: null, AppKey: null, Bearer: secret),
        ];
        foreach (var place in places)
        {
            Assert.Equal(["main"], (await stage.KeysAsync("listAPIKeys", by: place)).Understood.Names());
        }

        var valid = (await stage.KeysAsync("validateAPIKey", by: places[0])).Understood;
        Assert.Equal("ok", valid.GetProperty("status").GetString());

        var tokenId = made.Id();
        Assert.False((await stage.KeysAsync("getPersonalAccessToken", new { tokenId })).Understood.Has("key"));
        var change = new { tokenId, body = Document.Edit(Personal, tokenId, new { name = "desk" }) };
        var edited = (await stage.KeysAsync("updatePersonalAccessToken", change)).Understood;
        Assert.Equal("desk", edited.Attribute("name").GetString());
        Assert.True(edited.Has("modifiedAt"));
        var list = (await stage.KeysAsync("listPersonalAccessTokens", new { sort = "-created_at" })).Understood;
        Assert.Equal(["desk"], list.Names());
        (await stage.KeysAsync("revokePersonalAccessToken", new { tokenId })).IsDone();
        (await stage.KeysAsync("revokePersonalAccessToken", new { tokenId })).IsDone();
        (await stage.KeysAsync("validateAPIKey", by: places[0])).Refused(401);
    }

    [Theory]
    [InlineData(null, 30)]
    [InlineData("nothing_read", 30)]
    [InlineData("monitors_read", 0.9)]
    [InlineData("monitors_read", 400)]
    public async Task A_token_needs_a_known_scope_and_lives_from_a_day_to_a_year(string? scope, double days)
    {
        var stage = await Stage.SetAsync(app, sdk);
        string[] scopes = scope is null ? [] : [scope];
        var body = Document.New(Personal, new { name = "x", scopes, expiresAt = app.Now.AddDays(days) });
        (await stage.KeysAsync("createPersonalAccessToken", new { body })).Refused(400);
        (await stage.KeysAsync("getPersonalAccessToken", new { tokenId = $"{Guid.NewGuid()}" })).Refused(404);
    }

    [Fact]
    public async Task A_service_access_token_lives_its_life()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var bot = Document.New("users", new { email = "bot@sdk.example", name = "Bot", serviceAccount = true });
        var serviceAccountId = (await stage.AccountsAsync("createServiceAccount", new { body = bot })).Understood.Id();
        string[] scopes = ["monitors_read"];
        var fresh = new { serviceAccountId, body = Document.New(Service, new { name = "forever", scopes }) };
        var made = (await stage.AccountsAsync("createServiceAccountAccessToken", fresh)).Understood;
        app.Plant(made.Attribute("key").GetString()!);

        var tokenId = made.Id();
        var one = new { serviceAccountId, tokenId };
        var list = await stage.AccountsAsync("listServiceAccountAccessTokens", new { serviceAccountId });
        Assert.Equal(["forever"], list.Understood.Names());
        Assert.False((await stage.AccountsAsync("getServiceAccountAccessToken", one)).Understood.Has("key"));
        var change = new { serviceAccountId, tokenId, body = Document.Edit(Service, tokenId, new { name = "for now" }) };
        var edited = (await stage.AccountsAsync("updateServiceAccountAccessToken", change)).Understood;
        Assert.Equal("for now", edited.Attribute("name").GetString());
        (await stage.AccountsAsync("revokeServiceAccountAccessToken", one)).IsDone();
    }
}
