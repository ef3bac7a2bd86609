using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>A place that no email told, and the alert that it belongs to.</summary>
internal sealed record UntoldPlace
{
    /// <summary>The alert.</summary>
    public required Alert Alert { get; init; }

    /// <summary>The place.</summary>
    public required Occurrence Occurrence { get; init; }
}

/// <summary>Further places of alerts, which wait for the email of the day.</summary>
internal static class UntoldPlaces
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <summary>
    /// Those of alerts that are not resolved, first seen on that UTC day: not by the report that raised the alert, nor by one
    /// that opened it again or showed it to be public. Those were told at once.
    /// </summary>
    public static IQueryable<UntoldPlace> UntoldPlacesOf(this SafetyCenterDb db, DateOnly day)
    {
        var from = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var to = from.AddDays(1);
        return db.Occurrences.IgnoreQueryFilters(Filter)
            .Where(place => place.FirstSeenAt >= from && place.FirstSeenAt < to)
            .Join(
                db.Alerts.IgnoreQueryFilters(Filter).OfLeaks().Open(),
                place => place.AlertId,
                alert => alert.Id,
                (place, alert) => new UntoldPlace { Alert = alert, Occurrence = place })
            .Where(row => row.Occurrence.ReportId != row.Alert.RaisedByReportId
                && !db.AlertEvents.IgnoreQueryFilters(Filter).Any(happened =>
                    happened.AlertId == row.Alert.Id && happened.ReportId == row.Occurrence.ReportId
                    && happened.Kind != AlertEventKind.RevocationRefused));
    }
}
