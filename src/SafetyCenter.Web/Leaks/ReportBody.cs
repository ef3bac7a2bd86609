using System.Text.Json;
using System.Text.Unicode;
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

    // JsonDocument would take the last of two equal names; a report that says two things says nothing.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private ReportBody()
    {
    }

    /// <summary>The matches in the order they were sent, readable or not.</summary>
    public sealed record Readable(IReadOnlyList<ReportedItem> Items) : ReportBody;

    /// <summary>The body is no report (400), with a sentence that quotes nothing of it.</summary>
    public sealed record Refused(string Reason) : ReportBody;

    /// <summary>Reads the raw bytes; never throws on junk.</summary>
    public static ReportBody Read(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
        {
            return new Refused("The body begins with a byte order mark, which JSON does not allow.");
        }

        // JsonDocument lets bad bytes inside texts pass, and throws only when such a text is read.
        if (!Utf8.IsValid(body.Span))
        {
            return new Refused("The body is not UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? new Readable([.. document.RootElement.EnumerateArray().Select(Item)])
                : new Refused("The body is not a JSON array of matches.");
        }
        catch (JsonException)
        {
            return new Refused("The body is not well-formed JSON with unique property names.");
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, as in "\ud800", is valid JSON but no text.
            return new Refused("The body contains an escape that is no Unicode character.");
        }
    }

    private static ReportedItem Item(JsonElement match, int index) =>
        new(
            index,
            TextOf(match, "token") is { Length: > 0 and <= LongestToken } token && !token.Contains('\0') ? token : null,
            Kept(TextOf(match, "type"), LongestType),
            Kept(TextOf(match, "url"), LongestUrl),
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
