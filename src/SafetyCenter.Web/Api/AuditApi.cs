using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Api;

/// <summary>
/// The audit trail, as Datadog's v2 API has it. Ours beside Datadog's: <c>event</c>, which says exactly what was done,
/// <c>changes</c>, which holds each property before and after, and <c>metadata.credential</c>.
/// </summary>
internal static class AuditApi
{
    private const int LimitDefault = 10;
    private const int LimitMax = 1000;

    /// <summary>Maps it.</summary>
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var events = routes.MapGroup("/audit/events");
        events.MapGet("", ListAsync).Requires(Permission.AuditLogsRead);
        events.MapPost("/search", SearchAsync).Requires(Permission.AuditLogsRead);
    }

    // What is asked for, as it was sent.
    private sealed record Search(string? Query, string? From, string? To, string? Sort, string? Cursor, string? Limit);

    private static Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, TimeProvider time, CancellationToken cancellationToken) =>
        FindAsync(
            new Search(
                request.Query["filter[query]"],
                request.Query["filter[from]"],
                request.Query["filter[to]"],
                request.Query["sort"],
                request.Query["page[cursor]"],
                request.Query["page[limit]"]),
            request,
            db,
            time,
            cancellationToken);

    private static async Task<IResult> SearchAsync(
        HttpRequest request, SafetyCenterDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = request.ContentLength == 0 ? default : await ApiBody.DocumentAsync(request);
        var (filter, page) = (Object(body, "filter"), Object(body, "page"));
        Object(body, "options");
        return await FindAsync(
            new Search(
                Text(filter, "query"),
                Text(filter, "from"),
                Text(filter, "to"),
                Text(body, "sort"),
                Text(page, "cursor"),
                Text(page, "limit")),
            request,
            db,
            time,
            cancellationToken);
    }

    private static async Task<IResult> FindAsync(
        Search search, HttpRequest request, SafetyCenterDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        var from = AuditTime.Read(Or(search.From, "now-15m"), "from", now);
        var to = AuditTime.Read(Or(search.To, "now"), "to", now);
        var newestFirst = NewestFirst(search.Sort);
        var limit = Limit(search.Limit);
        var rows = await db.AuditEvents.AsNoTracking()
            .Where(row => row.At >= from && row.At <= to)
            .Matching(AuditQuery.Parse(search.Query))
            .InOrder(newestFirst, CursorIn(search.Cursor))
            .Take(limit + 1)
            .ToListAsync(cancellationToken);
        if (rows.Count == 0)
        {
            return ApiAnswer.Ok(new { data = Array.Empty<object>() });
        }

        var hasMore = rows.Count > limit;
        var shown = rows.Take(limit).ToList();
        var answer = new Dictionary<string, object?> { ["data"] = shown.Select(Resource) };
        var meta = new Dictionary<string, object?>
        {
            ["elapsed"] = (long)time.GetElapsedTime(started).TotalMilliseconds,
            ["request_id"] = request.HttpContext.TraceIdentifier,
            ["status"] = "done",
            ["warnings"] = Array.Empty<object>(),
        };
        if (hasMore)
        {
            var after = new Cursor(shown[^1].At, shown[^1].Id.Value).ToString();
            meta["page"] = new { after };
            answer["links"] = new { next = AddressOf(search with { Cursor = after }, request) };
        }

        answer["meta"] = meta;
        return ApiAnswer.Ok(answer);
    }

    private static object Resource(AuditEvent row)
    {
        var attributes = new Dictionary<string, object?>
        {
            ["evt"] = new
            {
                name = AuditNames.EventOf(row.Action, row.AssetType),
                actor = new { type = row.Actor.ToString().ToUpperInvariant() },
            },
            ["event"] = row.Name,
            ["action"] = row.Action.ToString().ToLowerInvariant(),
            ["asset"] = new { type = row.AssetType, id = row.AssetId.ToString(), name = row.AssetName },
            ["org"] = new { uuid = row.OrganizationId.ToString() },
            ["usr"] = row.ActorId is { } user
                ? new { id = user.ToString(), uuid = user.ToString(), email = row.ActorEmail, name = row.ActorName }
                : (object)new { name = row.ActorName },
            ["auth_method"] = row.Method,
        };
        if (row.HttpMethod is not null)
        {
            attributes["http"] = new { method = row.HttpMethod, useragent = row.Client, url_details = new { path = row.Path } };
            attributes["network"] = new { client = new { ip = row.Address } };
        }

        if (row.CredentialId is { } credential)
        {
            attributes["metadata"] = new { credential = new { id = credential.ToString(), name = row.CredentialName } };
        }

        if (row.Changes is not null)
        {
            attributes["changes"] = JsonSerializer.Deserialize<JsonElement>(row.Changes);
        }

        return new
        {
            type = "audit",
            id = row.Id.ToString(),
            attributes = new
            {
                timestamp = Wire.TimeZ(row.At),
                message = row.Message,
                service = AuditSearch.Service,
                tags = Array.Empty<string>(),
                attributes,
            },
        };
    }

    private static bool NewestFirst(string? sort) => Or(sort, "-timestamp") switch
    {
        "timestamp" => false,
        "-timestamp" => true,
        _ => throw RefusedException.Invalid("sort can be timestamp, or -timestamp for the newest first.", "sort"),
    };

    private static int Limit(string? limit)
    {
        var text = Or(limit, LimitDefault.ToString(CultureInfo.InvariantCulture));
        if (!text.All(char.IsAsciiDigit) || text.Trim('0').Length == 0)
        {
            throw RefusedException.Invalid("limit must be a whole number, 1 or more.", "limit");
        }

        // A number too large to count with means "as many as there may be".
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, LimitMax)
            : LimitMax;
    }

    private static Cursor? CursorIn(string? cursor) => string.IsNullOrEmpty(cursor) ? null
        : Cursor.Read(cursor) ?? throw RefusedException.Invalid(
            "This cursor was not given out by us: take meta.page.after of the answer before.", "cursor");

    private static string AddressOf(Search search, HttpRequest request)
    {
        (string Name, string? Value)[] parameters =
        [
            ("filter[query]", search.Query), ("filter[from]", search.From), ("filter[to]", search.To), ("sort", search.Sort),
            ("page[cursor]", search.Cursor), ("page[limit]", search.Limit),
        ];
        var query = new QueryBuilder(parameters
            .Where(parameter => !string.IsNullOrEmpty(parameter.Value))
            .Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value!)));
        return UriHelper.BuildAbsolute(
            request.Scheme, request.Host, request.PathBase, "/api/v2/audit/events", query.ToQueryString());
    }

    private static string Or(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;

    private static JsonElement Object(JsonElement body, string name) =>
        Member(body, name) is not { } member ? default
        : member.ValueKind == JsonValueKind.Object ? member
        : throw RefusedException.Invalid($"{name} must be an object.", name);

    // Numbers too: times are sent as milliseconds.
    private static string? Text(JsonElement body, string name) => Member(body, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => Whole(text, name),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => throw RefusedException.Invalid($"{name} must be a string.", name),
    };

    // JSON can name half a character, which no text can hold.
    private static string? Whole(JsonElement text, string name)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            throw RefusedException.Invalid($"{name} contains a broken character.", name);
        }
    }

    private static JsonElement? Member(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object
        && body.TryGetProperty(name, out var member)
        && member.ValueKind != JsonValueKind.Null
            ? member
            : null;
}
