using System.Globalization;

namespace SafetyCenter.Web.Data;

/// <summary>
/// Where a page of a list ends: the next one starts behind it, whatever was added or removed meanwhile, and costs the
/// same on the first page and on the thousandth.
/// </summary>
/// <param name="At">The time the list is sorted by.</param>
/// <param name="Id">The id, for rows of the same time.</param>
public readonly record struct Cursor(DateTimeOffset At, Guid Id)
{
    /// <summary>How many rows a page of a list shows.</summary>
    public const int PageSize = 50;

    /// <summary>Reads a cursor from a query string; null for the first page, and for what is no cursor.</summary>
    public static Cursor? Read(string? text) =>
        text?.Split('_') is [var ticks, var id]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && value <= DateTimeOffset.MaxValue.Ticks
        && Guid.TryParseExact(id, "N", out var guid)
            ? new Cursor(new DateTimeOffset(value, TimeSpan.Zero), guid)
            : null;

    /// <summary>As it stands in a query string.</summary>
    public override string ToString() => $"{At.UtcTicks}_{Id:N}";
}
