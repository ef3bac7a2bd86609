using System.Text;

namespace SafetyCenter.Scanning;

/// <summary>
/// Reads a tar as it comes, with nothing of it in memory but a header: ustar, and the long names of GNU and pax.
/// </summary>
/// <remarks>
/// <code>
/// 0    name            100     NUL-terminated
/// 124  size            12      octal digits, or the last 8 bytes as a number when the first has its highest bit set
/// 148  checksum        8       sum of all bytes, these eight taken as blanks
/// 156  kind            1       0 or NUL: a file; L: the next name; x: pax records such as "20 path=some/file\n"
/// 257  "ustar"
/// 345  prefix          155     what comes before the name
/// </code>
/// A header has 512 bytes; contents are filled up to as many.
/// </remarks>
internal static class Tar
{
    private const int Block = 512;

    // More than any path there is; longer records are read over.
    private const int NameMax = 16 * 1024;

    /// <summary>Whether these bytes begin with a header.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= Block && bytes[257..].StartsWith("ustar"u8) && HasChecksum(bytes[..Block]);

    /// <summary>The files in it, each to be read before the next is asked for.</summary>
    public static IEnumerable<(string Name, Stream Content)> Entries(Stream input)
    {
        var header = new byte[Block];
        var rest = new byte[64 * 1024];
        string? longName = null;
        while (input.ReadAtLeast(header, Block, throwOnEndOfStream: false) == Block && header.AsSpan().ContainsAnyExcept((byte)0))
        {
            if (!HasChecksum(header))
            {
                throw new InvalidDataException("a header is damaged");
            }

            var size = Size(header);
            var content = new PartStream(input, size);
            var kind = (char)header[156];
            if (kind is 'L' or 'x')
            {
                longName = Name(content, kind) ?? longName;
            }
            else
            {
                if (kind is '0' or '\0' or '7')
                {
                    yield return (longName ?? Name(header), content);
                }

                longName = null;
            }

            content.Skip(rest, (int)(-size & (Block - 1)));
        }
    }

    private static string Name(byte[] header)
    {
        var prefix = Text(header.AsSpan(345, 155));
        return prefix.Length > 0 ? $"{prefix}/{Text(header.AsSpan(0, 100))}" : Text(header.AsSpan(0, 100));
    }

    private static string? Name(PartStream content, char kind)
    {
        var bytes = new byte[NameMax];
        var record = Text(bytes.AsSpan(0, content.ReadAtLeast(bytes, NameMax, throwOnEndOfStream: false)));
        return kind == 'L' ? record : record.Split('\n')
            .Select(line => line.IndexOf(" path=", StringComparison.Ordinal) is >= 0 and var place ? line[(place + 6)..] : null)
            .FirstOrDefault(path => path is not null);
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    private static long Size(ReadOnlySpan<byte> header)
    {
        var field = header.Slice(124, 12);
        var size = (field[0] & 0x80) != 0
            ? System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(field[4..])
            : Octal(field);
        return size >= 0 ? size : throw new InvalidDataException("the size of an entry is no number");
    }

    private static long Octal(ReadOnlySpan<byte> field)
    {
        var number = 0L;
        foreach (var digit in field)
        {
            if (digit is >= (byte)'0' and <= (byte)'7')
            {
                number = (number << 3) | (uint)(digit - '0');
            }
        }

        return number;
    }

    private static bool HasChecksum(ReadOnlySpan<byte> header)
    {
        var sum = 8 * ' ';
        for (var place = 0; place < Block; place++)
        {
            sum += place is >= 148 and < 156 ? 0 : header[place];
        }

        return sum == Octal(header.Slice(148, 8));
    }
}
