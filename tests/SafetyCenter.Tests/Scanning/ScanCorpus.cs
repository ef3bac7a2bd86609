using System.Text;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Scanning;

namespace SafetyCenter.Tests.Scanning;

/// <summary>Secrets of every kind, and what looks like them.</summary>
internal static class ScanCorpus
{
    public static readonly SecretFormat Format = new();

    private static readonly string[] Edges =
        ["\\n", "%3d", "=3D", "\\x22", "\\u0022", "\\", "%", "%4", "_", "sc", "pub", "scapp_"];

    /// <summary>One secret of each kind, the same in each run.</summary>
    public static readonly IReadOnlyList<(SecretKind Kind, string Text)> Secrets =
    [
        (SecretKind.ApiKey, "00112233445566778899aabb66afda7e"),
        (SecretKind.ApplicationKey, "scapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu"),
        .. new[]
        {
            SecretKind.ClientToken, SecretKind.OAuthClientSecret, SecretKind.OAuthAccessToken, SecretKind.OAuthRefreshToken,
        }.Select(kind => (kind, Format.Mint(kind).Reveal())),
        .. new[] { SecretKind.PersonalAccessToken, SecretKind.ServiceAccessToken }
            .Select(kind => (kind, Format.Mint(kind, Guid.NewGuid()).Reveal())),
    ];

    /// <summary>What is no secret, however much it looks like one.</summary>
    public static readonly IReadOnlyList<string> Decoys =
    [
        "00112233445566778899aabb66afda7f",
        "000112233445566778899aabb66afda7e",
        "00112233445566778899aabb66afda7e0",
        "00112233445566778899AABB66AFDA7E",
        "scapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uv",
        "xscapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu",
        "scapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu1",
        "pub00112233445566778899aabb66afda7e",
        "123e4567-e89b-12d3-a456-426614174000",
        "123e4567e89b12d3a456426614174000",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sched_yield", "scpat_", "MONEY_MONZON_NOZY", "c2NhcHBf", "%41%42%43", @"\u0041\u0042",
    ];

    /// <summary>Everything that a scanner finds.</summary>
    public static List<Found> Scan(byte[] bytes, int? chunkLength = null)
    {
        var scanner = chunkLength is { } length ? new SecretScanner(Format, length) : new SecretScanner(Format);
        var found = new List<Found>();
        using var input = new MemoryStream(bytes);
        Assert.Equal(bytes.Length, scanner.Scan(input, found.Add));
        return found;
    }

    public static List<Found> Scan(string text) => Scan(Encoding.UTF8.GetBytes(text));

    /// <summary>Text as people write it, with secrets and decoys strewn in, and now and then one right beside another.</summary>
    public static string Text(Random random, int pieces)
    {
        var text = new StringBuilder();
        for (var piece = 0; piece < pieces; piece++)
        {
            text.Append(random.Next(9) switch
            {
                0 => Secrets[random.Next(Secrets.Count)].Text,
                1 => Decoys[random.Next(Decoys.Count)],
                2 => random.GetString("0123456789abcdef", random.Next(20, 60)),
                3 => random.GetString(Base62.Digits + "+/=_-", random.Next(1, 80)),
                4 => Edges[random.Next(Edges.Length)],
                5 => new[] { "\n", "\r\n", "\n\n", "\t", "  " }[random.Next(5)],
                6 => new[] { "é", "中", "\u00ff", "😀" }[random.Next(4)],
                7 => new[] { " ", "\"", "'", "=", ": ", ";" }[random.Next(6)],
                _ => "some_words of the kind that stand_in sources ",
            });
        }

        return text.ToString();
    }
}

internal static class RandomText
{
    public static string GetString(this Random random, string alphabet, int length) =>
        string.Create(length, (random, alphabet), static (text, from) =>
        {
            for (var place = 0; place < text.Length; place++)
            {
                text[place] = from.alphabet[from.random.Next(from.alphabet.Length)];
            }
        });
}
