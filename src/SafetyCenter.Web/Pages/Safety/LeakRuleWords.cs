using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>Rules about leaks in words.</summary>
internal static class LeakRuleWords
{
    /// <summary>The kinds, for people.</summary>
    public static string Words(this LeakedKind kind) => kind switch
    {
        LeakedKind.ApiKeys => "API keys",
        LeakedKind.ApplicationKeys => "Application keys",
        LeakedKind.AccessTokens => "Access tokens",
        LeakedKind.OAuthApps => "OAuth apps",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>What happens by itself, for people.</summary>
    public static string Words(this LeakAction action) => action switch
    {
        LeakAction.Notify => "Notify, people decide",
        LeakAction.Revoke => "Revoke at once",
        LeakAction.RevokeLater => "Revoke later, if nobody objects",
        LeakAction.Rotate => "Ask to replace it, then revoke",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };

    /// <summary>A time as people say it: "3 h 20 min".</summary>
    public static string Words(this TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => "less than a minute",
        { TotalHours: < 1 } => $"{time.Minutes} min",
        { TotalDays: < 2 } => $"{(int)time.TotalHours} h{(time.Minutes == 0 ? null : $" {time.Minutes} min")}",
        _ => $"{(int)time.TotalDays} days",
    };

    /// <summary>How long a rule leaves a leaked credential active.</summary>
    public static string ByRule(this DryRun run) => run.OpenByRule switch
    {
        null => "until people act",
        { Ticks: 0 } => "not at all",
        { } time => time.Words(),
    };
}
