namespace SafetyCenter.Core.Organizations;

/// <summary>From when on something counts as dangerous, per organization. The defaults are Datadog's.</summary>
public sealed class Thresholds
{
    /// <summary>The longest span that can be set, in days.</summary>
    public const int DaysMax = 3650;

    /// <summary>Days without use after which an API key counts as unused.</summary>
    public int UnusedApiKeyDays { get; private set; } = 30;

    /// <summary>Days without use after which an OAuth app that only reads counts as inactive.</summary>
    public int InactiveAppDays { get; private set; } = 60;

    /// <summary>The same for an app that holds a scope that writes.</summary>
    public int InactiveWritingAppDays { get; private set; } = 30;

    /// <summary>Days after sending from which on a pending invite counts as stale.</summary>
    public int StaleInviteDays { get; private set; } = 30;

    /// <summary>The share of admins among active people, in percent, above which there are too many.</summary>
    public int AdminPercent { get; private set; } = 10;

    /// <summary>Sets all of them at once.</summary>
    /// <exception cref="RefusedException">A span is not in 1..<see cref="DaysMax"/>, or the share not in 1..100.</exception>
    public void Set(
        int unusedApiKeyDays, int inactiveAppDays, int inactiveWritingAppDays, int staleInviteDays, int adminPercent)
    {
        UnusedApiKeyDays = Days(unusedApiKeyDays, nameof(UnusedApiKeyDays));
        InactiveAppDays = Days(inactiveAppDays, nameof(InactiveAppDays));
        InactiveWritingAppDays = Days(inactiveWritingAppDays, nameof(InactiveWritingAppDays));
        StaleInviteDays = Days(staleInviteDays, nameof(StaleInviteDays));
        AdminPercent = adminPercent is >= 1 and <= 100
            ? adminPercent
            : throw RefusedException.Invalid("The share of admins must be between 1 and 100 percent.", nameof(AdminPercent));
    }

    private static int Days(int days, string field) => days is >= 1 and <= DaysMax
        ? days
        : throw RefusedException.Invalid($"The number of days must be between 1 and {DaysMax}.", field);
}
