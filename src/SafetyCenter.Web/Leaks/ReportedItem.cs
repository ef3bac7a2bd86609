using System.Diagnostics;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks;

/// <summary>One match of a report. It prints itself without its token.</summary>
/// <param name="Index">Its place in the report, from 0.</param>
/// <param name="Token">The text that matched, perhaps with more around the secret; null when it cannot be read.</param>
/// <param name="Type">The reporter's name for this kind of secret, as sent; null when not said.</param>
/// <param name="Url">Where it was seen, as sent, not always an address; empty or null when it was not said.</param>
/// <param name="Source">The kind of place.</param>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record ReportedItem(
    int Index,
    [property: DebuggerBrowsable(DebuggerBrowsableState.Never)] string? Token,
    string? Type,
    string? Url,
    LeakSource Source)
{
    /// <summary>The SHA-256 of the secret, where the reporter sends that and no token.</summary>
    public SecretHash? Hash { get; init; }

    /// <summary>
    /// Whether there is something to judge: a token, not empty, not absurdly long and without NUL; or a hash. An item without
    /// gets no feedback.
    /// </summary>
    public bool IsReadable => Token is not null || Hash is not null;

    /// <inheritdoc/>
    public override string ToString() => $"match {Index}, {Source}{(IsReadable ? "" : ", unreadable")}";
}
