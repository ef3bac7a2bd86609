using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace SafetyCenter.Web.Leaks;

/// <summary>The usable keys of one published list, by identifier.</summary>
internal sealed class PublicKeySet
{
    /// <summary>
    /// No identifier is longer. GitHub's are the 64 hex digits of a hash, but they are compared as they are, unread.
    /// </summary>
    public const int LongestIdentifier = 256;

    private readonly FrozenDictionary<string, ReportPublicKey> _keys;

    private PublicKeySet(FrozenDictionary<string, ReportPublicKey> keys, int skipped)
    {
        _keys = keys;
        Skipped = skipped;
    }

    /// <summary>How many entries could not be used.</summary>
    public int Skipped { get; }

    /// <summary>
    /// Reads <c>{"public_keys":[{"key_identifier","key","is_current"}]}</c>. One bad entry costs only itself; a list
    /// without a single good one is not a list.
    /// </summary>
    /// <param name="json">The list.</param>
    /// <param name="acceptsFormer">
    /// Whether a key that is no longer the current one is good as long as it is listed: reports signed just before a rotation
    /// arrive after it.
    /// </param>
    /// <param name="set">Its keys.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> json, bool acceptsFormer, [NotNullWhen(true)] out PublicKeySet? set)
    {
        set = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("public_keys", out var entries)
                || entries.ValueKind != JsonValueKind.Array)
            {
                return false;
            }

            var keys = new Dictionary<string, ReportPublicKey>(StringComparer.Ordinal);
            var former = 0;
            foreach (var entry in entries.EnumerateArray())
            {
                if (!acceptsFormer && IsFormer(entry))
                {
                    former++;
                    continue;
                }

                if (TextOf(entry, "key_identifier") is { Length: > 0 and <= LongestIdentifier } identifier
                    && ReportPublicKey.TryImport(TextOf(entry, "key"), out var key))
                {
                    keys.TryAdd(identifier, key);
                }
            }

            set = keys.Count == 0
                ? null
                : new PublicKeySet(
                    keys.ToFrozenDictionary(StringComparer.Ordinal), entries.GetArrayLength() - former - keys.Count);
        }
        catch (JsonException)
        {
            // Not JSON, so not a list: said by the return value.
        }
        catch (InvalidOperationException)
        {
            // A text that is not Unicode shows only when it is read. Nobody publishes half a list like that.
        }

        return set is not null;
    }

    /// <summary>The key with exactly this identifier.</summary>
    public ReportPublicKey? Find(string identifier) => _keys.GetValueOrDefault(identifier);

    private static bool IsFormer(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object
        && entry.TryGetProperty("is_current", out var current)
        && current.ValueKind == JsonValueKind.False;

    private static string? TextOf(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object
        && entry.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
