namespace SafetyCenter.Core.Organizations;

/// <summary>What happens by itself when a credential is reported as leaked.</summary>
public enum LeakAction
{
    /// <summary>An alert and emails; people decide.</summary>
    Notify,

    /// <summary>It is revoked with the report.</summary>
    Revoke,

    /// <summary>It is revoked some minutes later, unless an admin objects.</summary>
    RevokeLater,

    /// <summary>
    /// Its people are asked to replace it, and it is revoked when the time given for that is over, unless an admin objects.
    /// Nothing hands out a new secret by itself: whoever replaces it sees the new one, once.
    /// </summary>
    Rotate,
}

/// <summary>The answer to a leak of one kind of credential.</summary>
/// <param name="Action">What happens by itself.</param>
/// <param name="Minutes">After how long, for <see cref="LeakAction.RevokeLater"/> and <see cref="LeakAction.Rotate"/>.</param>
public sealed record LeakResponse(LeakAction Action, int Minutes)
{
    /// <summary>The longest delay, in minutes: two weeks.</summary>
    public const int MinutesMax = 14 * 24 * 60;

    /// <summary>What every kind begins with.</summary>
    public static readonly LeakResponse Default = new(LeakAction.Notify, 60);

    /// <summary>When it revokes what was reported now; null when people decide.</summary>
    public DateTimeOffset? RevokesAt(DateTimeOffset now) => Action switch
    {
        LeakAction.Revoke => now,
        LeakAction.RevokeLater or LeakAction.Rotate => now.AddMinutes(Minutes),
        _ => null,
    };
}

/// <summary>
/// How an organization answers leaks. Client tokens are not in it: they are public by design, so no report of one is a leak.
/// </summary>
public sealed record LeakRules
{
    /// <summary>The longest time an alert may be due in, in hours.</summary>
    public const int DueHoursMax = 30 * 24;

    /// <summary>Of API keys.</summary>
    public LeakResponse ApiKeys { get; init; } = LeakResponse.Default;

    /// <summary>Of application keys.</summary>
    public LeakResponse ApplicationKeys { get; init; } = LeakResponse.Default;

    /// <summary>Of personal and service access tokens.</summary>
    public LeakResponse AccessTokens { get; init; } = LeakResponse.Default;

    /// <summary>Of OAuth apps: their secrets and their tokens, with which the access they were given ends.</summary>
    public LeakResponse OAuthApps { get; init; } = LeakResponse.Default;

    /// <summary>
    /// Whether a secret that somebody holds and shows us without an account is revoked at once: possession is proof.
    /// </summary>
    public bool RevokesShown { get; init; } = true;

    /// <summary>Whether an alert that was dismissed opens again when the secret is seen at a new place.</summary>
    public bool ReopensWhenSeenAgain { get; init; } = true;

    /// <summary>Within how many hours a critical alert is to be resolved.</summary>
    public int CriticalDueHours { get; init; } = 24;

    /// <summary>The same for a high one.</summary>
    public int HighDueHours { get; init; } = 72;

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="RefusedException">A delay or a due time is out of its range.</exception>
    public LeakRules Checked()
    {
        Check(ApiKeys, nameof(ApiKeys));
        Check(ApplicationKeys, nameof(ApplicationKeys));
        Check(AccessTokens, nameof(AccessTokens));
        Check(OAuthApps, nameof(OAuthApps));
        if (CriticalDueHours is < 1 or > DueHoursMax)
        {
            throw RefusedException.Invalid($"Alerts are due in 1 to {DueHoursMax} hours.", nameof(CriticalDueHours));
        }

        return HighDueHours is >= 1 and <= DueHoursMax
            ? this
            : throw RefusedException.Invalid($"Alerts are due in 1 to {DueHoursMax} hours.", nameof(HighDueHours));

        static void Check(LeakResponse response, string field)
        {
            if (response.Minutes is < 1 or > LeakResponse.MinutesMax)
            {
                throw RefusedException.Invalid(
                    $"The delay must be between 1 and {LeakResponse.MinutesMax} minutes.", field);
            }
        }
    }
}
