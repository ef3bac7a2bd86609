using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Leaks;

/// <summary>What is known of a report before what stands in it: its sender was found genuine.</summary>
/// <param name="Channel">The way it came.</param>
/// <param name="Reporter">
/// Who sent it: one body of one reporter is one delivery. For an organization's own reporter, its id.
/// </param>
/// <param name="SourceName">Who sent it, for people.</param>
/// <param name="BodyHash">SHA-256 of the raw body, 32 bytes: what the delivery is known by.</param>
public sealed record Delivery(LeakChannel Channel, string Reporter, string SourceName, byte[] BodyHash)
{
    /// <summary>
    /// The one organization with whose credentials it is matched; null for all. A reporter of one organization learns nothing
    /// of another's.
    /// </summary>
    public Id<Organization>? OrganizationId { get; init; }

    /// <summary>Whether anybody can read the places it names; true for those who look at nothing else.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Whether the sender holds the secret itself, and shows it so that it ends.</summary>
    public bool IsShown => Channel == LeakChannel.Shown;
}

/// <summary>What became of a report.</summary>
/// <param name="Feedback">A row for each item that could be read, in order.</param>
/// <param name="Matched">How many items were ours.</param>
/// <param name="Raised">How many alerts it raised, or opened again, on credentials that open something.</param>
public sealed record Taken(IReadOnlyList<Feedback> Feedback, int Matched, int Raised)
{
    /// <summary>Whether one of them opened something when the report came, and is no client token.</summary>
    public bool IsLive { get; init; }

    /// <summary>Whether one of them opened something once, and had ended before.</summary>
    public bool IsOver { get; init; }
}
