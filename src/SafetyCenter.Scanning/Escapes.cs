using System.Globalization;

namespace SafetyCenter.Scanning;

/// <summary>Decodes a stretch around an escape that somebody wrote where none was needed.</summary>
internal static class Escapes
{
    /// <summary>Whether the escape at this place stands for a character that secrets are made of.</summary>
    public static bool IsPercent(ReadOnlySpan<byte> bytes, int at) => IsOurs(Hex(bytes, at + 1, 2));

    /// <inheritdoc cref="IsPercent"/>
    public static bool IsUnicode(ReadOnlySpan<byte> bytes, int at) => IsOurs(Hex(bytes, at + 2, 4));

    /// <summary>Decodes %XX.</summary>
    public static void ReadPercents(Window window, int sign, Stretch stretch) =>
        Read(window, sign, stretch, static (bytes, at) =>
            bytes[at] == '%' && Hex(bytes, at + 1, 2) is >= 0 and var value ? (value, 3) : (bytes[at], 1));

    /// <summary>Decodes \u00XX, and what else follows a backslash in JSON.</summary>
    public static void ReadUnicodes(Window window, int sign, Stretch stretch) =>
        Read(window, sign, stretch, static (bytes, at) =>
        {
            if (bytes[at] != '\\' || at + 1 == bytes.Length)
            {
                return (bytes[at], 1);
            }

            return bytes[at + 1] == 'u' && Hex(bytes, at + 2, 4) is >= 0 and var value ? (value, 6)
                : bytes[at + 1] is (byte)'\\' or (byte)'"' or (byte)'/' ? (bytes[at + 1], 2)
                : bytes[at + 1] is (byte)'n' or (byte)'r' or (byte)'t' or (byte)'b' or (byte)'f' ? (' ', 2)
                : (bytes[at], 1);
        });

    private static void Read(Window window, int sign, Stretch stretch, Decoder decode)
    {
        var bytes = window.Bytes;
        var at = Math.Max(0, sign - Stretch.Reach);
        var limit = Math.Min(bytes.Length, sign + Stretch.Ahead);
        stretch.Begin(at == 0 && window.IsFirst);
        while (at < limit)
        {
            var (character, length) = decode(bytes, at);
            stretch.Add(character, at);
            at += length;
        }

        stretch.End(at, window.IsLast && at >= bytes.Length);
    }

    private static bool IsOurs(int character) =>
        character is >= 0 and < 128 && (char.IsAsciiLetterOrDigit((char)character) || character == '_');

    private static int Hex(ReadOnlySpan<byte> bytes, int at, int length) =>
        at + length <= bytes.Length
        && int.TryParse(bytes.Slice(at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : -1;

    private delegate (int Character, int Length) Decoder(ReadOnlySpan<byte> bytes, int at);
}
