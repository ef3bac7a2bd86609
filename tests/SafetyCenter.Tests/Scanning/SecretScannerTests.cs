using System.Text;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Scanning;

namespace SafetyCenter.Tests.Scanning;

/// <summary>What a scanner finds in bytes that are no archive: as it stands, and where.</summary>
public sealed class SecretScannerTests
{
    private const int Chunk = 256 * 1024;

    public static TheoryData<int> ChunkLengths => [1, 2, 3, 7, 31, 32, 33, 64, 100, 511, 512, 513, 1000, 4096, Chunk];

    [Theory]
    [MemberData(nameof(ChunkLengths))]
    public void It_finds_exactly_what_is_found_in_text_however_the_input_is_cut(int chunkLength)
    {
        var random = new Random(chunkLength);
        for (var round = 0; round < 60; round++)
        {
            var text = ScanCorpus.Text(random, pieces: 120);
            var found = ScanCorpus.Scan(Encoding.UTF8.GetBytes(text), chunkLength);

            Assert.Equal(Expected(text), found.Where(one => one.Encoding == "plain"));
            Assert.All(found, one => Assert.Equal("plain", one.Encoding));
        }
    }

    [Theory]
    [InlineData(4096, 1)]
    [InlineData(Chunk, 61)]
    public void No_secret_is_lost_wherever_it_stands_around_the_edge_of_a_chunk(int chunkLength, int step)
    {
        var bytes = new byte[chunkLength + 2048];
        foreach (var (kind, secret) in ScanCorpus.Secrets)
        {
            for (var place = chunkLength - 100; place <= chunkLength + 1100; place += step)
            {
                Array.Fill(bytes, (byte)' ');
                Encoding.ASCII.GetBytes(secret, bytes.AsSpan(place));

                var found = Assert.Single(ScanCorpus.Scan(bytes, chunkLength));
                Assert.Equal((kind, 1, place + 1), (found.Kind, found.Line, found.Column));
            }
        }
    }

    [Fact]
    public void A_secret_may_be_all_there_is_or_end_the_input_without_a_line_feed()
    {
        foreach (var (kind, secret) in ScanCorpus.Secrets)
        {
            var hash = SecretHash.Of(secret);
            Assert.Equal([new Found(kind, 1, 1, secret[^4..], hash, "plain")], ScanCorpus.Scan(secret));
            Assert.Equal([new Found(kind, 2, 3, secret[^4..], hash, "plain")], ScanCorpus.Scan("first\r\nx=" + secret));
        }

        Assert.Empty(ScanCorpus.Scan(""));
    }

    [Fact]
    public void Several_in_one_line_and_the_same_one_twice_are_all_told_in_order()
    {
        var (key, app) = (ScanCorpus.Secrets[0].Text, ScanCorpus.Secrets[1].Text);

        var found = ScanCorpus.Scan($"\n{app},{key} {app}\r\n{key}\n");

        Assert.Equal(
            [
                (SecretKind.ApplicationKey, 2, 1), (SecretKind.ApiKey, 2, 42), (SecretKind.ApplicationKey, 2, 75),
                (SecretKind.ApiKey, 3, 1),
            ],
            found.Select(one => (one.Kind, one.Line, one.Column)));
    }

    [Fact]
    public void Decoys_are_no_secrets()
    {
        foreach (var decoy in ScanCorpus.Decoys)
        {
            Assert.Empty(ScanCorpus.Scan(decoy));
            Assert.Empty(ScanCorpus.Scan($"key = \"{decoy}\";\n"));
        }

        Assert.Empty(ScanCorpus.Scan(new string('a', 100_000)));
        Assert.Empty(ScanCorpus.Scan(new Random(1).GetString("0123456789abcdef\n", 1_000_000)));
        Assert.Empty(ScanCorpus.Scan(new Random(2).GetString(Base62.Digits + "+/", 1_000_000)));
    }

    [Fact]
    public void Binary_files_hold_secrets_too()
    {
        var bytes = new byte[5000];
        new Random(3).NextBytes(bytes);
        foreach (var (kind, secret) in ScanCorpus.Secrets)
        {
            bytes[1999] = 0;
            Encoding.ASCII.GetBytes(secret, bytes.AsSpan(2000));
            bytes[2000 + secret.Length] = 0;
            Assert.Equal(kind, Assert.Single(ScanCorpus.Scan(bytes)).Kind);
        }
    }

    [Fact]
    public void Columns_are_characters_and_a_byte_order_mark_is_none()
    {
        var secret = ScanCorpus.Secrets[1].Text;

        Assert.Equal(5, Assert.Single(ScanCorpus.Scan($"é中😀 {secret}")).Column);
        Assert.Equal(1, Assert.Single(ScanCorpus.Scan($"\ufeff{secret}")).Column);
        Assert.Equal((2, 4), Place(Assert.Single(ScanCorpus.Scan($"\ufeff\r\né中 {secret}"))));
    }

    [Fact]
    public void Lines_are_right_far_into_a_long_input()
    {
        var text = new StringBuilder();
        for (var line = 1; line <= 60_000; line++)
        {
            text.Append("naïve line ").Append(line).Append('\n');
        }

        text.Append("  ").Append(ScanCorpus.Secrets[0].Text);
        Assert.Equal((60_001, 3), Place(Assert.Single(ScanCorpus.Scan(text.ToString()))));
    }

    [Theory]
    [InlineData("acme")]
    [InlineData("pub")]
    [InlineData("abcde")]
    [InlineData("nn")]
    public void Every_prefix_has_its_secrets_and_only_those(string prefix)
    {
        var format = new SecretFormat(prefix);
        var texts = ScanCorpus.Secrets.Select(secret => secret.Kind)
            .Select(kind => kind is SecretKind.PersonalAccessToken or SecretKind.ServiceAccessToken
                ? format.Mint(kind, Guid.NewGuid()).Reveal()
                : format.Mint(kind).Reveal())
            .ToList();
        var text = string.Join("\n", texts.Concat(ScanCorpus.Secrets.Select(secret => secret.Text)))
            + "\n" + string.Join("\n", texts.Select(each => Convert.ToBase64String(Encoding.ASCII.GetBytes($"a {each}"))));
        var found = new List<Found>();
        using var input = new MemoryStream(Encoding.ASCII.GetBytes(text));
        new SecretScanner(format).Scan(input, found.Add);

        var hashes = texts.Select(SecretHash.Of).ToList();
        Assert.Equal(hashes.Concat(hashes), found.Select(one => one.Hash));
    }

    private static (int Line, int Column) Place(Found found) => (found.Line, found.Column);

    private static IEnumerable<Found> Expected(string text)
    {
        var position = 0;
        foreach (var secret in ScanCorpus.Format.FindIn(text))
        {
            // The next place where it stands alone: the same characters may also be part of a decoy.
            do
            {
                position = text.IndexOf(secret.Reveal(), position, StringComparison.Ordinal) + 1;
            }
            while (ScanCorpus.Format.StandingAt(text, position - 1) is null);

            var line = text[..(position - 1)].Split('\n');
            var column = line[^1].EnumerateRunes().Count() + 1;
            yield return new Found(secret.Kind, line.Length, column, secret.Last4, secret.Hash, "plain");
        }
    }
}
