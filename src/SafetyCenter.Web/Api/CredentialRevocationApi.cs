using System.Text.Json;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Where anybody who holds secrets of ours ends them, without an account: to hold one is to be entitled to that. The form is
/// that of GitHub's credential revocation API: 1 to 1,000 texts, and an answer that says nothing of any.
/// </summary>
/// <remarks>
/// 202 and an empty object for every well-formed request, whoever calls and whatever the texts are; what is revoked is so by
/// then. Only a text that is a whole secret counts, and not one that holds it, names it or begins it. 400 for another form; 429
/// with <c>Retry-After</c> when there were too many, from one address or in all; 405, 413, 415.
/// </remarks>
public static class CredentialRevocationApi
{
    /// <summary>Where.</summary>
    public const string Address = "/api/v2/credentials/revoke";

    /// <summary>The longest body, in bytes.</summary>
    public const int LongestBody = 1024 * 1024;

    private static readonly string Shape =
        $$"""The body must be {"credentials": [...]} with 1 to {{ShownSecrets.SecretsMax}} texts.""";

    /// <summary>Maps it.</summary>
    public static void MapCredentialRevocation(this IEndpointRouteBuilder routes) =>
        routes.MapReportDoor(Address, HttpMethods.Post, LongestBody, RevokeAsync);

    private static async Task<IResult> RevokeAsync(HttpContext context, SecretFormat format, ShownSecrets shown)
    {
        ReportRequest.RequireJson(context.Request, LongestBody);
        var texts = ReportRequest.Parse(await ReportRequest.ReadAsync(context.Request, LongestBody), TextsIn, Shape);
        if (shown.Take(context.Connection.RemoteIpAddress) is { Ticks: > 0 } wait)
        {
            throw new ReportRefusedException(429, "Too many of these requests came lately. Wait, and send it again.", wait);
        }

        await shown.TakeInAsync(texts.Select(text => format.TryRead(text, out var secret) ? secret : null).OfType<Secret>());
        return Results.Json(new { }, statusCode: StatusCodes.Status202Accepted);
    }

    private static IReadOnlyList<string>? TextsIn(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("credentials", out var credentials)
        && credentials.ValueKind == JsonValueKind.Array
        && credentials.GetArrayLength() is >= 1 and <= ShownSecrets.SecretsMax
        && credentials.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String)
            ? [.. credentials.EnumerateArray().Select(text => text.GetString()!)]
            : null;
}
