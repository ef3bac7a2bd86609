using System.Security.Cryptography;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Where TruffleHog asks whether what a custom detector found is live. To ask is to report: what is ours raises its alert. Only
/// an organization's own reporter is answered, and only about what is its organization's.
/// </summary>
/// <remarks>
/// 200 when one of the secrets opens something (which is what TruffleHog takes for live), 410 when those that did have ended, 404
/// otherwise: they are not the organization's, or client tokens, which are public by design. 400 for a body of another shape, 401
/// without a token of a reporter, 429 when too many such requests came from one address; 405, 413, 415.
/// </remarks>
public static class TruffleHogApi
{
    /// <summary>The endpoint of a detector's <c>verify</c>.</summary>
    public const string Address = "/webhooks/trufflehog/verify";

    /// <summary>The longest body, in bytes: it asks about one match at a time.</summary>
    public const int LongestBody = 1024 * 1024;

    private const string Shape =
        "The body is not what TruffleHog sends: an object of detectors, each an object of named lists of texts.";

    /// <summary>Maps it.</summary>
    public static void MapTruffleHog(this IEndpointRouteBuilder routes) =>
        routes.MapReportDoor(Address, HttpMethods.Post, LongestBody, VerifyAsync);

    private static async Task<IResult> VerifyAsync(
        HttpContext context, ReporterCall call, SecretFormat format, LeakIntake intake)
    {
        var reporter = await call.AuthenticateAsync("trufflehog");

        // TruffleHog names no type.
        ReportRequest.RequireJson(context.Request, LongestBody, typeIsNeeded: false);
        var body = await ReportRequest.ReadAsync(context.Request, LongestBody);

        // It sends what a rule matched and each group within: the same secret several times.
        var items = ReportRequest.Parse(body, TextsIn, Shape)
            .SelectMany(format.FindIn)
            .Select(secret => secret.Hash)
            .Distinct()
            .Select((hash, index) =>
                new ReportedItem(index, Token: null, Type: null, Url: null, LeakSource.Unknown) { Hash = hash })
            .ToList();
        if (items.Count == 0)
        {
            throw NotLive();
        }

        var taken = await intake.TakeAsync(
            ReportRequest.DeliveryOf(reporter, LeakChannel.TruffleHog, SHA256.HashData(body.Span)),
            items,
            CancellationToken.None);
        return taken switch
        {
            { IsLive: true } => Results.Json(new { }),
            { IsOver: true } => throw new ReportRefusedException(410, "What this opened has ended."),
            _ => throw NotLive(),
        };
    }

    private static ReportRefusedException NotLive() => new(404, "None of this is a live secret of this organization.");

    private static IReadOnlyList<string>? TextsIn(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || root.EnumerateObject().Any(detector => detector.Value.ValueKind != JsonValueKind.Object))
        {
            return null;
        }

        var lists = root.EnumerateObject().SelectMany(detector => detector.Value.EnumerateObject())
            .Select(list => list.Value)
            .ToList();
        if (lists.Any(list => list.ValueKind != JsonValueKind.Array))
        {
            return null;
        }

        var texts = lists.SelectMany(list => list.EnumerateArray()).ToList();
        return texts.All(text => text.ValueKind == JsonValueKind.String) ? [.. texts.Select(text => text.GetString()!)] : null;
    }
}
