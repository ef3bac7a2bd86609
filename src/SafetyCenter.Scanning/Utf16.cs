using System.Runtime.InteropServices;

namespace SafetyCenter.Scanning;

/// <summary>
/// Finds where letters have a zero beside them, and reads them without it. Letters may stand at even places or at odd ones,
/// and the zero before or behind; whatever has none is no letter of ours.
/// </summary>
internal static class Utf16
{
    // As the bytes lie in memory, whatever the order of bytes of the machine.
    private static readonly ulong Odd = BitConverter.IsLittleEndian ? 0xFF00_FF00_FF00_FF00 : 0x00FF_00FF_00FF_00FF;

    /// <summary>
    /// The next blocks of 32 bytes in which every second byte is zero, and not all are: each secret covers one.
    /// </summary>
    public static bool TryNext(ReadOnlySpan<byte> bytes, ref int at, out int end)
    {
        at &= -Sieve.Block;
        while (at + Sieve.Block <= bytes.Length && !IsHalfZero(bytes.Slice(at, Sieve.Block)))
        {
            at += Sieve.Block;
        }

        end = at;
        while (end + Sieve.Block <= bytes.Length && end - at < Stretch.Ahead && IsHalfZero(bytes.Slice(end, Sieve.Block)))
        {
            end += Sieve.Block;
        }

        return end > at;
    }

    /// <summary>Reads the letters between two places, and a bit around them.</summary>
    /// <param name="window">The bytes.</param>
    /// <param name="begin">The first place.</param>
    /// <param name="end">The last.</param>
    /// <param name="parity">Whether letters are at even places (0) or odd ones (1).</param>
    /// <param name="zero">Where the zero is: behind (1) or before (-1).</param>
    /// <param name="stretch">What was read.</param>
    public static void Read(Window window, int begin, int end, int parity, int zero, Stretch stretch)
    {
        var bytes = window.Bytes;
        var first = Math.Max(0, begin - (2 * Sieve.Block)) + parity;
        var limit = Math.Min(bytes.Length, end + Stretch.Reach - (2 * Sieve.Block));
        stretch.Begin(first <= 1 && window.IsFirst);
        var at = first;
        for (; at < limit; at += 2)
        {
            var beside = at + zero;
            var isLetter = beside >= 0 && beside < bytes.Length && bytes[beside] == 0;
            stretch.Add(isLetter ? bytes[at] : char.MaxValue, at);
        }

        stretch.End(at, window.IsLast && limit == bytes.Length);
    }

    private static bool IsHalfZero(ReadOnlySpan<byte> block)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(block);
        var all = words[0] | words[1] | words[2] | words[3];
        return (all & Odd) == 0 != ((all & ~Odd) == 0);
    }
}
