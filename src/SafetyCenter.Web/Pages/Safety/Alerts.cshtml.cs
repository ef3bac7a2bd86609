using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>
/// Leaked keys, and apps whose tokens were used twice: those about which something must still be done first, and of these what
/// was put off last; then the others. Each newest first.
/// </summary>
public sealed class AlertsModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>Open alerts shown above the first page of closed ones.</summary>
    private const int OpenMax = 200;

    /// <summary>An alert, at how many places it was seen, and who has it.</summary>
    public sealed record Row(Alert Alert, int Places, string? Assignee);

    /// <summary>Which states to show.</summary>
    [BindProperty(SupportsGet = true)]
    public AlertFilter State { get; set; }

    /// <summary>How bad; null for any.</summary>
    [BindProperty(SupportsGet = true)]
    public Severity? Severity { get; set; }

    /// <summary>Whether to show only those that whoever looks has.</summary>
    [BindProperty(SupportsGet = true)]
    public bool Mine { get; set; }

    /// <summary>Where the page begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The alerts.</summary>
    public IReadOnlyList<Row> Rows { get; private set; } = [];

    /// <summary>The address of the next page, filters included; null on the last one.</summary>
    public string? Older { get; private set; }

    /// <summary>Whether any filter is set.</summary>
    public bool IsFiltered => State != AlertFilter.All || Severity is not null || Mine;

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var after = Cursor.Read(After);
        var (me, severity) = (Actor.UserId, Severity);
        var alerts = Db.Alerts.AsNoTracking().Include(alert => alert.Credential)
            .Where(alert => severity == null || alert.Severity == severity)
            .Where(alert => !Mine || alert.AssigneeId == me);
        List<Row> open = after is not null ? [] : await WithNames(alerts.Unresolved(State, Now)
                .OrderBy(alert => alert.SnoozedUntil != null)
                .ThenByDescending(alert => alert.RaisedAt).ThenByDescending(alert => alert.Id)
                .Take(OpenMax))
            .ToListAsync(cancellationToken);
        var closed = alerts.Resolved(State);
        if (after is { } cursor)
        {
            var id = new Id<Alert>(cursor.Id);
            closed = closed.Where(alert => EF.Functions.LessThan(
                ValueTuple.Create(alert.RaisedAt, alert.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await WithNames(closed
                .OrderByDescending(alert => alert.RaisedAt).ThenByDescending(alert => alert.Id)
                .Take(Cursor.PageSize + 1))
            .ToListAsync(cancellationToken);
        if (page.Count > Cursor.PageSize)
        {
            page.RemoveAt(Cursor.PageSize);
            Older = AddressAfter(new Cursor(page[^1].Alert.RaisedAt, page[^1].Alert.Id.Value));
        }

        Rows = [.. open, .. page];
        return Page();
    }

    private IQueryable<Row> WithNames(IQueryable<Alert> alerts) => alerts.Select(alert => new Row(
        alert,
        Db.Occurrences.Count(occurrence => occurrence.AlertId == alert.Id),
        Db.People.Where(user => user.Id == alert.AssigneeId).Select(user => user.Name ?? user.Email).FirstOrDefault()));

    private string AddressAfter(Cursor cursor)
    {
        var query = new QueryBuilder();
        if (State != AlertFilter.All)
        {
            query.Add("state", $"{State}".ToLowerInvariant());
        }

        if (Severity is { } severity)
        {
            query.Add("severity", $"{severity}".ToLowerInvariant());
        }

        if (Mine)
        {
            query.Add("mine", "true");
        }

        query.Add("after", cursor.ToString());
        return Request.Path + query.ToString();
    }
}
