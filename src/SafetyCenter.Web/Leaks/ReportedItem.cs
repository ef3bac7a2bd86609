using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using SafetyCenter.Core.Alerts;

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
    /// <summary>
    /// Whether there is a token to judge: a text, not empty, not absurdly long and without NUL. An item without one
    /// gets no feedback.
    /// </summary>
    [MemberNotNullWhen(true, nameof(Token))]
    public bool IsReadable => Token is not null;

    /// <inheritdoc/>
    public override string ToString() => $"match {Index}, {Source}{(IsReadable ? "" : ", unreadable")}";
}
