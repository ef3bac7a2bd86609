namespace SafetyCenter.Core.Credentials;

/// <summary>When a credential may end, and how long ahead its people are told.</summary>
public static class Expiry
{
    /// <summary>How many days before its end we write about it, farthest first.</summary>
    public static readonly IReadOnlyList<int> WarningDays = [14, 7, 1];

    /// <summary>How long nobody may have used a credential before a rotation retires it early.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromDays(1);

    /// <summary>The shortest life of an access token (Datadog's personal-access-tokens page).</summary>
    public static readonly TimeSpan TokenLifeMin = TimeSpan.FromDays(1);

    /// <summary>The longest life of a personal access token: a year, leap day included.</summary>
    public static readonly TimeSpan TokenLifeMax = TimeSpan.FromDays(366);

    /// <summary>
    /// An access token that was made for so long at most is not written about: whoever makes it, often a program, has just
    /// said when it ends, and nobody can move that.
    /// </summary>
    public static readonly TimeSpan ShortLife = TimeSpan.FromDays(2);

    // An end that is farther away than this is a slip of the keyboard.
    private const int YearsMax = 10;

    /// <summary>The nearest of <see cref="WarningDays"/> that has come; null while none has.</summary>
    public static int? NearestWarning(DateTimeOffset end, DateTimeOffset now) =>
        WarningDays.Where(days => end.AddDays(-days) <= now).Select(days => (int?)days).Min();

    /// <summary>Refuses an end that has passed, or is farther away than ten years.</summary>
    /// <exception cref="RefusedException">It cannot be.</exception>
    public static void Check(DateTimeOffset end, DateTimeOffset now, string field = "expires_at")
    {
        if (end <= now)
        {
            throw RefusedException.Invalid($"{Moment.Exact(end)} has passed. Choose a time to come.", field);
        }

        if (end > now.AddYears(YearsMax))
        {
            throw RefusedException.Invalid($"An end can be at most {YearsMax} years away.", field);
        }
    }
}
