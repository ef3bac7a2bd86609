using System.Buffers.Binary;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// Tells PNG and JPEG files from all others by reading them from the first byte to the last, as far as it takes to know that
/// nothing stands before, between or behind: a file that is a picture to us and a page to somebody else is none.
/// </summary>
public static class Picture
{
    /// <summary>How wide and how high one may be, in pixels.</summary>
    public const int SideMax = 1024;

    private const int ChunkFrame = 12;

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary><c>image/png</c> or <c>image/jpeg</c>; null for anything else, and for a picture that is too large.</summary>
    public static string? MediaTypeOf(ReadOnlySpan<byte> file) =>
        IsPng(file) ? "image/png" : IsJpeg(file) ? "image/jpeg" : null;

    // A signature, then chunks: length, name, data, checksum. The first says how large, the last is empty.
    private static bool IsPng(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(PngSignature))
        {
            return false;
        }

        var rest = file[PngSignature.Length..];
        for (var isFirst = true; rest.Length >= ChunkFrame; isFirst = false)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - ChunkFrame)
            {
                return false;
            }

            var name = rest.Slice(4, 4);
            var data = rest.Slice(8, (int)length);
            if (isFirst && !(name.SequenceEqual("IHDR"u8) && data.Length == 13
                && IsSide(BinaryPrimitives.ReadUInt32BigEndian(data)) && IsSide(BinaryPrimitives.ReadUInt32BigEndian(data[4..]))))
            {
                return false;
            }

            rest = rest[(ChunkFrame + (int)length)..];
            if (name.SequenceEqual("IEND"u8))
            {
                return length == 0 && rest.IsEmpty;
            }
        }

        return false;
    }

    // Markers, most with a length; behind the one that starts a scan come its data, up to the next marker. One of them, the
    // start of the frame, says how large.
    private static bool IsJpeg(ReadOnlySpan<byte> file)
    {
        const byte start = 0xD8, end = 0xD9, scan = 0xDA;
        if (!file.StartsWith<byte>([0xFF, start, 0xFF]))
        {
            return false;
        }

        var (at, hasFrame) = (2, false);
        while (at + 2 <= file.Length && file[at] == 0xFF)
        {
            var marker = file[at + 1];
            at += 2;
            if (marker == end)
            {
                return hasFrame && at == file.Length;
            }

            var length = at + 2 <= file.Length ? BinaryPrimitives.ReadUInt16BigEndian(file[at..]) : 0;
            if (length < 2 || at + length > file.Length)
            {
                return false;
            }

            if (IsFrame(marker))
            {
                if (hasFrame || length < 8 || !IsSide(BinaryPrimitives.ReadUInt16BigEndian(file[(at + 3)..]))
                    || !IsSide(BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..])))
                {
                    return false;
                }

                hasFrame = true;
            }

            at += length;
            while (marker == scan && at + 1 < file.Length && !(file[at] == 0xFF && !IsWithinScan(file[at + 1])))
            {
                at++;
            }
        }

        return false;
    }

    // C0 to CF, but for those that hold tables or are reserved.
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // A byte FF of the data is followed by 0; D0 to D7 divide a scan.
    private static bool IsWithinScan(byte following) => following is 0 or (>= 0xD0 and <= 0xD7);

    private static bool IsSide(uint pixels) => pixels is > 0 and <= SideMax;
}
