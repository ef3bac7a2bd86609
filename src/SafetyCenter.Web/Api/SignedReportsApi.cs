using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Where an organization's own reporter sends a report that it signs: the matches of GitHub's protocol, and their answer. What it
/// signs with never travels.
/// </summary>
/// <remarks>
/// The signature is HMAC-SHA-256 with the reporter's token as the key, over the timestamp, a full stop, and the raw body.
/// Refusals: 401 when it is missing, malformed, too old or not that reporter's, in the same words whether there is such a
/// reporter or not, and 429 when too many such requests came from one address; 400 for a well signed body that is no report;
/// 405, 408, 413, 415; 503 when too many large ones come at once. The body is read last, when nothing but the signature is left
/// to judge, and few large ones are held at a time.
/// </remarks>
public static class SignedReportsApi
{
    /// <summary>Where.</summary>
    public const string Address = "/api/v2/safety_center/leak_reports/signed";

    /// <summary>The reporter's id.</summary>
    public const string ReporterHeader = "X-Reporter-Id";

    /// <summary>When it was signed, in seconds since 1970.</summary>
    public const string TimestampHeader = "X-Report-Timestamp";

    /// <summary>The signature: <c>sha256=</c> and 64 hex digits.</summary>
    public const string SignatureHeader = "X-Report-Signature";

    /// <summary>Whether anybody can read the places it names; false when it is not there.</summary>
    public const string PublicHeader = "X-Report-Public";

    /// <summary>How far the timestamp may be from our clock.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string Scheme = "sha256=";

    /// <summary>Maps it.</summary>
    public static void MapSignedReports(this IEndpointRouteBuilder routes) =>
        routes.MapReportDoor(Address, HttpMethods.Post, ReportRequest.LongestBody, ReceiveAsync);

    private static async Task<IResult> ReceiveAsync(
        HttpContext context,
        ReporterTokens tokens,
        ReportRates rates,
        ReportRoom room,
        TimeProvider time,
        LeakIntake intake)
    {
        var request = context.Request;
        ReportRequest.RequireJson(request, ReportRequest.LongestBody);
        if (ReportRequest.ReadOnce(request, ReporterHeader) is not { } reporter
            || ReportRequest.ReadOnce(request, TimestampHeader) is not { } timestamp
            || ReportRequest.ReadOnce(request, SignatureHeader) is not { } signature)
        {
            throw Unproven($"The headers {ReporterHeader}, {TimestampHeader} and {SignatureHeader} are needed, once each.");
        }

        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(seconds - time.GetUtcNow().ToUnixTimeSeconds()) > Tolerance.TotalSeconds)
        {
            throw Unproven(
                $"{TimestampHeader} must be the time of signing in seconds since 1970, at most five minutes from our clock.");
        }

        // Who is nobody signs nothing, and is told so in the same words as whoever signs wrongly.
        var sent = SignatureIn(signature);
        var signer = sent is not null && Guid.TryParseExact(reporter, "D", out var id)
            ? await tokens.FindSignerAsync(new Id<LeakReporter>(id), context.RequestAborted)
            : null;
        if (signer is not { Reporter: var found, Key: var key } || sent is null)
        {
            throw Unsigned();
        }

        var body = await room.ReadAsync(request, $"{found.Id}", body =>
        {
            if (!IsSigned(body.Span, timestamp, sent, key))
            {
                throw Unsigned();
            }
        });

        await tokens.NoteUseAsync(found, context.RequestAborted);
        var taken = await intake.TakeAsync(
            ReportRequest.DeliveryOf(found, LeakChannel.SignedReport, SHA256.HashData(body.Span)) with
            {
                IsPublic = IsPublic(request),
            },
            ReportRequest.Matches(ReportBody.Read(body)),
            CancellationToken.None);
        return Results.Json(taken.Feedback);

        ReportRefusedException Unsigned() => Unproven("The signature is not this reporter's over this timestamp and body.");

        ReportRefusedException Unproven(string sentence) =>
            ReportRequest.Unproven(context, rates, "signed", 401, sentence);
    }

    private static byte[]? SignatureIn(string header)
    {
        var signature = new byte[HMACSHA256.HashSizeInBytes];
        return header.StartsWith(Scheme, StringComparison.Ordinal)
            && header.Length == Scheme.Length + (2 * signature.Length)
            && Convert.FromHexString(header.AsSpan(Scheme.Length), signature, out _, out _) == System.Buffers.OperationStatus.Done
                ? signature
                : null;
    }

    private static bool IsSigned(ReadOnlySpan<byte> body, string timestamp, byte[] signature, byte[] key)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.ASCII.GetBytes(timestamp + "."));
        hmac.AppendData(body);
        return CryptographicOperations.FixedTimeEquals(hmac.GetHashAndReset(), signature);
    }

    private static bool IsPublic(HttpRequest request) => request.Headers[PublicHeader].ToString().ToLowerInvariant() switch
    {
        "" or "false" => false,
        "true" => true,
        _ => throw new ReportRefusedException(400, $"{PublicHeader} is true or false."),
    };
}
