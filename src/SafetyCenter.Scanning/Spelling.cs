using System.Buffers.Binary;

namespace SafetyCenter.Scanning;

/// <summary>
/// How the stems of our secrets look in bytes, as they are or in base64: what <see cref="Sieve"/> looks for. In base64 there
/// are three spellings, because a secret may begin at any of the three bytes that four characters hold.
/// </summary>
internal sealed class Spelling
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    // A byte that the stem does not settle is null.
    private readonly byte?[][] _stems;
    private readonly bool _isBase64;

    // Their first eight bytes as a number, and which of its bits count: most of what comes here ends with that.
    private readonly (ulong Mask, ulong Bits)[] _numbers;

    private Spelling(IEnumerable<byte?[]> stems, bool isBase64)
    {
        (_stems, _isBase64) = ([.. stems], isBase64);
        _numbers = [.. _stems.Select(stem => (Number(stem, _ => byte.MaxValue), Number(stem, letter => letter)))];
        var shared = Enumerable.Range(0, _stems.Min(stem => stem.Length))
            .Where(place => _stems[0][place] is not null && _stems.All(stem => stem[place] == _stems[0][place]))
            .ToList();
        Places = (shared[0], shared[1], shared[^1]);
        var before = _stems.Select(stem => stem[Places.Last - 1] ?? 0).ToList();
        BeforeLast = (before.Min(), before.Max());
    }

    /// <summary>
    /// Places at which all stems have the same bytes. The second is next to the first: the prefix has two letters or more.
    /// </summary>
    public (int First, int Second, int Last) Places { get; }

    /// <summary>Between what the stems have just before the last of these places.</summary>
    public (byte Lowest, byte Highest) BeforeLast { get; }

    /// <summary>The stems as they are.</summary>
    public static Spelling Plain(IEnumerable<string> stems) =>
        new(stems.Select(stem => stem.Select(letter => (byte?)letter).ToArray()), isBase64: false);

    /// <summary>The stems in base64, beginning with the first, second or third byte of the first four characters.</summary>
    public static Spelling InBase64(IEnumerable<string> stems, int offset) =>
        new(stems.Select(stem => Encode(stem, offset).ToArray()), isBase64: true);

    /// <summary>What all stems have at one of <see cref="Places"/>.</summary>
    public byte At(int place) => _stems[0][place]!.Value;

    /// <summary>
    /// Whether one of the stems stands at the beginning of these bytes, of which there are nine or more; base64 may go on in the
    /// next line.
    /// </summary>
    public bool Begins(ReadOnlySpan<byte> bytes)
    {
        var number = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var mayBreak = _isBase64 && (bytes[4] <= '\r' || bytes[8] <= '\r');
        for (var stem = 0; stem < _stems.Length; stem++)
        {
            var (mask, bits) = _numbers[stem];
            if (((number & mask) == bits || mayBreak) && Begins(bytes, _stems[stem]))
            {
                return true;
            }
        }

        return false;
    }

    private static ulong Number(byte?[] stem, Func<byte, byte> digit) => Enumerable.Range(0, Math.Min(8, stem.Length))
        .Aggregate(0UL, (sum, place) => sum | ((stem[place] is { } letter ? (ulong)digit(letter) : 0) << (8 * place)));

    private bool Begins(ReadOnlySpan<byte> bytes, byte?[] stem)
    {
        var at = 0;
        for (var place = 0; place < stem.Length; place++, at++)
        {
            if (_isBase64 && place > 0 && place % 4 == 0)
            {
                at += Math.Max(0, bytes[at..].IndexOfAnyExcept(" \t\r\n"u8));
            }

            if (at >= bytes.Length || (stem[place] is { } wanted && bytes[at] != wanted))
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<byte?> Encode(string stem, int offset)
    {
        var (begin, end) = (8 * offset, 8 * (offset + stem.Length));
        for (var bit = 0; bit + 6 <= end; bit += 6)
        {
            var digit = Enumerable.Range(bit, 6).Where(each => each >= begin)
                .Aggregate(0, (sum, each) => (sum << 1) | ((stem[(each / 8) - offset] >> (7 - (each % 8))) & 1));

            // The last two digits have other characters in addresses.
            yield return bit >= begin && digit < 62 ? (byte)Alphabet[digit] : null;
        }
    }
}
