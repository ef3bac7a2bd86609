using System.Text.Json.Serialization;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// One row of what a reporter gets back, in the words of GitHub's secret scanning partner program. The token goes back
/// as its hash, never raw.
/// </summary>
/// <param name="TokenHash">SHA-256 of the token exactly as it was reported, 64 lower-case hex digits.</param>
/// <param name="TokenType">The type exactly as it was reported; null when there was none.</param>
/// <param name="Label"><c>true_positive</c> or <c>false_positive</c>.</param>
public sealed record Feedback(
    [property: JsonPropertyName("token_hash")] string TokenHash,
    [property: JsonPropertyName("token_type")] string? TokenType,
    [property: JsonPropertyName("label")] string Label)
{
    /// <summary>The row of a readable item.</summary>
    /// <param name="item">What was reported.</param>
    /// <param name="isOurs">Whether we issued it, no matter whether it still opens anything.</param>
    /// <exception cref="ArgumentException">The item has no token, so there is nothing to say about it.</exception>
    public static Feedback On(ReportedItem item, bool isOurs) =>
        item.IsReadable
            ? new(
                (item.Hash ?? SecretHash.Of(item.Token!)).ToString(),
                item.Type,
                isOurs ? "true_positive" : "false_positive")
            : throw new ArgumentException("An item that cannot be read gets no feedback.", nameof(item));
}
