using System.Text.Json;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Who did what, when and from where: the audit trail, newest first.</summary>
public sealed class AuditModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>One property that was changed.</summary>
    public sealed record Change(string Property, string? Before, string? After);

    /// <summary>What to look for, in the search language of <see cref="AuditQuery"/>.</summary>
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Words { get; set; }

    /// <summary>A part of the name or address of who did it.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Person { get; set; }

    /// <summary>What was done, coarsely.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Action { get; set; }

    /// <summary>The type of what it was done to.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Type { get; set; }

    /// <summary>The id of what it was done to.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Asset { get; set; }

    /// <summary>The first day, in UTC.</summary>
    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    /// <summary>The last day, in UTC.</summary>
    [BindProperty(SupportsGet = true)]
    public string? To { get; set; }

    /// <summary>Where the list begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The events.</summary>
    public IReadOnlyList<AuditEvent> Events { get; private set; } = [];

    /// <summary>The address of the next page, filters included; null on the last one.</summary>
    public string? Older { get; private set; }

    /// <summary>Whether any filter is set.</summary>
    public bool IsFiltered => Filters.Any(filter => !string.IsNullOrWhiteSpace(filter.Value));

    private (string Name, string? Value)[] Filters =>
    [
        ("q", Words), ("person", Person), ("action", Action), ("type", Type), ("asset", Asset), ("from", From), ("to", To),
    ];

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        // A search that cannot be is told beside the form, which keeps what was typed.
        try
        {
            Events = await Found().InOrder(newestFirst: true, Cursor.Read(After))
                .Take(Cursor.PageSize + 1)
                .ToListAsync(cancellationToken);
        }
        catch (RefusedException refused)
        {
            ModelState.AddModelError(refused.Field ?? "", refused.Message);
            Response.StatusCode = StatusCodes.Status400BadRequest;
        }

        if (Events.Count > Cursor.PageSize)
        {
            Events = [.. Events.Take(Cursor.PageSize)];
            Older = AddressAfter(new Cursor(Events[^1].At, Events[^1].Id.Value));
        }

        return Page();
    }

    /// <summary>What an event changed, property by property.</summary>
    public static IReadOnlyList<Change> ChangesOf(AuditEvent row)
    {
        if (row.Changes is null)
        {
            return [];
        }

        using var changes = JsonDocument.Parse(row.Changes);
        return
        [
            .. changes.RootElement.EnumerateObject().Select(property => new Change(
                property.Name.Replace('_', ' ').Replace("api ", "API "),
                Spoken(property.Name, Side(property.Value, "before")),
                Spoken(property.Name, Side(property.Value, "after")))),
        ];

        // What happened to an alert has no before: it tells until when it was put off, and what was said.
        static JsonElement Side(JsonElement value, string side) => value.ValueKind == JsonValueKind.Object
            ? value.GetProperty(side)
            : side == "after" ? value : default;

        static string? Spoken(string name, JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String when (name.EndsWith("_at", StringComparison.Ordinal) || name == "until")
                && value.TryGetDateTimeOffset(out var at) => Moment.Exact(at),
            JsonValueKind.String when name is "revoked_because" or "resolution" =>
                SnakeCase.Of(value.GetString()!).Replace('_', ' '),
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.Array when value.GetArrayLength() == 0 => null,
            JsonValueKind.Array => string.Join(", ", value.EnumerateArray()),
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            _ => value.ToString(),
        };
    }

    /// <summary>How somebody got in, in words.</summary>
    public static string HowOf(AuditEvent row) => row.Method switch
    {
        "SESSION" => "signed in",
        "NONE" => row.Actor == AuditActor.Operator ? "from the command line" : "by itself",
        _ => $"with {(row.Method == "ACCESS_TOKEN" ? "the token" : "the application key")} "
            + $"“{row.CredentialName ?? row.CredentialId?.ToString()}”",
    };

    private IQueryable<AuditEvent> Found()
    {
        var events = Db.AuditEvents.AsNoTracking().Matching(AuditQuery.Parse(Words));
        if (!string.IsNullOrWhiteSpace(Person))
        {
            events = events.DoneBy(Person.Trim());
        }

        if (!string.IsNullOrEmpty(Action))
        {
            var action = Enum.TryParse<AuditAction>(Action, ignoreCase: true, out var known) && Enum.IsDefined(known)
                ? known
                : throw RefusedException.Invalid("Choose one of the actions in the list.", "action");
            events = events.Where(row => row.Action == action);
        }

        if (!string.IsNullOrEmpty(Type))
        {
            events = events.Where(row => row.AssetType == Type);
        }

        if (!string.IsNullOrWhiteSpace(Asset))
        {
            var id = Guid.TryParse(Asset, out var known) ? known
                : throw RefusedException.Invalid("The id of an asset looks like 0190f3a1-8d5e-7c11-b2a4-3f1c5d6e7f80.", "asset");
            events = events.Where(row => row.AssetId == id);
        }

        if (DayOf(From, "from") is { } first)
        {
            events = events.Where(row => row.At >= first);
        }

        if (DayOf(To, "to") is { } last)
        {
            var end = last < DateTimeOffset.MaxValue.AddDays(-1) ? last.AddDays(1) : last;
            events = events.Where(row => row.At < end);
        }

        return events;
    }

    private static DateTimeOffset? DayOf(string? text, string field) => string.IsNullOrWhiteSpace(text) ? null
        : DateOnly.TryParseExact(text.Trim(), "yyyy-MM-dd", out var day)
            ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
            : throw RefusedException.Invalid("A day looks like 2027-01-31.", field);

    private string AddressAfter(Cursor cursor) => Request.Path + new QueryBuilder(Filters
        .Append<(string Name, string? Value)>(("after", cursor.ToString()))
        .Where(filter => !string.IsNullOrWhiteSpace(filter.Value))
        .Select(filter => KeyValuePair.Create(filter.Name, filter.Value!))).ToString();
}
