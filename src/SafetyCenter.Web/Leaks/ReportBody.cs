using System.Text.Json;
using SafetyCenter.Core.Alerts;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// The body of a secret scanning report: a JSON array of matches, each with <c>token</c>, <c>type</c>, <c>url</c> and
/// <c>source</c>. To be read only after its signature was found good.
/// </summary>
public abstract record ReportBody
{
    /// <summary>Characters of a token; longer ones are none of ours, whatever text surrounds them.</summary>
    public const int LongestToken = 4096;

    /// <summary>Characters of a place that are kept.</summary>
    public const int LongestUrl = 100_000;

    /// <summary>Characters of a type that are kept.</summary>
    public const int LongestType = 1000;

    private ReportBody()
    {
    }

    /// <summary>The matches in the order they were sent, readable or not.</summary>
    public sealed record Readable(IReadOnlyList<ReportedItem> Items) : ReportBody;

    /// <summary>The body is no report (400), with a sentence that quotes nothing of it.</summary>
    public sealed record Refused(string Reason) : ReportBody;

    /// <summary>Reads the raw bytes; never throws on junk.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="place">The name under which this reporter says where a match was seen.</param>
    public static ReportBody Read(ReadOnlyMemory<byte> body, string place = "url")
    {
        return StrictJson.TryRead(body, Matches, out var read, out var complaint) ? read : new Refused(complaint);

        ReportBody Matches(JsonElement root) => root.ValueKind == JsonValueKind.Array
            ? new Readable([.. root.EnumerateArray().Select((match, index) => Item(match, index, place))])
            : new Refused("The body is not a JSON array of matches.");
    }

    private static ReportedItem Item(JsonElement match, int index, string place) =>
        new(
            index,
            TextOf(match, "token") is { Length: > 0 and <= LongestToken } token && !token.Contains('\0') ? token : null,
            Kept(TextOf(match, "type"), LongestType),
            Kept(TextOf(match, place), LongestUrl),
            LeakSources.Parse(TextOf(match, "source")));

    private static string? TextOf(JsonElement match, string name) =>
        match.ValueKind == JsonValueKind.Object
        && match.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>
    /// The text as sent, but cut, between characters, where it is too long, and without NUL, which PostgreSQL cannot
    /// store. All else stays, odd addresses and line breaks too: showing them safely is the page's business.
    /// </summary>
    private static string? Kept(string? text, int longest)
    {
        if (text?.Length > longest)
        {
            text = text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];
        }

        return text?.Replace('\0', '\uFFFD');
    }
}
