using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Support;

/// <summary>A text with secrets of every kind in every surrounding that people write, and with much that is none.</summary>
public sealed class RuleCorpus
{
    private const string Word = "{WORD}";
    private const string Secret = "{SECRET}";

    // The word is one that says "API key" where the secret is one, for scanners that cannot check its checksum.
    private static readonly string[] Surroundings =
    [
        Word + "=" + Secret,
        Word + ": " + Secret,
        "export " + Word + "=\"" + Secret + "\"",
        "\"" + Word + "\": \"" + Secret + "\",",
        "  " + Word + ": '" + Secret + "'\r",
        "curl -H \"" + Word + ": " + Secret + "\" https://x.example/",
        "https://x.example/?" + Word + "=" + Secret + "&page=2",
        "https://x.example/?" + Word + "%3D" + Secret + "%26page%3D2",
        "https://x.example/?" + Word + "%3d" + Secret + "%26page%3d2",
        "text = \"" + Word + "\\n" + Secret + "\\nthe end\"",
        "{\"text\": \"" + Word + "=\\u0022" + Secret + "\\u0022\"}",
        "puts " + Word + " \"\\x27" + Secret + "\\x27\"",
        Word + "=3D" + Secret + "=20",
        "<tr><td>" + Word + "</td><td>" + Secret + "</td></tr>",
        Word + "_" + Secret + "_old",
        Word + "(" + Secret + ");",
        Word + " é" + Secret + "é",
        Word + "\t" + Secret,
    ];

    private static readonly string[] Decoys =
    [
        "api_key: 0123456789abcdef0123456789abcde",
        "api_key: 0123456789abcdef0123456789abcdef0",
        "api_key: 0123456789ABCDEF0123456789ABCDEF",
        "api_key: xf0e1d2c3b4a5968778695a4bd306ae1a",
        "api_key: f0e1d2c3b4a5968778695a4bd306ae1aX",
        "api_key: da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "api_key: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "api_key: 0d64d2a1-7b8e-4c8e-9c8e-0b6a3d3c9a11",
        "md5  d41d8cd98f00b204e9800998ecf8427e  empty.txt",
        "etag = d41d8cd98f00b204e9800998ecf8427e",
        "an api key that is a whole line away from what follows it, however long it is d41d8cd98f00b204e9800998ecf8427e",
        "ddapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu zzapp_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu",
        "{PREFIX}app_0123456789ABCDEFGHIJKLMNOPQR3UI7U {PREFIX}app_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu0",
        "x{PREFIX}app_0123456789ABCDEFGHIJKLMNOPQR3UI7Uu {PREFIX}app_0123456789ABCDEF-GHIJKLMNOPQR3UI7U",
        "{PREFIX}pat_0123456789ABCDEFGHIJKL-0123456789ABCDEFGHIJKLMNOPQRSTUV000000 {PREFIX}oat_",
        "pub0123456789abcdef0123456789abcde public0123456789abcdef0123456789abcdef pub0123456789ABCDEF0123456789ABCDEF",
    ];

    /// <summary>Makes one for an installation.</summary>
    public RuleCorpus(SecretFormat format)
    {
        var kinds = Enum.GetValues<SecretKind>();
        var lines = new List<string>(Decoys.Select(decoy => decoy.Replace("{PREFIX}", format.Prefix, StringComparison.Ordinal)));
        foreach (var kind in kinds)
        {
            foreach (var around in Surroundings)
            {
                var secret = Mint(format, kind);
                lines.Add(Fill(around, kind, secret));
                Secrets.AddRange(Enumerable.Repeat(secret, around.Split(Secret).Length - 1));
            }

            var lookAlike = Mint(format, kind);
            lookAlike = lookAlike[..^1] + (lookAlike[^1] == '0' ? '1' : '0');
            lines.Add(Fill(Surroundings[0], kind, lookAlike));
            LookAlikes.Add(lookAlike);
        }

        // A list needs the separator twice: as the end of one, and as the beginning of the next.
        var named = kinds.Where(kind => kind != SecretKind.ApiKey).Select(kind => Mint(format, kind)).ToList();
        foreach (var separator in new[] { ",", " ", "|", "\n", "\r\n" })
        {
            lines.Add(string.Join(separator, named));
            Secrets.AddRange(named);
        }

        var bare = Mint(format, SecretKind.ApiKey);
        lines.Add(bare);
        BareApiKeys.Add(bare);
        Text = string.Join('\n', lines);
    }

    /// <summary>The whole text. Its last line has no end.</summary>
    public string Text { get; }

    /// <summary>What everybody must find, as often as it stands there.</summary>
    public List<string> Secrets { get; } = [];

    /// <summary>API keys that nothing shows to be some: to be found by who checks the checksum, and by nobody else.</summary>
    public List<string> BareApiKeys { get; } = [];

    /// <summary>What has a wrong checksum: to be found by who cannot check it, and by nobody else.</summary>
    public List<string> LookAlikes { get; } = [];

    /// <summary>One of a kind.</summary>
    public static string Mint(SecretFormat format, SecretKind kind) =>
        (kind is SecretKind.PersonalAccessToken or SecretKind.ServiceAccessToken
            ? format.Mint(kind, Guid.NewGuid())
            : format.Mint(kind)).Reveal();

    private static string Fill(string around, SecretKind kind, string secret) => around
        .Replace(Word, kind == SecretKind.ApiKey ? "DD_API_KEY" : "KEY", StringComparison.Ordinal)
        .Replace(Secret, secret, StringComparison.Ordinal);
}
