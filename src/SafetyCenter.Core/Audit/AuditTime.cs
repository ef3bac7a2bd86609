using System.Globalization;

namespace SafetyCenter.Core.Audit;

/// <summary>
/// A moment as a search names it: <c>now</c>, <c>now-15m</c> (s, m, h, d, w), an ISO time, or milliseconds since 1970.
/// </summary>
public static class AuditTime
{
    /// <summary>Reads one.</summary>
    /// <param name="text">What was sent.</param>
    /// <param name="field">The field it was sent in, for the message.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">It is no moment.</exception>
    public static DateTimeOffset Read(string text, string field, DateTimeOffset now)
    {
        var moment = text.StartsWith("now", StringComparison.Ordinal) ? Relative(text.AsSpan(3), now)
            : text.Length > 0 && text.All(char.IsAsciiDigit) ? SinceEpoch(text)
            : IsDate(text)
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? at.ToUniversalTime()
                : null;
        return moment ?? throw RefusedException.Invalid(
            $"{field} must be a time: now, now-15m (or s, h, d, w), 2027-01-31T12:00:00Z, or milliseconds since 1970.",
            field);
    }

    // What is less than a date would be read as a time of today, by a clock that is not ours.
    private static bool IsDate(string text) => text.Length >= 10 && text[4] == '-' && text[7] == '-';

    private static DateTimeOffset? Relative(ReadOnlySpan<char> offset, DateTimeOffset now)
    {
        if (offset.IsEmpty)
        {
            return now;
        }

        TimeSpan? unit = offset[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            'w' => TimeSpan.FromDays(7),
            _ => null,
        };
        if (unit is not { } length
            || offset[0] is not ('-' or '+')
            || !int.TryParse(offset[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        // As a decimal, because any number of weeks may be asked for; what lies outside of all time is cut to its ends.
        var ticks = now.UtcTicks + ((decimal)length.Ticks * number * (offset[0] == '-' ? -1 : 1));
        return new DateTimeOffset((long)decimal.Clamp(ticks, 0, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
    }

    private static DateTimeOffset? SinceEpoch(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
}
