using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// Reads JSON of strangers: UTF-8, no byte order mark, no name twice. What is wrong is said in a sentence that quotes nothing
/// of it.
/// </summary>
internal static class StrictJson
{
    // JsonDocument would take the last of two equal names; who says two things says nothing.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads the raw bytes; never throws on junk.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="read">Takes out of the document what is wanted, all of it at once.</param>
    /// <param name="value">What that gave.</param>
    /// <param name="complaint">Why it cannot be read.</param>
    public static bool TryRead<T>(
        ReadOnlyMemory<byte> body,
        Func<JsonElement, T> read,
        [MaybeNullWhen(false)] out T value,
        [NotNullWhen(false)] out string? complaint)
    {
        value = default;
        complaint = null;
        if (body.Span.StartsWith("\uFEFF"u8))
        {
            complaint = "The body begins with a byte order mark, which JSON does not allow.";
        }

        // JsonDocument lets bad bytes inside texts pass, and throws only when such a text is read.
        else if (!Utf8.IsValid(body.Span))
        {
            complaint = "The body is not UTF-8.";
        }
        else
        {
            try
            {
                using var document = JsonDocument.Parse(body, Strict);
                value = read(document.RootElement);
            }
            catch (JsonException)
            {
                complaint = "The body is not well-formed JSON with unique property names.";
            }
            catch (InvalidOperationException)
            {
                // Half of a surrogate pair, as in "\ud800", is valid JSON but no text.
                complaint = "The body contains an escape that is no Unicode character.";
            }
        }

        return complaint is null;
    }
}
