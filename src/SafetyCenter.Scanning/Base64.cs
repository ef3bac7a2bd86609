using System.Buffers;

namespace SafetyCenter.Scanning;

/// <summary>Decodes a stretch of base64 around a sign: either alphabet, padded or not, in one line or in several.</summary>
internal static class Base64
{
    private const int GroupsBefore = 32;
    private const int LinesAhead = 1024;
    private const int OneAhead = 160;

    private static readonly SearchValues<byte> White = SearchValues.Create(" \t\r\n"u8);
    private static readonly sbyte[] Values = MakeValues();

    /// <summary>Reads from the beginning of the line or of the base64, and to its end.</summary>
    public static void ReadLine(Window window, int group, Stretch stretch) =>
        Read(window, Before(window.Bytes, group, acrossLines: false), group + Stretch.Ahead, acrossLines: false, stretch);

    /// <summary>Takes the lines before and behind as parts of the same base64.</summary>
    public static void ReadLines(Window window, int group, Stretch stretch) =>
        Read(window, Before(window.Bytes, group, acrossLines: true), group + LinesAhead, acrossLines: true, stretch);

    /// <summary>Takes what is before as no part of it, as in a path, and reads as much as a secret may take.</summary>
    public static void ReadFrom(Window window, int group, Stretch stretch) =>
        Read(window, (group, true), group + OneAhead, acrossLines: true, stretch);

    /// <summary>
    /// Whether this is a character of base64 that separates elsewhere. It never stands for the last bits of a letter or digit,
    /// so nothing that begins behind it is cut off from a word.
    /// </summary>
    public static bool IsMark(byte character) => Values[character] >= 62;

    private static (int Place, bool IsBegun) Before(ReadOnlySpan<byte> bytes, int group, bool acrossLines)
    {
        var (begin, count, at) = (group, 0, group - 1);
        for (; at >= 0 && group - at < Stretch.Reach; at--)
        {
            if (Values[bytes[at]] >= 0)
            {
                if (++count % 4 == 0)
                {
                    begin = at;
                }

                if (count == 4 * GroupsBefore)
                {
                    return (begin, false);
                }
            }
            else
            {
                var end = bytes[..(at + 1)].LastIndexOfAnyExcept(White);
                if (!acrossLines || !bytes[(end + 1)..(at + 1)].Contains((byte)'\n'))
                {
                    return (begin, true);
                }

                at = end + 1;
            }
        }

        return (begin, at < 0);
    }

    private static void Read(Window window, (int Place, bool IsBegun) begin, int limit, bool acrossLines, Stretch stretch)
    {
        var bytes = window.Bytes[..Math.Min(window.Bytes.Length, limit)];
        var (digits, bits, at) = (0, 0, begin.Place);
        var isEnded = false;
        stretch.Begin(begin.IsBegun);
        for (; at < bytes.Length; at++)
        {
            if (Values[bytes[at]] is >= 0 and var value)
            {
                // A byte is complete with the second, third and fourth digit; its place is that of the digit it begins in.
                bits = (bits << 6) | (byte)value;
                if (++digits % 4 != 1)
                {
                    stretch.Add((bits >> (6 - (2 * ((digits - 1) % 4)))) & 0xFF, PlaceOfDigitBefore(bytes, at));
                }

                continue;
            }

            var white = bytes[at..].IndexOfAnyExcept(White);
            var end = white < 0 ? bytes.Length : at + white;
            if (!acrossLines || !bytes[at..end].Contains((byte)'\n'))
            {
                isEnded = true;
                break;
            }

            at = end - 1;
        }

        stretch.End(at, isEnded || (window.IsLast && bytes.Length == window.Bytes.Length));
    }

    private static int PlaceOfDigitBefore(ReadOnlySpan<byte> bytes, int at)
    {
        at--;
        while (Values[bytes[at]] < 0)
        {
            at--;
        }

        return at;
    }

    private static sbyte[] MakeValues()
    {
        var values = new sbyte[256];
        Array.Fill(values, (sbyte)-1);
        for (var value = 0; value < 62; value++)
        {
            values["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[value]] = (sbyte)value;
        }

        values['+'] = values['-'] = 62;
        values['/'] = values['_'] = 63;
        return values;
    }
}
