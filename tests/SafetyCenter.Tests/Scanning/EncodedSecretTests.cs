using System.Text;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Scanning;

namespace SafetyCenter.Tests.Scanning;

/// <summary>Secrets one level deep in base64, escapes and UTF-16: each found once, at the place where it begins.</summary>
public sealed class EncodedSecretTests
{
    public static TheoryData<string> Encodings =>
        ["base64", "base64 of addresses", "base64 without padding", "base64 in lines", "percents", "one percent", "unicodes",
            "one unicode", "little endian", "big endian"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Every_kind_is_found_once_at_every_alignment(string encoding)
    {
        foreach (var (kind, secret) in ScanCorpus.Secrets)
        {
            for (var offset = 0; offset < 9; offset++)
            {
                var bytes = Encode(encoding, new string('+', offset) + secret + new string('/', 8 - offset));

                var found = Assert.Single(ScanCorpus.Scan(bytes));
                Assert.Equal((kind, secret[^4..], SecretHash.Of(secret)), (found.Kind, found.Last4, found.Hash));
                Assert.Equal(Word(encoding), found.Encoding);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void None_is_lost_around_the_edge_of_a_chunk(string encoding)
    {
        const int Length = 1024;
        var bytes = new byte[Length + 3072];
        foreach (var (kind, secret) in ScanCorpus.Secrets)
        {
            var encoded = Encode(encoding, secret);
            for (var place = Length - 420; place <= Length + 1100; place += 7)
            {
                Array.Fill(bytes, (byte)' ');
                encoded.CopyTo(bytes, place);

                var found = Assert.Single(ScanCorpus.Scan(bytes, Length));
                Assert.Equal((kind, Word(encoding)), (found.Kind, found.Encoding));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void What_is_no_secret_is_none_when_decoded(string encoding)
    {
        foreach (var decoy in ScanCorpus.Decoys)
        {
            Assert.Empty(ScanCorpus.Scan(Encode(encoding, $"a: {decoy}, b")));
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(262144)]
    public void A_large_text_in_base64_gives_what_the_text_gives(int chunkLength)
    {
        var random = new Random(chunkLength);
        for (var round = 0; round < 6; round++)
        {
            var text = ScanCorpus.Text(random, pieces: 200);
            var bytes = Encoding.UTF8.GetBytes(text);
            var expected = ScanCorpus.Format.FindIn(Encoding.Latin1.GetString(bytes)).Select(secret => secret.Hash).ToList();
            var lines = Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks);

            Assert.Equal(expected, InBase64(Convert.ToBase64String(bytes)));

            // Each line might also be base64 of its own; so what a line begins in the middle of a word may be found too.
            Assert.Subset(InBase64(lines).ToHashSet(), expected.ToHashSet());
            var indented = "  " + lines.Replace("\r\n", "\n  ", StringComparison.Ordinal);
            Assert.Subset(InBase64(indented).ToHashSet(), expected.ToHashSet());
        }

        IEnumerable<SecretHash> InBase64(string encoded) =>
            ScanCorpus.Scan(Encoding.ASCII.GetBytes(encoded), chunkLength)
                .Where(one => one.Encoding == "base64").Select(one => one.Hash);
    }

    [Fact]
    public void Lines_of_base64_are_read_each_alone_and_together()
    {
        var secrets = ScanCorpus.Secrets.Select(secret => secret.Text).ToList();
        var encoded = secrets.Select(secret => Convert.ToBase64String(Encoding.ASCII.GetBytes(secret)).TrimEnd('='));

        var found = ScanCorpus.Scan("words\n" + string.Join('\n', encoded) + "\nwords\n");

        Assert.Equal(secrets.Select(SecretHash.Of), found.Select(one => one.Hash));
        Assert.Equal(Enumerable.Range(2, secrets.Count), found.Select(one => one.Line));
        Assert.All(found, one => Assert.Equal(1, one.Column));
    }

    [Fact]
    public void Places_are_those_of_the_input()
    {
        var secret = ScanCorpus.Secrets[1].Text;
        var text = Convert.ToBase64String(Encoding.ASCII.GetBytes($"id:{secret}"));

        Assert.Equal((2, 12), Place($"\n  key: {text}\n"));
        Assert.Equal((1, 3), Place($"a={secret.Replace("_", "%5F", StringComparison.Ordinal)}&b"));
        Assert.Equal((1, 6), Place($"/path/{Convert.ToBase64String(Encoding.ASCII.GetBytes(secret))}"[1..]));
        foreach (var wide in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            Assert.Equal((3, 5), Place(wide.GetPreamble(), wide.GetBytes($"é\r\n中\nkey={secret}中")));
        }

        Assert.Equal((2, 5), Place([], Encoding.Unicode.GetBytes($"a\nkey={secret}\n")));
        Assert.Equal((2, 5), Place([], Encoding.BigEndianUnicode.GetBytes($"a\nkey={secret}\n")));
        Assert.Equal((1, 5), Place([], Encoding.Unicode.GetBytes($"key={secret}")));
        Assert.Equal((1, 5), Place([], Encoding.BigEndianUnicode.GetBytes($"key={secret}")));
    }

    [Fact]
    public void What_stands_there_in_plain_is_not_told_again_as_decoded()
    {
        var secret = ScanCorpus.Secrets[1].Text;

        foreach (var text in new[] { $"%41%3d{secret}%41", $@"\u0022{secret}\u0022 \u0041", $"q=%2B%41+{secret}" })
        {
            Assert.Equal("plain", Assert.Single(ScanCorpus.Scan(text)).Encoding);
        }
    }

    [Fact]
    public void Two_levels_are_too_many()
    {
        var once = Convert.ToBase64String(Encoding.ASCII.GetBytes(ScanCorpus.Secrets[1].Text));

        Assert.Empty(ScanCorpus.Scan(Convert.ToBase64String(Encoding.ASCII.GetBytes(once))));
        Assert.Empty(ScanCorpus.Scan(Encode("percents", once)));
    }

    [Fact]
    public void Much_of_what_looks_like_it_takes_no_long_while()
    {
        // A megabyte of each: had every sign been read anew, a gigabyte would take hours.
        foreach (var piece in new[] { "%41", @"\u0041", "MDAw", "c2NhcHBf", "scapp_", "0123456789abcdef", "a\0", "MDAw\n" })
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            Assert.Empty(ScanCorpus.Scan(string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length))));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{piece}: {watch.Elapsed}");
        }
    }

    private static (int Line, int Column) Place(string text) => Place([], Encoding.UTF8.GetBytes(text));

    private static (int Line, int Column) Place(byte[] mark, byte[] bytes) =>
        Assert.Single(ScanCorpus.Scan([.. mark, .. bytes])) is var found ? (found.Line, found.Column) : default;

    private static string Word(string encoding) => encoding.Split(' ') switch
    {
        ["base64", ..] => "base64",
        [.., "percents" or "percent"] => "url",
        [.., "unicodes" or "unicode"] => "json",
        _ => "utf-16",
    };

    private static byte[] Encode(string encoding, string text)
    {
        var middle = text.Length / 2;
        return encoding switch
        {
            "base64" => Encoding.ASCII.GetBytes(Base64(text)),
            "base64 of addresses" => Encoding.ASCII.GetBytes(Base64(text).Replace('+', '-').Replace('/', '_')),
            "base64 without padding" => Encoding.ASCII.GetBytes(Base64(text).TrimEnd('=')),
            "base64 in lines" => Encoding.ASCII.GetBytes(
                string.Join("\r\n", Base64(new string(' ', 30) + text).Chunk(76).Select(line => new string(line)))),
            "percents" => Encoding.ASCII.GetBytes(string.Concat(text.Select(letter => $"%{(int)letter:X2}"))),
            "one percent" => Encoding.ASCII.GetBytes($"{text[..middle]}%{(int)text[middle]:x2}{text[(middle + 1)..]}"),
            "unicodes" => Encoding.ASCII.GetBytes(string.Concat(text.Select(letter => $@"\u{(int)letter:x4}"))),
            "one unicode" => Encoding.ASCII.GetBytes($@"{text[..middle]}\u{(int)text[middle]:X4}{text[(middle + 1)..]}"),
            "little endian" => Encoding.Unicode.GetBytes(text),
            _ => Encoding.BigEndianUnicode.GetBytes(text),
        };

        static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
    }
}
