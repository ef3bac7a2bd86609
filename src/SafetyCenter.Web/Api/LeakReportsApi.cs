using System.Security.Cryptography;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
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

    private const string Door = "reports";

    private static readonly string[] FileTypes =
    [
        "application/json", "application/sarif+json", "application/x-ndjson", "application/jsonl", "text/plain",
        "application/octet-stream",
    ];

    /// <summary>Maps both.</summary>
    public static void MapLeakReports(this IEndpointRouteBuilder routes)
    {
        routes.MapReportDoor(Address, HttpMethods.Post, LengthMax, TakeAsync);
        routes.MapReportDoor(ImportAddress, HttpMethods.Post, ReportImport.LengthMax, ImportAsync);
    }

    private static async Task<IResult> TakeAsync(
        HttpContext context, ReporterCall call, LeakIntake intake, CancellationToken cancellationToken)
    {
        var reporter = await call.AuthenticateAsync(Door);
        call.TakeTurn(reporter);
        ReportRequest.RequireJson(context.Request, LengthMax);
        var body = await ReportRequest.ReadAsync(context.Request, LengthMax);
        var report = ScanReport.Read(body);
        var delivery = ReportRequest.DeliveryOf(reporter, LeakChannel.Scan, SHA256.HashData(body.Span)) with
        {
            SourceName = $"{report.Tool} report of {reporter.Name}",
            IsPublic = report.IsPublic,
        };
        var taken = await intake.TakeAsync(delivery, report.Items, cancellationToken);
        return Accepted(new { findings = report.Items.Count, matched = taken.Matched, raised = taken.Raised });
    }

    private static async Task<IResult> ImportAsync(
        HttpContext context, ReporterCall call, ReportImport import, CancellationToken cancellationToken)
    {
        var reporter = await call.AuthenticateAsync(Door);
        call.TakeTurn(reporter);
        ReportRequest.Require(context.Request, ReportImport.LengthMax, FileTypes);
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
    }

    private static string ReporterOf(LeakReporter reporter) => $"reporter:{reporter.Id}";

    private static IResult Accepted(object data) => Results.Json(new { data }, statusCode: StatusCodes.Status202Accepted);
}
