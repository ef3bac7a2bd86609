using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Alerts;

/// <summary>
/// One delivery of a reporter, known by the SHA-256 of its body. The signature cannot serve for that: ECDSA
/// signatures are malleable. The body itself is not kept, for it holds secrets.
/// </summary>
public sealed class LeakReport
{
    /// <summary>How long a body's hash is remembered.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>Its id.</summary>
    public Id<LeakReport> Id { get; private set; }

    /// <summary>The way it came.</summary>
    public LeakChannel Channel { get; private set; }

    /// <summary>
    /// Who sent it, such as <c>github</c>: one body is one delivery per reporter. An organization's own reporters have their id
    /// here.
    /// </summary>
    public string Reporter { get; private set; } = "";

    /// <summary>Who sent it, for people: "GitHub", or the name of a reporter or a repository.</summary>
    public string SourceName { get; private set; } = "";

    /// <summary>The one organization whose credentials were looked for; null for all.</summary>
    public Id<Organization>? OrganizationId { get; private set; }

    /// <summary>SHA-256 of the body, 32 bytes.</summary>
    public byte[] BodyHash { get; private set; } = [];

    /// <summary>When it first came.</summary>
    public DateTimeOffset ReceivedAt { get; private set; }

    /// <summary>How many items it held.</summary>
    public int Items { get; private set; }

    /// <summary>How many of them were ours.</summary>
    public int Matched { get; private set; }
}
