using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Support;

/// <summary>One match of a report, as GitHub writes it.</summary>
public sealed record Match(
    [property: JsonPropertyName("token")] string Token,
    [property: JsonPropertyName("url")] string Url = "https://github.example/acme/app/blob/main/.env",
    [property: JsonPropertyName("source")] string Source = "commit",
    [property: JsonPropertyName("type")] string Type = "safetycenter_api_key");

/// <summary>One row of the answer.</summary>
public sealed record Label(
    [property: JsonPropertyName("token_hash")] string TokenHash,
    [property: JsonPropertyName("token_type")] string? TokenType,
    [property: JsonPropertyName("label")] string Value);

/// <summary>What came back.</summary>
public sealed class ReportAnswer(HttpStatusCode status, HttpResponseHeaders headers, string body, CollectedLog log)
{
    public HttpStatusCode Status => status;

    public HttpResponseHeaders Headers => headers;

    public string Body => body;

    /// <summary>The rows; fails unless the report was taken.</summary>
    public IReadOnlyList<Label> Rows => Status == HttpStatusCode.OK
        ? JsonSerializer.Deserialize<List<Label>>(Body)!
        : throw new InvalidOperationException($"The report was not taken. {this}");

    /// <summary>The labels alone.</summary>
    public IEnumerable<string> Labels => Rows.Select(row => row.Value);

    /// <summary>The one sentence of a refusal.</summary>
    public string Error
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.GetProperty("errors").EnumerateArray().Single().GetString()!;
        }
    }

    /// <summary>For messages of failed tests: what the app logged as an error stands with it.</summary>
    public override string ToString() => string.Join(
        '\n',
        log.Lines.Where(line => line.Level >= LogLevel.Error)
            .Select(line => line.Text)
            .Prepend($"{(int)Status} {Body}"));
}

/// <summary>Reports secrets to an app as GitHub does.</summary>
public static class Reporting
{
    public const string KeyIdentifierHeader = "Github-Public-Key-Identifier";
    public const string SignatureHeader = "Github-Public-Key-Signature";
    public const string TruePositive = "true_positive";
    public const string FalsePositive = "false_positive";

    /// <summary>The body of these matches.</summary>
    public static byte[] Body(params Match[] matches) => JsonSerializer.SerializeToUtf8Bytes(matches);

    /// <summary>Signs and sends these matches.</summary>
    public static Task<ReportAnswer> ReportAsync(this App app, params Match[] matches) =>
        app.ReportBodyAsync(Body(matches));

    /// <summary>Signs and sends a body.</summary>
    public static Task<ReportAnswer> ReportBodyAsync(this App app, byte[] body) =>
        app.SendReportAsync(body, app.GitHub.Sign(body));

    /// <summary>Sends a body with a signature, or without one, and whatever else is changed in the request.</summary>
    public static async Task<ReportAnswer> SendReportAsync(
        this App app, byte[] body, SignedHeaders? headers, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, PartnerOrigin.GitHub.Address);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (headers is not null)
        {
            request.Headers.TryAddWithoutValidation(KeyIdentifierHeader, headers.KeyIdentifier);
            request.Headers.TryAddWithoutValidation(SignatureHeader, headers.Signature);
        }

        change?.Invoke(request);
        using var response = await app.Visitor.SendAsync(request);
        return new ReportAnswer(
            response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync(), app.Log);
    }

    /// <summary>The head of a signed request, for tests that write to the socket themselves.</summary>
    /// <param name="app">Where it goes.</param>
    /// <param name="headers">The signature.</param>
    /// <param name="framing">The header that says where the body ends.</param>
    public static byte[] RawHead(this App app, SignedHeaders headers, string framing) => Encoding.ASCII.GetBytes(
        $"POST {PartnerOrigin.GitHub.Address} HTTP/1.1\r\nHost: {app.Address.Authority}\r\n"
        + $"Content-Type: application/json\r\n{framing}\r\n"
        + $"{KeyIdentifierHeader}: {headers.KeyIdentifier}\r\n{SignatureHeader}: {headers.Signature}\r\n\r\n");
}
