using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Pages.Shared;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>
/// Calls per day as a drawing: where each bar stands and how high it is, in units of the drawing. One series, or two side by
/// side. Everything it shows is also in words and in a table, for who cannot see it.
/// </summary>
public sealed class UsageChart
{
    /// <summary>The height of the drawing.</summary>
    public const int Height = 120;

    private const int DayWidth = 10;
    private const int Gap = 2;

    // A day with few calls beside one with many must not look like a day with none.
    private const int BarHeightMin = 3;

    private UsageChart(
        string id, IReadOnlyList<string> names, IReadOnlyList<Bar> bars, IReadOnlyList<Row> rows, DateOnly first, DateOnly last)
    {
        (Id, Names, Bars, Rows, First, Last) = (id, names, bars, rows, first, last);
        Highest = bars.Select(bar => bar.Calls).DefaultIfEmpty().Max();
    }

    /// <summary>A bar.</summary>
    /// <param name="Series">Which series, from 0.</param>
    /// <param name="Calls">How many calls.</param>
    /// <param name="X">Its left edge.</param>
    /// <param name="Y">Its top.</param>
    /// <param name="Width">Its width.</param>
    /// <param name="High">Its height.</param>
    public sealed record Bar(int Series, long Calls, int X, int Y, int Width, int High);

    /// <summary>A day with calls, with those of each series.</summary>
    public sealed record Row(DateOnly Day, IReadOnlyList<long> Calls);

    /// <summary>What its parts are called in the page.</summary>
    public string Id { get; }

    /// <summary>The names of the series.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The bars.</summary>
    public IReadOnlyList<Bar> Bars { get; }

    /// <summary>The days with calls, latest first.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>The first day of the drawing.</summary>
    public DateOnly First { get; }

    /// <summary>Its last day.</summary>
    public DateOnly Last { get; }

    /// <summary>The most calls of a day.</summary>
    public long Highest { get; }

    /// <summary>How many days there are.</summary>
    public int Days => Last.DayNumber - First.DayNumber + 1;

    /// <summary>The width of the drawing.</summary>
    public int Width => Days * DayWidth;

    /// <summary>How far uses were not tracked yet, from the left; 0 when they always were.</summary>
    public int UntrackedWidth { get; private init; }

    /// <summary>What it shows, in words.</summary>
    public string Description => Rows.Count == 0
        ? $"No call in these {Days} days."
        : $"Calls on {Rows.Count.Of("day")} of {Days}, {Rows.Sum(row => row.Calls.Sum()).Of("call")} in all, "
            + $"at most {Highest.Words()} on one day; the last on "
            + $"{Rows[0].Day.ToString("d MMM yyyy", System.Globalization.CultureInfo.InvariantCulture)}.";

    /// <summary>Draws the days up to today.</summary>
    /// <param name="id">What its parts are called in the page.</param>
    /// <param name="days">How many days, today included.</param>
    /// <param name="trackedSince">Since when uses are seen.</param>
    /// <param name="now">The present.</param>
    /// <param name="series">Names and days with calls.</param>
    public static UsageChart Of(
        string id,
        int days,
        DateTimeOffset trackedSince,
        DateTimeOffset now,
        params (string Name, IReadOnlyList<DayOfUse> Days)[] series)
    {
        var last = DateOnly.FromDateTime(now.UtcDateTime);
        var first = last.AddDays(1 - days);
        var used = series
            .SelectMany((one, number) => one.Days.Select(day => (Number: number, day.Day, day.Calls)))
            .Where(use => use.Day >= first && use.Day <= last && use.Calls > 0)
            .ToList();
        var highest = used.Select(use => use.Calls).DefaultIfEmpty(1).Max();
        var width = (DayWidth - Gap) / series.Length;
        var bars = used.Select(use =>
        {
            var high = Math.Max(BarHeightMin, (int)(use.Calls * Height / highest));
            var x = ((use.Day.DayNumber - first.DayNumber) * DayWidth) + (Gap / 2) + (use.Number * width);
            return new Bar(use.Number, use.Calls, x, Height - high, width, high);
        });
        var rows = used.GroupBy(use => use.Day)
            .OrderByDescending(day => day.Key)
            .Select(day => new Row(
                day.Key,
                [.. series.Select((_, number) => day.Where(use => use.Number == number).Sum(use => use.Calls))]));
        var untracked = DateOnly.FromDateTime(trackedSince.UtcDateTime).DayNumber - first.DayNumber;
        return new UsageChart(id, [.. series.Select(one => one.Name)], [.. bars], [.. rows], first, last)
        {
            UntrackedWidth = Math.Clamp(untracked, 0, days) * DayWidth,
        };
    }
}
