using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Core.Alerts;

/// <summary>Where an alert is in its life.</summary>
public enum AlertState
{
    /// <summary>Nobody has taken it on.</summary>
    Open,

    /// <summary>Somebody has.</summary>
    Acknowledged,

    /// <summary>It was put off for a while.</summary>
    Snoozed,

    /// <summary>Nothing more must be done about it.</summary>
    Resolved,
}

/// <summary>How an alert was resolved. The first five follow from the credential, the others somebody says.</summary>
public enum Resolution
{
    /// <summary>The credential was revoked.</summary>
    Revoked,

    /// <summary>Another took its place.</summary>
    Rotated,

    /// <summary>Its own end had come.</summary>
    Expired,

    /// <summary>Its owner was disabled.</summary>
    OwnerDisabled,

    /// <summary>What was used twice ended with that, and somebody has seen it.</summary>
    Seen,

    /// <summary>It was not really exposed.</summary>
    FalsePositive,

    /// <summary>It is used in tests only.</summary>
    UsedInTests,

    /// <summary>The organization lives with it.</summary>
    WontFix,
}

/// <summary>Resolutions in words.</summary>
public static class Resolutions
{
    /// <summary>What somebody may say while the credential is active.</summary>
    public static IReadOnlyList<Resolution> Dismissals { get; } =
        [Resolution.FalsePositive, Resolution.UsedInTests, Resolution.WontFix];

    /// <summary>For people: "used in tests".</summary>
    public static string Words(this Resolution resolution) => resolution switch
    {
        Resolution.Revoked => "revoked",
        Resolution.Rotated => "replaced",
        Resolution.Expired => "expired",
        Resolution.OwnerDisabled => "owner disabled",
        Resolution.Seen => "acknowledged",
        Resolution.FalsePositive => "not exposed",
        Resolution.UsedInTests => "used in tests",
        Resolution.WontFix => "will not be fixed",
        _ => throw new ArgumentOutOfRangeException(nameof(resolution), resolution, null),
    };

    /// <summary>What the end of a credential makes of its alert.</summary>
    public static Resolution Of(RevocationReason? because) => because switch
    {
        RevocationReason.Rotated => Resolution.Rotated,
        RevocationReason.Expired => Resolution.Expired,
        RevocationReason.OwnerDisabled => Resolution.OwnerDisabled,
        _ => Resolution.Revoked,
    };
}
