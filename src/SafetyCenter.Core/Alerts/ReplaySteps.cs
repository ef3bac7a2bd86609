namespace SafetyCenter.Core.Alerts;

/// <summary>What to do when a code or a token of an app was used twice (RFC 9700, 4.14.2): its grant has ended already.</summary>
public static class ReplaySteps
{
    /// <summary>The steps.</summary>
    public static IReadOnlyList<LeakSteps.Step> All { get; } =
    [
        new(
            "Ask whom it acted for",
            "Ask whether they moved the app to another machine or brought back a backup: then it used an old token itself, "
            + "and nobody else has a copy."),
        new(
            "Look who called",
            "Look who called with it before it ended, above all from addresses that are new. Whatever the app could do, "
            + "they could do."),
        new("Disable the app", "When in doubt, disable the app: it then acts for nobody."),
        new("Authorize it again", "When all is well, they authorize the app again. Until then it cannot act for them."),
    ];
}
