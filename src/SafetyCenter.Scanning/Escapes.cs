using System.Buffers;
using System.Globalization;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>Decodes a stretch around an escape that somebody wrote where none was needed.</summary>
internal static class Escapes
{
    // What stands around a word decides whether a secret is one: up to eight characters, each of up to six bytes.
    private const int Around = 48;

    private static readonly SearchValues<byte> InAddresses = SearchValues.Create([.. "%_"u8, .. Letters]);
    private static readonly SearchValues<byte> InJson = SearchValues.Create([.. "\\_"u8, .. Letters]);

    private static ReadOnlySpan<byte> Letters => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>Decodes %XX, if that is a character that secrets are made of, in a word that is long enough for one.</summary>
    public static bool ReadPercents(Window window, int sign, Stretch stretch) =>
        IsOurs(Hex(window.Bytes, sign + 1, 2))
        && Read(window, sign, InAddresses, stretch, static (bytes, at) =>
            bytes[at] == '%' && Hex(bytes, at + 1, 2) is >= 0 and var value ? (value, 3) : (bytes[at], 1));

    /// <summary>The same for \u00XX; what else follows a backslash in JSON is decoded too.</summary>
    public static bool ReadUnicodes(Window window, int sign, Stretch stretch) =>
        IsOurs(Hex(window.Bytes, sign + 2, 4))
        && Read(window, sign, InJson, stretch, static (bytes, at) =>
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

    private static bool Read(Window window, int sign, SearchValues<byte> letters, Stretch stretch, Decoder decode)
    {
        // The word that the escape is in, were all escapes letters: nothing beyond it can belong to the same secret.
        var bytes = window.Bytes;
        var behind = bytes[Math.Max(0, sign - Stretch.Reach)..sign];
        var ahead = bytes[sign..Math.Min(bytes.Length, sign + Stretch.Ahead - (2 * Around))];
        var begin = sign - behind.Length + behind.LastIndexOfAnyExcept(letters) + 1;
        var length = ahead.IndexOfAnyExcept(letters);
        var end = sign + (length < 0 ? ahead.Length : length);
        if (end - begin < SecretShape.HexLength)
        {
            return false;
        }

        var at = Math.Max(0, begin - Around);
        var limit = Math.Min(bytes.Length, end + Around);
        stretch.Begin(at == 0 && window.IsFirst);
        while (at < limit)
        {
            var (character, taken) = decode(bytes, at);
            stretch.Add(character, at);
            at += taken;
        }

        stretch.End(at, length >= 0 || (window.IsLast && at >= bytes.Length));
        return true;
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
