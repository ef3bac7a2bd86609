using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>API keys and the validate endpoints, by Datadog's client.</summary>
public sealed class ApiKeyTests(App app, Sdk sdk) : IClassFixture<App>
{
    private const string Type = "api_keys";

    [Fact]
    public async Task An_API_key_lives_its_life()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var attributes = new { name = "ci", category = "builds", remoteConfigReadEnabled = false };
        var made = (await stage.KeysAsync("createAPIKey", new { body = Document.New(Type, attributes) })).Understood;
        app.Plant(made.Attribute("key").GetString()!);
        Assert.Equal(32, made.Attribute("key").GetString()!.Length);
        Assert.Equal("builds", made.Attribute("category").GetString());
        Assert.False(made.Attribute("remoteConfigReadEnabled").GetBoolean());

        var apiKeyId = made.Id();
        var read = (await stage.KeysAsync("getAPIKey", new { apiKeyId, include = "created_by,modified_by" })).Understood;
        Assert.Equal("ci", read.Attribute("name").GetString());
        Assert.False(read.Has("key"));
        Assert.Equal("users", read.GetProperty("included")[0].GetProperty("type").GetString());

        var body = Document.Edit(Type, apiKeyId, new { name = "ci-2" });
        var renamed = (await stage.KeysAsync("updateAPIKey", new { apiKeyId, body })).Understood;
        Assert.Equal("ci-2", renamed.Attribute("name").GetString());
        (await stage.KeysAsync("deleteAPIKey", new { apiKeyId })).IsDone();
        Assert.Equal(["API key not found"], (await stage.KeysAsync("getAPIKey", new { apiKeyId })).Refused(404));
    }

    [Fact]
    public async Task API_keys_are_listed_page_by_page_sorted_and_filtered()
    {
        var stage = await Stage.SetAsync(app, sdk);
        foreach (var name in new[] { "b", "c", "a" })
        {
            await app.IssueApiKeyAsync(stage.Organization, name);
        }

        Assert.Equal(["a", "b", "c", "main"], (await stage.KeysAsync("listAPIKeys")).Understood.Names());
        var second = new { pageSize = 2, pageNumber = 1, sort = "-name", filterCreatedAtStart = "2020-01-01T00:00:00Z" };
        Assert.Equal(["b", "a"], (await stage.KeysAsync("listAPIKeys", second)).Understood.Names());
        var filtered = (await stage.KeysAsync("listAPIKeys", new
        {
            filter = "MAI",
            include = "created_by",
            filterModifiedAtStart = "2020-01-01T00:00:00Z",
            filterRemoteConfigReadEnabled = true,
            filterCategory = "default",
        })).Understood;
        Assert.Equal(["main"], filtered.Names());
        var meta = filtered.GetProperty("meta");
        Assert.Equal(50, meta.GetProperty("maxAllowed").GetInt32());
        Assert.Equal(1, meta.GetProperty("page").GetProperty("totalFilteredCount").GetInt32());
        Assert.NotEmpty((await stage.KeysAsync("listAPIKeys", new { pageSize = -1 })).Refused(400));
    }

    [Fact]
    public async Task Refusals_are_errors_that_the_client_can_read()
    {
        var stage = await Stage.SetAsync(app, sdk);
        foreach (var apiKeyId in new[] { "invalidId", $"{Guid.NewGuid()}" })
        {
            Assert.Equal(["API key not found"], (await stage.KeysAsync("getAPIKey", new { apiKeyId })).Refused(404));
            Assert.Equal(["API key not found"], (await stage.KeysAsync("deleteAPIKey", new { apiKeyId })).Refused(404));
        }

        object Named(string name) => new { body = Document.New(Type, new { name }) };
        (await stage.KeysAsync("createAPIKey", Named("main"))).Refused(400);
        (await stage.KeysAsync("createAPIKey", Named(" "))).Refused(400);
        (await stage.KeysAsync("deleteAPIKey", new { apiKeyId = $"{stage.Organization.ApiKey.Id}" })).Refused(403);

        var refused = (await stage.KeysAsync("createAPIKey", Named("x"), await stage.StandardAsync())).Refused(403);
        Assert.Contains("api_keys_write", refused[0], StringComparison.Ordinal);
        var junk = stage.Admin with { AppKey = "junk" };
        Assert.Equal(["Forbidden"], (await stage.KeysAsync("listAPIKeys", by: junk)).Refused(403));
    }

    [Fact]
    public async Task Keys_are_validated_by_all_three_endpoints()
    {
        var stage = await Stage.SetAsync(app, sdk);
        var v1 = (await sdk.CallAsync(stage.Admin, "v1", "AuthenticationApi", "validate")).Understood;
        Assert.True(v1.GetProperty("valid").GetBoolean());
        var v2 = (await stage.KeysAsync("validate")).Understood;
        Assert.Equal($"{stage.Organization.Id}", v2.Id());
        Assert.Equal($"{stage.Organization.ApiKey.Id}", v2.Attribute("apiKeyId").GetString());
        Assert.Equal("ok", (await stage.KeysAsync("validateAPIKey")).Understood.GetProperty("status").GetString());

        var wrong = stage.Admin with { ApiKey = "00112233445566778899aabb00000000" };
        Assert.Equal(["Forbidden"], (await sdk.CallAsync(wrong, "v1", "AuthenticationApi", "validate")).Refused(403));
        (await stage.KeysAsync("validate", by: wrong)).Refused(403);
        (await stage.KeysAsync("validateAPIKey", by: wrong)).Refused(401);
    }

    [Fact]
    public async Task The_legacy_key_endpoints_say_where_to_go()
    {
        var stage = await Stage.SetAsync(app, sdk);
        foreach (var (method, parameters) in new (string, object?)[]
        {
            ("listAPIKeys", null),
            ("createAPIKey", new { body = new { name = "x" } }),
            ("getAPIKey", new { key = "x" }),
            ("updateAPIKey", new { key = "x", body = new { name = "y" } }),
            ("deleteAPIKey", new { key = "x" }),
            ("listApplicationKeys", null),
            ("createApplicationKey", new { body = new { name = "x" } }),
            ("getApplicationKey", new { key = "x" }),
            ("updateApplicationKey", new { key = "x", body = new { name = "y" } }),
            ("deleteApplicationKey", new { key = "x" }),
        })
        {
            var outcome = await sdk.CallAsync(stage.Admin, "v1", "KeyManagementApi", method, parameters);
            Assert.Contains("v2", outcome.Refused(403)[0], StringComparison.Ordinal);
        }
    }
}
