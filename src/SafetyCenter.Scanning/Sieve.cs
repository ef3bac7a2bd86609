using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>
/// Passes over bytes, 32 at a time, and stops only where a secret could be. It knows these signs:
/// <code>
/// 16 hex digits, aligned     every run of 32 covers such a block; API keys and client tokens
/// four letters of a stem     all other kinds, as they are
/// two letters of base64      all other kinds, in each of its three spellings; the second may stand in the next line
/// M N O Y Z, four apart      hex digits in base64: the first of four characters is one of these
/// %3 to %7, \u               a letter or digit that was escaped for no need
/// </code>
/// Nothing is missed; what is no secret after all is found out by whoever looks closer.
/// </summary>
internal sealed class Sieve(SecretFormat format)
{
    /// <summary>How many bytes are looked at together.</summary>
    public const int Block = 32;

    /// <summary>How many bytes behind the text are read: they must be there, and mean nothing.</summary>
    public const int Beyond = 64;

    private readonly Spelling _plain = Spelling.Plain(format.Stems);
    private readonly Spelling _first = Spelling.InBase64(format.Stems, 0);
    private readonly Spelling _second = Spelling.InBase64(format.Stems, 1);
    private readonly Spelling _third = Spelling.InBase64(format.Stems, 2);

    /// <summary>
    /// The first block from here on (a multiple of 32) that shows a sign, or -1. It is compiled at once and in full: by the
    /// time the usual way had found out that it is worth it, everything would have been read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Next(byte[] buffer, int from, int length, out Signs signs)
    {
        ref var start = ref MemoryMarshal.GetArrayDataReference(buffer);
        var underscore = (nuint)_plain.Places.Last;
        var (plain1, plain2) = (Wanted(_plain, _plain.Places.First), Wanted(_plain, _plain.Places.Second));
        var plain3 = Wanted(_plain, _plain.Places.Last);
        var (lowest, span) = (_plain.BeforeLast.Lowest, (byte)(_plain.BeforeLast.Highest - _plain.BeforeLast.Lowest));
        var (first1, first2) = (Wanted(_first, _first.Places.First), Wanted(_first, _first.Places.Second));
        var (second1, second2) = (Wanted(_second, _second.Places.First), Wanted(_second, _second.Places.Second));
        var (third1, third2) = (Wanted(_third, _third.Places.First), Wanted(_third, _third.Places.Second));
        for (var at = from; at < length; at += Block)
        {
            ref var here = ref Unsafe.Add(ref start, at);
            var bytes = Vector256.LoadUnsafe(ref here);
            var next = Vector256.LoadUnsafe(ref here, 1);
            var hex = (Within(bytes, (byte)'0', 9) | Within(bytes, (byte)'a', 5)).ExtractMostSignificantBits();
            var groups = (Within(bytes, (byte)'M', 2) | Within(bytes, (byte)'Y', 1)).ExtractMostSignificantBits();
            groups &= groups >> 4;
            if (groups != 0)
            {
                groups = GroupsOfHex(ref here, groups);
            }

            var stems = Vector256.Equals(bytes, plain1) & Vector256.Equals(next, plain2)
                & Vector256.Equals(Vector256.LoadUnsafe(ref here, underscore), plain3)
                & Within(Vector256.LoadUnsafe(ref here, underscore - 1), lowest, span);
            var firsts = Vector256.Equals(bytes, first1) & Vector256.Equals(next, first2);
            var seconds = Vector256.Equals(bytes, second1) & Vector256.Equals(next, second2);
            var thirds = Vector256.Equals(bytes, third1) & (Vector256.Equals(next, third2) | Within(next, 0, (byte)'\r'));
            var percents = Vector256.Equals(bytes, Vector256.Create((byte)'%')) & Within(next, (byte)'3', 4);
            var unicodes =
                Vector256.Equals(bytes, Vector256.Create((byte)'\\')) & Vector256.Equals(next, Vector256.Create((byte)'u'));
            var isHex = (ushort)hex == ushort.MaxValue || hex >= 0xFFFF_0000;
            if (!isHex && groups == 0 && (stems | firsts | seconds | thirds | percents | unicodes) == Vector256<byte>.Zero)
            {
                continue;
            }

            signs = new Signs(
                !isHex ? -1 : (ushort)hex == ushort.MaxValue ? at : at + (Block / 2),
                Kept(buffer, at, stems, _plain),
                Kept(buffer, at, firsts, _first),
                Kept(buffer, at, seconds, _second),
                Kept(buffer, at, thirds, _third),
                groups,
                percents.ExtractMostSignificantBits(),
                unicodes.ExtractMostSignificantBits());
            if (signs.Any)
            {
                return at;
            }
        }

        signs = default;
        return -1;
    }

    private static Vector256<byte> Wanted(Spelling spelling, int place) => Vector256.Create(spelling.At(place));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Within(Vector256<byte> bytes, byte lowest, byte span) =>
        Vector256.LessThanOrEqual(bytes - Vector256.Create(lowest), Vector256.Create(span));

    /// <summary>Of places where the first settled letter of a spelling stands, those where all of it does.</summary>
    private static uint Kept(byte[] buffer, int at, Vector256<byte> seen, Spelling spelling)
    {
        var kept = 0u;
        for (var left = seen.ExtractMostSignificantBits(); left != 0; left &= left - 1)
        {
            var begin = at + BitOperations.TrailingZeroCount(left) - spelling.Places.First;
            if (begin >= 0 && spelling.Begins(buffer.AsSpan(begin)))
            {
                kept |= left & (0 - left);
            }
        }

        return kept;
    }

    /// <summary>Of places where four characters seem to begin, those where eight of base64 hold hex digits.</summary>
    private static uint GroupsOfHex(ref byte here, uint groups)
    {
        var kept = 0u;
        for (; groups != 0; groups &= groups - 1)
        {
            ref var group = ref Unsafe.Add(ref here, BitOperations.TrailingZeroCount(groups));
            if (IsSecond(Unsafe.Add(ref group, 1)) && IsFourth(Unsafe.Add(ref group, 3))
                && IsSecond(Unsafe.Add(ref group, 5)) && IsFourth(Unsafe.Add(ref group, 7)))
            {
                kept |= groups & (0 - groups);
            }
        }

        return kept;

        static bool IsSecond(byte letter) =>
            letter is (byte)'D' or (byte)'T' or (byte)'j' or (byte)'z' or (byte)'G' or (byte)'W' or (byte)'m' or (byte)'2';
        static bool IsFourth(byte letter) =>
            letter is (>= (byte)'w' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'5') or (>= (byte)'h' and <= (byte)'m');
    }
}

/// <summary>What the sieve saw in a block: a place, or a bit for each byte.</summary>
/// <param name="Hex">Where 16 hex digits stand, or -1.</param>
/// <param name="Stems">Where a stem begins.</param>
/// <param name="Firsts">Where four characters of base64 begin with a stem.</param>
/// <param name="Seconds">Two behind where four characters begin, of which a stem has the second byte.</param>
/// <param name="Thirds">Three behind where four characters begin, of which a stem has the third byte.</param>
/// <param name="Groups">Where four characters of base64 begin that hold hex digits.</param>
/// <param name="Percents">Where an escape of addresses begins.</param>
/// <param name="Unicodes">Where an escape of JSON begins.</param>
internal readonly record struct Signs(
    int Hex, uint Stems, uint Firsts, uint Seconds, uint Thirds, uint Groups, uint Percents, uint Unicodes)
{
    /// <summary>Whether there was any.</summary>
    public bool Any => Hex >= 0 || (Stems | Firsts | Seconds | Thirds | Groups | Percents | Unicodes) != 0;
}
