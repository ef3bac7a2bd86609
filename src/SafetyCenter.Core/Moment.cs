using System.Globalization;

namespace SafetyCenter.Core;

/// <summary>How a moment is said to people.</summary>
public static class Moment
{
    /// <summary>The exact time, in UTC, to the minute.</summary>
    public static string Exact(DateTimeOffset at) =>
        at.UtcDateTime.ToString("d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>"3 days ago", "in 2 hours", "just now". Rounds down, so that "30 days ago" means at least 30.</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var span = now - at;
        var words = Lasting(span);
        return words is null ? "just now" : span > TimeSpan.Zero ? $"{words} ago" : $"in {words}";
    }

    /// <summary>"3 days", "2 hours", rounded down, whichever its sign; null for less than a minute.</summary>
    public static string? Lasting(TimeSpan span) => span.Duration() switch
    {
        { TotalMinutes: < 1 } => null,
        { TotalHours: < 1 } d => Count(d.TotalMinutes, "minute"),
        { TotalDays: < 1 } d => Count(d.TotalHours, "hour"),
        var d => Count(d.TotalDays, "day"),
    };

    private static string Count(double number, string unit) =>
        (int)number == 1 ? $"1 {unit}" : $"{((int)number).ToString(CultureInfo.InvariantCulture)} {unit}s";
}
