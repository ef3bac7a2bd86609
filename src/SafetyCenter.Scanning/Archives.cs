using System.Buffers.Binary;
using System.IO.Compression;

namespace SafetyCenter.Scanning;

/// <summary>
/// Looks into one input: as it is, or one level deep when it is a zip, a tar, or anything in gzip. What is inside has the path
/// <c>outer!/inner</c>. The kind is told by the first bytes, whatever the name.
/// </summary>
internal sealed class Archives(SecretScanner scanner, long unpackedMax = Archives.UnpackedMax)
{
    /// <summary>How many bytes are unpacked of one archive: small ones may hold endless zeros.</summary>
    public const long UnpackedMax = 1L << 30;

    private const int EntriesMax = 100_000;

    // The list of a zip's entries lies in memory as a whole; 8 MiB have room for more than a hundred thousand.
    private const int ListMax = 8 << 20;

    // Of a zip that cannot be read from its end, such as one in a pipe.
    private const int InMemoryMax = 16 << 20;

    private static ReadOnlySpan<byte> GzipMark => [0x1F, 0x8B, 0x08];

    private static ReadOnlySpan<byte> ZipMark => [(byte)'P', (byte)'K', 3, 4];

    /// <summary>Reads an input to its end; answers how many bytes there were, unpacked.</summary>
    public long Read(string path, Stream input, Action<string, Found> report)
    {
        var beginning = scanner.Begin(input);
        var isTar = Tar.Begins(beginning);
        if (!isTar && !beginning.StartsWith(GzipMark) && !beginning.StartsWith(ZipMark))
        {
            return scanner.Finish(input, found => report(path, found));
        }

        var isZip = beginning.StartsWith(ZipMark);
        var again = Again(input, beginning);
        try
        {
            return isTar ? ReadTar(path, again, report)
                : isZip ? ReadZip(path, again, report)
                : ReadGzip(path, again, report);
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            // It may be no archive at all, and begin like one by chance.
            if (input.CanSeek)
            {
                input.Position = 0;
                scanner.Scan(input, found => report(path, found));
            }

            throw new IOException($"As an archive it could not be read to its end: {problem.Message.TrimEnd('.')}.", problem);
        }
    }

    private static Stream Again(Stream input, ReadOnlySpan<byte> beginning)
    {
        if (!input.CanSeek)
        {
            return new WholeStream(beginning.ToArray(), input);
        }

        input.Position = 0;
        return input;
    }

    private long ReadTar(string path, Stream input, Action<string, Found> report)
    {
        var (bytes, count) = (0L, 0);
        foreach (var (name, content) in Tar.Entries(input))
        {
            Refuse(++count > EntriesMax, $"it holds more than {EntriesMax:N0} entries");
            bytes += scanner.Scan(content, found => report($"{path}!/{name}", found));
        }

        return bytes;
    }

    private long ReadGzip(string path, Stream input, Action<string, Found> report)
    {
        using var gzip = new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
        using var content = new BoundedStream(gzip, new Allowance(unpackedMax));
        var beginning = scanner.Begin(content);
        return Tar.Begins(beginning)
            ? ReadTar(path, new WholeStream(beginning.ToArray(), content), report)
            : scanner.Finish(content, found => report($"{path}!/{Path.GetFileNameWithoutExtension(path)}", found));
    }

    private long ReadZip(string path, Stream input, Action<string, Found> report)
    {
        var seekable = input.CanSeek ? input : InMemory(input);
        RefuseLongList(seekable);
        using var zip = new ZipArchive(seekable, ZipArchiveMode.Read, leaveOpen: true);
        Refuse(zip.Entries.Count > EntriesMax, $"it holds more than {EntriesMax:N0} entries");
        var (bytes, allowance) = (0L, new Allowance(unpackedMax));
        string? encrypted = null;
        foreach (var entry in zip.Entries.Where(entry => !entry.FullName.EndsWith('/')))
        {
            if (entry.IsEncrypted)
            {
                encrypted ??= entry.FullName;
                continue;
            }

            using var content = new BoundedStream(entry.Open(), allowance);
            bytes += scanner.Scan(content, found => report($"{path}!/{entry.FullName}", found));
        }

        Refuse(encrypted is not null, $"{encrypted} is encrypted");
        return bytes;
    }

    private static MemoryStream InMemory(Stream input)
    {
        var memory = new MemoryStream();
        using var bounded = new BoundedStream(input, new Allowance(InMemoryMax));
        bounded.CopyTo(memory);
        return memory;
    }

    /// <summary>A zip ends with where its list is and how long; a comment of up to 64 KiB may follow.</summary>
    private static void RefuseLongList(Stream zip)
    {
        var end = new byte[(int)Math.Min(zip.Length, ushort.MaxValue + 22)];
        zip.Position = zip.Length - end.Length;
        zip.ReadExactly(end);
        zip.Position = 0;
        var place = end.AsSpan().LastIndexOf([(byte)'P', (byte)'K', (byte)5, (byte)6]);
        Refuse(
            place >= 0 && place + 16 <= end.Length && BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(place + 12)) > ListMax,
            $"the list of its entries is longer than {ListMax >> 20} MiB");
    }

    private static void Refuse(bool isTooMuch, string reason)
    {
        if (isTooMuch)
        {
            throw new InvalidDataException(reason);
        }
    }
}
