using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What programs do again and again with OAuth apps through our API.</summary>
internal static class OAuthApps
{
    public const string Path = "/api/v2/safety_center/oauth_apps";
    public const string Type = "oauth_apps";
    public const string Secrets = "oauth_client_secrets";

    /// <summary>Where an app is.</summary>
    public static string Of(string id, string act = "") => $"{Path}/{id}{(act.Length == 0 ? "" : "/" + act)}";

    /// <summary>Registers an app, with whatever comes of it; its secret must be found nowhere afterwards.</summary>
    public static async Task<ApiCaller.Answer> RegisterAsync(this ApiCaller caller, App app, object attributes)
    {
        var answer = await caller.PostAsync(Path, Type, attributes);
        return answer.Planted(app);
    }

    /// <summary>Makes another secret, with whatever comes of it.</summary>
    public static async Task<ApiCaller.Answer> AddSecretAsync(
        this ApiCaller caller, App app, string id, object? attributes = null) =>
        (await caller.PostAsync(Of(id, "secrets"), Secrets, attributes ?? new { })).Planted(app);

    /// <summary>Registers a confidential app that reads dashboards.</summary>
    public static async Task<string> ConfidentialAsync(this ApiCaller caller, App app, string name, params string[] scopes) =>
        (await caller.RegisterAsync(app, new
        {
            name,
            redirect_uris = new[] { TestApps.Callback },
            scopes = scopes.Length == 0 ? ["dashboards_read"] : scopes,
            confidential = true,
        })).Must(HttpStatusCode.Created).Id;

    /// <summary>The row of an app.</summary>
    public static async Task<OAuthApp> AppRowAsync(this App app, string id)
    {
        var wanted = Id<OAuthApp>.Parse(id, null);
        return Assert.Single(await app.RowsAsync<OAuthApp>(all => all.Where(row => row.Id == wanted)));
    }

    /// <summary>The names in a list of texts.</summary>
    public static string[] Texts(this System.Text.Json.JsonElement list) =>
        [.. list.EnumerateArray().Select(item => item.GetString()!)];

    private static ApiCaller.Answer Planted(this ApiCaller.Answer answer, App app)
    {
        if (answer.Status == HttpStatusCode.Created
            && answer.Data.GetProperty("attributes").TryGetProperty("client_secret", out var secret))
        {
            app.Plant(secret.GetString()!);
        }

        return answer;
    }
}
