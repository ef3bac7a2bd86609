using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Leaks.Imports;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Where an organization's own reporters send what they found: hashes and places, or the report file of another scanner. They
/// prove who they are with their token, and learn how much of it was theirs, and nothing of any other organization.
/// </summary>
/// <remarks>
/// Refusals, each with a sentence under <c>errors</c> and with nothing done: 400 for what is no report, 401 without a token that
/// works, 405, 413, 415, and 429 with <c>Retry-After</c> for a reporter that reports too often.
/// </remarks>
internal static class LeakReportsApi
{
    /// <summary>Where hashes and places are sent.</summary>
    public const string Address = "/api/v2/safety_center/leak_reports";

    /// <summary>Where report files are sent.</summary>
    public const string ImportAddress = Address + "/imports";

    /// <summary>The longest list of hashes and places, in bytes.</summary>
    public const int LengthMax = 4 * 1024 * 1024;

    private const string Scheme = "Bearer ";
    private const int BufferSize = 64 * 1024;

    private static readonly string[] FileTypes =
    [
        "application/json", "application/sarif+json", "application/x-ndjson", "application/jsonl", "text/plain",
        "application/octet-stream",
    ];

    /// <summary>Maps both, for every method, so that each is answered in JSON.</summary>
    public static void MapLeakReports(this IEndpointRouteBuilder routes)
    {
        // What is too long is thrown away unread, but taken off the wire: a connection that is cut while its sender still sends
        // shows an error of the network instead of our answer.
        routes.Map(Address, TakeAsync).AllowAnonymous().DisableAntiforgery()
            .WithMetadata(new RequestSizeLimitAttribute(4 * LengthMax));
        routes.Map(ImportAddress, ImportAsync).AllowAnonymous().DisableAntiforgery()
            .WithMetadata(new RequestSizeLimitAttribute(2L * ReportImport.LengthMax));
    }

    private static Task<IResult> TakeAsync(HttpContext context, LeakIntake intake, CancellationToken cancellationToken) =>
        AnswerAsync(context, ["application/json"], LengthMax, async reporter =>
        {
            var body = await ReadAsync(context.Request, cancellationToken);
            var report = ScanReport.Read(body);
            var taken = await intake.TakeAsync(
                new Delivery(
                    LeakChannel.Scan,
                    ReporterOf(reporter),
                    $"{report.Tool} report of {reporter.Name}",
                    SHA256.HashData(body.Span))
                {
                    OrganizationId = reporter.OrganizationId,
                    IsPublic = report.IsPublic,
                },
                report.Items,
                cancellationToken);
            return Accepted(new { findings = report.Items.Count, matched = taken.Matched, raised = taken.Raised });
        });

    private static Task<IResult> ImportAsync(
        HttpContext context, ReportImport import, CancellationToken cancellationToken) =>
        AnswerAsync(context, FileTypes, ReportImport.LengthMax, async reporter =>
        {
            var query = context.Request.Query;
            var isPublic = query["public"].ToString() switch
            {
                "" or "false" => false,
                "true" => true,
                _ => throw RefusedException.Invalid("public must be true or false."),
            };
            var imported = await import.TakeAsync(
                context.Request.Body,
                new ImportWish(query["format"], query["repository"], isPublic),
                new ImportSource(ReporterOf(reporter), reporter.Name, reporter.OrganizationId),
                cancellationToken);
            return Accepted(new
            {
                format = imported.Format,
                findings = imported.Findings,
                matched = imported.Matched,
                raised = imported.Raised,
                redacted = imported.Redacted,
                unreadable = imported.Unreadable,
                skipped = imported.Skipped,
            });
        });

    private static async Task<IResult> AnswerAsync(
        HttpContext context, string[] types, int lengthMax, Func<LeakReporter, Task<IResult>> take)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        if (!HttpMethods.IsPost(request.Method))
        {
            headers.Allow = HttpMethods.Post;
            return ApiAnswer.Errors(405, "Reports are sent with POST.");
        }

        if (await ReporterAsync(context) is not { } reporter)
        {
            headers.WWWAuthenticate = "Bearer";
            return ApiAnswer.Errors(
                401,
                "Send the token of a reporter as “Authorization: Bearer TOKEN”. Admins make one under Configuration, Reporters.");
        }

        if (context.RequestServices.GetRequiredService<ReporterRate>().Take(reporter.Id) is { Ticks: > 0 } wait)
        {
            headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return ApiAnswer.Errors(
                429, $"A reporter can send {ReporterRate.ReportsMax} reports a minute. Put more findings into one.");
        }

        if (!IsPlain(request) || !IsOf(request, types))
        {
            return ApiAnswer.Errors(
                415, "Send the report uncompressed, with “Content-Type: application/json” and without Content-Encoding.");
        }

        if (request.ContentLength > lengthMax)
        {
            return TooLong(lengthMax);
        }

        try
        {
            return await take(reporter);
        }
        catch (RefusedException refused)
        {
            return ApiAnswer.Errors(400, refused.Message);
        }
        catch (BadHttpRequestException unreadable) when (unreadable.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TooLong(lengthMax);
        }
    }

    // What cannot be a token of ours is not looked for.
    private static async Task<LeakReporter?> ReporterAsync(HttpContext context)
    {
        var services = context.RequestServices;
        return context.Request.Headers.Authorization is [{ } sent]
            && sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && sent[Scheme.Length..].Trim() is var token
            && LeakReporter.IsToken(token, services.GetRequiredService<SecretFormat>())
                ? await services.GetRequiredService<ReporterTokens>().FindAsync(token, context.RequestAborted)
                : null;
    }

    private static bool IsPlain(HttpRequest request) => request.Headers.ContentEncoding.All(
        encoding => string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase));

    private static bool IsOf(HttpRequest request, string[] types) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && types.Contains(type.MediaType, StringComparer.OrdinalIgnoreCase);

    /// <summary>The whole body. It is held as it comes and not as it was announced: an announcement costs nothing.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[BufferSize];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (body.Length + count > LengthMax)
            {
                throw new BadHttpRequestException("Too long.", StatusCodes.Status413PayloadTooLarge);
            }

            body.Write(buffer, 0, count);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static string ReporterOf(LeakReporter reporter) => $"reporter:{reporter.Id}";

    private static IResult Accepted(object data) => Results.Json(new { data }, statusCode: StatusCodes.Status202Accepted);

    private static IResult TooLong(int lengthMax) => ApiAnswer.Errors(
        413, $"A report can have at most {lengthMax / (1024 * 1024)} MB. Send it in parts.");
}
