using System.Text.Json;
using System.Text.Unicode;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Leaks;

/// <summary>What a scan found and where: hashes of secrets, and never a secret.</summary>
/// <param name="Tool">The program that scanned.</param>
/// <param name="IsPublic">Whether anybody can read what was scanned.</param>
/// <param name="Items">What it found.</param>
public sealed record ScanReport(string Tool, bool IsPublic, IReadOnlyList<ReportedItem> Items)
{
    /// <summary>How many findings one report may have.</summary>
    public const int FindingsMax = 1000;

    /// <summary>The longest path, repository and commit, in characters.</summary>
    public const int TextLengthMax = 4096;

    private const int ToolLengthMax = 100;
    private const int HashLength = 64;

    // JsonDocument would take the last of two equal names; a report that says two things says nothing.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a body.</summary>
    /// <exception cref="RefusedException">It is no such report; the sentence says where, and nothing of it counts.</exception>
    public static ScanReport Read(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
        {
            throw RefusedException.Invalid("The body is not UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            throw RefusedException.Invalid("The body is not well-formed JSON with unique property names.");
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, as in "\ud800", is valid JSON but no text.
            throw RefusedException.Invalid("The body contains an escape that is no Unicode character.");
        }
    }

    private static ScanReport Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw RefusedException.Invalid("The body must be a JSON object.");
        }

        if (!body.TryGetProperty("findings", out var findings)
            || findings.ValueKind != JsonValueKind.Array
            || findings.GetArrayLength() is < 1 or > FindingsMax)
        {
            throw RefusedException.Invalid($"findings must be a list of 1 to {FindingsMax} findings.");
        }

        var tool = Core.Text.Name(TextOf(body, "tool", "tool"), "tool", ToolLengthMax, "tool");
        var repository = TextOf(body, "repository", "repository");
        return new ScanReport(
            tool,
            Flag(body, "public"),
            [.. findings.EnumerateArray().Select((finding, index) => Item(finding, index, repository))]);
    }

    private static ReportedItem Item(JsonElement finding, int index, string? repository)
    {
        var name = $"findings[{index}]";
        if (finding.ValueKind != JsonValueKind.Object)
        {
            throw RefusedException.Invalid($"{name} must be an object.");
        }

        if (TextOf(finding, "sha256", $"{name}.sha256") is not { Length: HashLength } hash
            || !hash.All(char.IsAsciiHexDigit))
        {
            throw RefusedException.Invalid($"{name}.sha256 must be {HashLength} hex digits.");
        }

        var commit = TextOf(finding, "commit", $"{name}.commit");
        Number(finding, "column", $"{name}.column");
        return new ReportedItem(
            index,
            Token: null,
            TextOf(finding, "kind", $"{name}.kind"),
            Place.Of(
                repository,
                TextOf(finding, "path", $"{name}.path"),
                Number(finding, "line", $"{name}.line"),
                commit),
            commit is null ? LeakSource.Content : LeakSource.Commit)
        {
            Hash = new SecretHash(Convert.FromHexString(hash)),
        };
    }

    private static string? TextOf(JsonElement of, string name, string title) => Member(of, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value when value.GetString() is { Length: <= TextLengthMax } text => text,
        _ => throw RefusedException.Invalid($"{title} must be a string of at most {TextLengthMax} characters."),
    };

    private static int? Number(JsonElement of, string name, string title) => Member(of, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) && number > 0 => number,
        _ => throw RefusedException.Invalid($"{title} must be a whole number from 1."),
    };

    private static bool Flag(JsonElement of, string name) => Member(of, name) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        _ => throw RefusedException.Invalid($"{name} must be true or false."),
    };

    private static JsonElement? Member(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
