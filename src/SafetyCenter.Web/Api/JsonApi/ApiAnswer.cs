using System.Text.Encodings.Web;
using System.Text.Json;

namespace SafetyCenter.Web.Api.JsonApi;

/// <summary>What our endpoints answer: JSON with the names as written, and errors as a list of sentences.</summary>
internal static class ApiAnswer
{
    /// <summary>The content type that Datadog's newer endpoints (access tokens) use.</summary>
    public const string VendorType = "application/vnd.api+json";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A document.</summary>
    public static IResult Ok(object document, string? contentType = null) => Of(200, document, contentType);

    /// <summary>The document of what was just made.</summary>
    public static IResult Created(object document, string? contentType = null) => Of(201, document, contentType);

    /// <summary>Done, and nothing to say.</summary>
    public static IResult NoContent() => Results.NoContent();

    /// <summary>There is nothing of that id, or it is another organization's.</summary>
    /// <param name="what">What was asked for: "API key".</param>
    public static IResult NotFound(string what) => Errors(404, $"{what} not found");

    /// <summary>Why not.</summary>
    public static IResult Errors(int status, params string[] sentences) => Of(status, new { errors = sentences }, null);

    /// <summary>Why not, where there is no endpoint to answer for.</summary>
    public static Task WriteErrorsAsync(HttpContext context, int status, params string[] sentences) =>
        Errors(status, sentences).ExecuteAsync(context);

    private static IResult Of(int status, object document, string? contentType) =>
        Results.Json(document, Json, contentType ?? "application/json", status);
}
