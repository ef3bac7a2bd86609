using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>Where an app stands, in a word, and what that means.</summary>
/// <param name="Name">The word.</param>
/// <param name="Meaning">A sentence; null when the word says it all.</param>
public sealed record AppState(string Name, string? Meaning)
{
    /// <summary>Waits for approval.</summary>
    public const string Waiting = "Waiting for approval";

    /// <summary>In force.</summary>
    public const string Enabled = "Enabled";

    /// <summary>Stopped.</summary>
    public const string Disabled = "Disabled";

    /// <summary>In force, and nobody uses it.</summary>
    public const string Idle = "Idle";

    /// <summary>Says it.</summary>
    /// <param name="app">The app.</param>
    /// <param name="idle">The finding that it is inactive; null when it is not.</param>
    public static AppState Of(OAuthApp app, Finding? idle) => app switch
    {
        { DisabledAt: { } at } => new AppState(Disabled, $"since {Moment.Exact(at)}; enabling it needs everybody’s new consent"),
        { ApprovedAt: null } => new AppState(Waiting, "nobody can let it act before that"),
        _ when idle is not null => new AppState(Idle, WhyIdle(idle)),
        _ => new AppState(Enabled, null),
    };

    /// <summary>Why it is listed as inactive.</summary>
    public static string WhyIdle(Finding idle) =>
        $"not used for {idle.Threshold} days, inactive since {Moment.Exact(idle.Since)}";
}
