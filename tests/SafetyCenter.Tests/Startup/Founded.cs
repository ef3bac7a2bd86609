using System.Net;
using System.Text.Json;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Startup;

/// <summary>What <c>bootstrap</c> printed.</summary>
internal sealed record Founded(
    string Id, string Slug, string Email, string Password, string ApiKey, string ApplicationKey)
{
    /// <summary>Reads it; fails unless it is one JSON object with exactly the promised members.</summary>
    public static Founded From(Outcome outcome)
    {
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        using var document = JsonDocument.Parse(outcome.Output);
        var root = document.RootElement;
        var (organization, admin) = (root.GetProperty("organization"), root.GetProperty("admin"));
        Assert.Equal(["organization", "admin", "api_key", "application_key"], Names(root));
        Assert.Equal(["id", "slug"], Names(organization));
        Assert.Equal(["email", "password"], Names(admin));
        return new Founded(
            organization.GetProperty("id").GetString()!,
            organization.GetProperty("slug").GetString()!,
            admin.GetProperty("email").GetString()!,
            admin.GetProperty("password").GetString()!,
            root.GetProperty("api_key").GetString()!,
            root.GetProperty("application_key").GetString()!);
    }

    /// <summary>The keys open <c>/verify</c>, one alone and both together, as the organization's.</summary>
    public async Task AssertKeysPassAsync(RunningApp app)
    {
        using var client = app.NewClient();
        foreach (var applicationKey in new[] { null, ApplicationKey })
        {
            using var answer = await client.VerifyAsync(ApiKey, applicationKey);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(Id, Assert.Single(answer.Headers.GetValues("X-Organization-Id")));
            Assert.Equal(
                applicationKey is null ? "api_key" : "application_key",
                Assert.Single(answer.Headers.GetValues("X-Credential-Kind")));
        }
    }

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(member => member.Name);
}

/// <summary>What a gateway does.</summary>
internal static class Gateway
{
    /// <summary>Asks whether these credentials are good.</summary>
    public static async Task<HttpResponseMessage> VerifyAsync(
        this HttpClient client, string apiKey, string? applicationKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.Add("DD-API-KEY", apiKey);
        if (applicationKey is not null)
        {
            request.Headers.Add("DD-APPLICATION-KEY", applicationKey);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
