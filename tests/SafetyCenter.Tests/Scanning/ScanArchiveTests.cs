using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SafetyCenter.Scanning;

namespace SafetyCenter.Tests.Scanning;

/// <summary>What is inside archives, one level deep.</summary>
public sealed class ScanArchiveTests : IDisposable
{
    private static readonly string Key = ScanCorpus.Secrets[0].Text;
    private static readonly byte[] Leak = Encoding.ASCII.GetBytes($"one\ntwo {Key}\n");
    private static readonly string LongName = string.Join('/', Enumerable.Repeat("folder", 40)) + "/leak.txt";

    private readonly ScanFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_zip_is_opened_whatever_its_name()
    {
        _folder.Write("library.jar", Zip(("META-INF/a.txt", Leak), ("b.txt", "clean"u8.ToArray())));

        Assert.Equal(1, _folder.Run("scan", "."));
        Assert.Equal($"library.jar!/META-INF/a.txt:2:5 api_key …{Key[^4..]} (plain)\n", _folder.Output);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void A_tar_is_opened_with_names_of_any_length(TarEntryFormat format)
    {
        var name = format == TarEntryFormat.Ustar ? LongName[^150..] : LongName;
        var tar = Tar(format, ("empty.txt", []), (name, Leak), ("last.txt", Leak));
        _folder.Write("a.tar", tar);
        _folder.Write("b.tgz", Gzip(tar));

        Assert.Equal(
            new[] { $"a.tar!/{name}", "a.tar!/last.txt", $"b.tgz!/{name}", "b.tgz!/last.txt" }.Order(StringComparer.Ordinal),
            _folder.Places());
        Assert.All(
            _folder.Json.GetProperty("findings").EnumerateArray(),
            finding => Assert.Equal(2, finding.GetProperty("line").GetInt32()));
    }

    [Fact]
    public void A_gzip_holds_one_file()
    {
        _folder.Write("dump.sql.gz", Gzip(Leak));

        Assert.Equal(["dump.sql.gz!/dump.sql"], _folder.Places());
    }

    [Fact]
    public void Archives_come_through_a_pipe_too()
    {
        var tar = Tar(TarEntryFormat.Pax, ("x", Leak));
        foreach (var archive in new[] { Zip(("x", Leak)), Gzip(tar), tar })
        {
            using var pipe = new Pipe(archive);
            Assert.Equal(1, _folder.Run(pipe, "scan", "-"));
            Assert.StartsWith("-!/x:2:5 ", _folder.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_archive_within_an_archive_is_one_level_too_deep()
    {
        _folder.Write("outer.zip", Zip(("inner.zip", Zip(("x", Leak)))));
        _folder.Write("outer.gz", Gzip(Gzip(Leak)));

        Assert.Empty(_folder.Places());
    }

    [Fact]
    public void What_only_begins_like_an_archive_is_read_as_it_is_and_complained_about()
    {
        foreach (var beginning in new byte[][] { [0x1F, 0x8B, 8, 0, 1], [(byte)'P', (byte)'K', 3, 4, 5, 6, 7, 8] })
        {
            _folder.Write("x.bin", [.. beginning, .. Leak]);
            Assert.Equal(1, _folder.Run("scan", "."));
            Assert.StartsWith("x.bin:2:5 ", _folder.Output, StringComparison.Ordinal);
            Assert.StartsWith("x.bin: As an archive", _folder.Error, StringComparison.Ordinal);
        }

        var cut = Gzip(new byte[100_000].Select((_, place) => (byte)(place * place % 251)).ToArray());
        _folder.Write("x.bin", cut[..(cut.Length / 2)]);
        Assert.NotEqual(1, _folder.Run("scan", "."));
    }

    [Fact]
    public void A_bomb_is_defused()
    {
        const long Max = 1 << 20;
        var zeros = new byte[Max + 1];
        foreach (var bomb in new[] { Gzip(zeros), Zip(("a", zeros[..700_000]), ("b", zeros[..700_000])) })
        {
            Assert.True(bomb.Length < Max / 20);
            var archives = new Archives(new SecretScanner(ScanCorpus.Format), Max);
            using var input = new MemoryStream(bomb);
            var refusal = Assert.Throws<IOException>(() => archives.Read("bomb", input, (_, _) => { }));
            Assert.Contains("more than the 1 MiB", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1L << 30, Archives.UnpackedMax);
    }

    [Fact]
    public void Whatever_is_broken_about_an_archive_is_complained_about_and_ends_no_scan()
    {
        var random = new Random(7);
        var archives = new Archives(new SecretScanner(ScanCorpus.Format), 1 << 20);
        var tar = Tar(TarEntryFormat.Pax, (LongName, Leak), ("b", Leak));
        foreach (var whole in new[] { Zip((LongName, Leak), ("b", Leak)), tar, Gzip(tar) })
        {
            for (var count = 0; count < 500; count++)
            {
                var broken = whole[..random.Next(whole.Length / 2, whole.Length + 1)];
                for (var changes = random.Next(1, 6); changes > 0; changes--)
                {
                    broken[random.Next(4, broken.Length)] = (byte)random.Next(256);
                }

                using var input = new MemoryStream(broken);
                if (Record.Exception(() => archives.Read("broken", input, (_, _) => { })) is { } problem)
                {
                    Assert.IsAssignableFrom<IOException>(problem);
                }
            }
        }
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return memory.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return memory.ToArray();
    }

    private static byte[] Tar(TarEntryFormat format, params (string Name, byte[] Content)[] entries)
    {
        using var memory = new MemoryStream();
        using (var tar = new TarWriter(memory, format, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => new PaxTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(content);
                tar.WriteEntry(entry);
            }
        }

        return memory.ToArray();
    }

    /// <summary>Can be read once, a few bytes at a time.</summary>
    private sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1000)]);
    }
}
