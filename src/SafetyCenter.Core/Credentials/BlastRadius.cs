namespace SafetyCenter.Core.Credentials;

/// <summary>What to expect when a credential is revoked.</summary>
public enum RevocationRisk
{
    /// <summary>Nothing has used it for longer than it ever paused.</summary>
    Safe,

    /// <summary>Something may still want it: ask first, or test.</summary>
    CheckFirst,

    /// <summary>Something used it within the last days, and will fail.</summary>
    WillBreak,
}

/// <summary>The accepted calls of one UTC day.</summary>
public readonly record struct DayOfUse(DateOnly Day, long Calls);

/// <summary>
/// Who would miss a credential, told from the days on which it was used: the verdict, and the arithmetic that led to it, so
/// that nobody has to believe it.
/// </summary>
/// <param name="Risk">The verdict.</param>
/// <param name="Reasons">The arithmetic, a sentence each.</param>
/// <param name="Unseen">What these numbers cannot show, a sentence each.</param>
/// <param name="CallsPerDay">Calls of the last <see cref="RecentDays"/> days by those days, rounded up.</param>
public sealed record BlastRadius(
    RevocationRisk Risk, IReadOnlyList<string> Reasons, IReadOnlyList<string> Unseen, long CallsPerDay)
{
    /// <summary>How many days a chart shows, today included.</summary>
    public const int WindowDays = 90;

    /// <summary>
    /// How many days a rhythm is looked for in, today included: 13 months, so that a quarterly job shows its rhythm, and a
    /// yearly one at least its last run.
    /// </summary>
    public const int RhythmDays = 396;

    /// <summary>Calls a day are told of this many days, today included.</summary>
    public const int RecentDays = 30;

    /// <summary>Who was used within so many days is in use.</summary>
    public const int InUseDays = 7;

    /// <summary>Who was not used for so many days may be idle.</summary>
    public const int IdleDays = 30;

    /// <summary>The verdict in words.</summary>
    public string Words => Risk switch
    {
        RevocationRisk.Safe => "Safe",
        RevocationRisk.WillBreak => "Will break",
        _ => "Check first",
    };

    /// <summary>Judges.</summary>
    /// <param name="days">The days with calls in the last <see cref="RhythmDays"/> days, in order.</param>
    /// <param name="lastUsedAt">The last use, ever; null for never.</param>
    /// <param name="trackedSince">Since when uses are seen.</param>
    /// <param name="now">The present.</param>
    public static BlastRadius Of(
        IReadOnlyList<DayOfUse> days, DateTimeOffset? lastUsedAt, DateTimeOffset trackedSince, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var tracked = WholeDays(now - trackedSince);
        var recent = days.Where(day => day.Day > today.AddDays(-RecentDays)).Sum(day => day.Calls);
        var perDay = (recent + RecentDays - 1) / RecentDays;
        var reasons = new List<string>();
        RevocationRisk risk;
        if (lastUsedAt is not { } last)
        {
            reasons.Add($"It was never used in the {Days(tracked)} since its uses are tracked.");
            risk = tracked >= IdleDays ? RevocationRisk.Safe : RevocationRisk.CheckFirst;
            reasons.Add(risk == RevocationRisk.Safe
                ? $"That is at least {IdleDays} days."
                : $"That is less than {IdleDays} days: it may not have been put to use yet.");
        }
        else
        {
            var quiet = WholeDays(now - last);
            reasons.Add($"Last used {Moment.Relative(last, now)}; {Calls(recent)} in the last {RecentDays} days.");
            if (now - last < TimeSpan.FromDays(InUseDays))
            {
                reasons.Add($"That is less than {InUseDays} days ago: something uses it now.");
                risk = RevocationRisk.WillBreak;
            }
            else
            {
                var pause = LongestPause(days);
                risk = quiet >= IdleDays && quiet > 2 * pause ? RevocationRisk.Safe : RevocationRisk.CheckFirst;
                reasons.Add(pause == 0
                    ? $"It has been quiet for {Days(quiet)}, and was used on one day only, so that no rhythm is known."
                    : $"It has been quiet for {Days(quiet)}; its longest pause between two uses was {Days(pause)}.");
                reasons.Add(risk == RevocationRisk.Safe
                    ? pause == 0
                        ? $"That is at least {IdleDays} days."
                        : $"That is at least {IdleDays} days, and more than twice its longest pause ({Days(2 * pause)})."
                    : quiet < IdleDays
                        ? $"That is less than {IdleDays} days: a job that runs seldom may still want it."
                        : $"That is not more than twice its longest pause ({Days(2 * pause)}): it may keep a slow rhythm.");
            }
        }

        return new BlastRadius(risk, reasons, UnseenBy(trackedSince, tracked), perDay);
    }

    private static List<string> UnseenBy(DateTimeOffset trackedSince, int tracked)
    {
        var unseen = new List<string>
        {
            "Calls of the last few seconds may still be on their way here.",
            "Services that keep our answer for a while call less often than they are called.",
        };
        if (tracked < RhythmDays)
        {
            unseen.Insert(0, $"What happened before {Moment.Exact(trackedSince)}: uses are tracked since then.");
        }
        else
        {
            unseen.Insert(0, $"Anything that happens less often than once in {RhythmDays} days.");
        }

        return unseen;
    }

    private static int LongestPause(IReadOnlyList<DayOfUse> days) => days.Count < 2 ? 0
        : days.Zip(days.Skip(1), (one, next) => next.Day.DayNumber - one.Day.DayNumber).Max();

    private static int WholeDays(TimeSpan span) => (int)Math.Max(0, Math.Floor(span.TotalDays));

    private static string Days(int days) => days == 1 ? "1 day" : $"{days} days";

    private static string Calls(long calls) =>
        calls == 1 ? "1 call" : $"{calls.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} calls";
}
