using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SafetyCenter.Tests.Support;

/// <summary>A program that calls the API with credentials, and reads what it answers.</summary>
public sealed class ApiCaller(App app, params (string Header, string Value)[] credentials)
{
    /// <summary>With an API key and an application key, as Datadog's clients do.</summary>
    public static ApiCaller With(App app, string apiKey, string applicationKey) =>
        new(app, ("DD-API-KEY", apiKey), ("DD-APPLICATION-KEY", applicationKey));

    /// <summary>As the admin of an organization, with their unscoped application key.</summary>
    public static ApiCaller AdminOf(App app, TestOrganization organization) =>
        With(app, organization.ApiKey.Secret, organization.ApplicationKey.Secret);

    /// <summary>What an endpoint answered.</summary>
    public sealed record Answer(HttpStatusCode Status, string Text, string? ContentType, HttpResponseHeaders Headers)
    {
        /// <summary>The whole body.</summary>
        public JsonElement Json => JsonDocument.Parse(Text).RootElement;

        /// <summary>The member <c>data</c>.</summary>
        public JsonElement Data => Json.GetProperty("data");

        /// <summary>An attribute of the one resource.</summary>
        public JsonElement Attribute(string name) => Data.GetProperty("attributes").GetProperty(name);

        /// <summary>The id of the one resource.</summary>
        public string Id => Data.GetProperty("id").GetString()!;

        /// <summary>The sentences of a refusal.</summary>
        public string[] Errors =>
            [.. Json.GetProperty("errors").EnumerateArray().Select(sentence => sentence.GetString()!)];

        /// <summary>Fails unless it is this status; says what it was instead.</summary>
        public Answer Must(HttpStatusCode status)
        {
            Assert.True(Status == status, $"Expected {(int)status}, was {(int)Status}: {Text}");
            return this;
        }
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <summary>Posts a JSON:API resource of that type with these attributes.</summary>
    public Task<Answer> PostAsync(string path, string type, object attributes) =>
        SendAsync(HttpMethod.Post, path, new { data = new { type, attributes } });

    /// <summary>Patches a JSON:API resource.</summary>
    public Task<Answer> PatchAsync(string path, string type, string id, object attributes) =>
        SendAsync(HttpMethod.Patch, path, new { data = new { type, id, attributes } });

    /// <summary>Sends anything.</summary>
    public Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, string? traceParent = null) =>
        SendTextAsync(method, path, body is null ? null : JsonSerializer.Serialize(body), traceParent);

    /// <summary>Sends a body as it is.</summary>
    public async Task<Answer> SendTextAsync(
        HttpMethod method, string path, string? body, string? traceParent = null)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (header, value) in credentials)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        if (traceParent is not null)
        {
            request.Headers.Add("traceparent", traceParent);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await app.Visitor.SendAsync(request);
        var answer = new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.MediaType,
            response.Headers);

        // What was made here must be found nowhere afterwards; see SecretSweep.
        if (response.StatusCode == HttpStatusCode.Created
            && answer.Json.TryGetProperty("data", out var data)
            && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty("attributes", out var attributes)
            && attributes.TryGetProperty("key", out var key)
            && data.GetProperty("type").GetString() != "client_tokens")
        {
            app.Plant(key.GetString()!);
        }

        return answer;
    }
}
