using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>
/// Leaked keys, and apps whose tokens were used twice: those about which something must still be done first, then the others,
/// newest first.
/// </summary>
public sealed class AlertsModel(SafetyCenterDb db, Actor actor, TimeProvider time) : OrganizationPage(db, actor, time)
{
    /// <summary>Open alerts shown above the first page of closed ones.</summary>
    private const int OpenMax = 200;

    /// <summary>Where the page begins.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The alerts.</summary>
    public IReadOnlyList<Alert> Alerts { get; private set; } = [];

    /// <summary>Where the next page begins.</summary>
    public Cursor? Next { get; private set; }

    /// <inheritdoc />
    public override async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        var after = Cursor.Read(After);
        var alerts = Db.Alerts.AsNoTracking().Include(alert => alert.Credential);
        List<Alert> open = after is not null ? [] : await alerts.Open()
            .OrderByDescending(alert => alert.RaisedAt).ThenByDescending(alert => alert.Id)
            .Take(OpenMax)
            .ToListAsync(cancellationToken);
        var closed = alerts.Closed();
        if (after is { } cursor)
        {
            var id = new Id<Alert>(cursor.Id);
            closed = closed.Where(alert => EF.Functions.LessThan(
                ValueTuple.Create(alert.RaisedAt, alert.Id), ValueTuple.Create(cursor.At, id)));
        }

        var page = await closed
            .OrderByDescending(alert => alert.RaisedAt).ThenByDescending(alert => alert.Id)
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        if (page.Count > Cursor.PageSize)
        {
            page.RemoveAt(Cursor.PageSize);
            Next = new Cursor(page[^1].RaisedAt, page[^1].Id.Value);
        }

        Alerts = [.. open, .. page];
        return Page();
    }
}
