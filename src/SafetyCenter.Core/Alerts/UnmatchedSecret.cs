using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Core.Alerts;

/// <summary>
/// Something with our shape and checksum that was reported and that we never issued: of another installation, or of a database
/// that is gone. Only its hash is kept, for a while.
/// </summary>
public sealed class UnmatchedSecret
{
    /// <summary>How long it is remembered after it was last reported.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(90);

    /// <summary>Its SHA-256, 32 bytes.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>What it looks like; null when only the hash was reported.</summary>
    public SecretKind? Kind { get; private set; }

    /// <summary>By which way it came last.</summary>
    public LeakChannel Channel { get; private set; }

    /// <summary>When it was first reported.</summary>
    public DateTimeOffset FirstSeenAt { get; private set; }

    /// <summary>When it was last reported.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>How many reports named it.</summary>
    public int Times { get; private set; }
}
