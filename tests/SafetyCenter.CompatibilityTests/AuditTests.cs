using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>The audit trail, by Datadog's client.</summary>
public sealed class AuditTests(App app, Sdk sdk) : IClassFixture<App>
{
    [Fact]
    public async Task What_was_done_is_found_and_paged_through()
    {
        var stage = await Stage.SetAsync(app, sdk);
        foreach (var name in new[] { "one", "two", "three" })
        {
            var made = (await stage.KeysAsync("createAPIKey", new
            {
                body = new { data = new { type = "api_keys", attributes = new { name } } },
            })).Understood;
            app.Plant(made.Attribute("key").GetString()!);
        }

        var query = "@asset.type:api_key @action:created @evt.actor.type:USER";
        var found = (await AuditAsync("searchAuditLogs", new
        {
            body = new
            {
                filter = new { query, from = "now-15m", to = "now" },
                page = new { limit = 2 },
                sort = "timestamp",
            },
        })).Understood;
        var events = found.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(2, events.Count);
        Assert.Equal("audit", events[0].GetProperty("type").GetString());
        Assert.Contains("one", events[0].GetProperty("attributes").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(found.GetProperty("meta").GetProperty("page").GetProperty("after").GetString()!);

        var all = (await AuditAsync("listAuditLogsWithPagination", new { filterQuery = query, pageLimit = 2 })).Understood;
        Assert.Equal(3, all.GetArrayLength());
        Assert.Empty((await AuditAsync("listAuditLogs", new { filterQuery = "@asset.name:nothing" })).Understood
            .GetProperty("data").EnumerateArray());
        (await AuditAsync("listAuditLogs", new { }, await stage.StandardAsync())).Refused(403);

        Task<Sdk.Outcome> AuditAsync(string method, object parameters, Sdk.Connection? by = null) =>
            sdk.CallAsync(by ?? stage.Admin, "v2", "AuditApi", method, parameters);
    }
}
