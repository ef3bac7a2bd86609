using System.Text;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Benchmarks;

/// <summary>
/// A folder with a gigabyte of text that looks like sources, with secrets planted in it and decoys around; it goes when the
/// benchmark ends. The same in each run, but for the secrets.
/// </summary>
internal sealed class SourceTree : IDisposable
{
    public const int Files = 37_000;
    public const int Planted = 2_000;
    private const int FilesPerFolder = 100;
    private const int LengthAverage = 27_200;
    private const int EncodedEach = 10;

    private static readonly string[] Words =
    [
        "public", "static", "return", "const", "sched_", "scale_", "scatter", "publish", "if (", ") {", "}", "=> ", " = ",
        "string", "int", "0x7f", "await", "MONEY_MAX", "value", "index", "callback", "\"text %d of %s\\n\"", "// why it is so",
        "null", "this.", "format_", "request", "response", "buffer", "length", "&&", "||", "(", ");", ",", "[]", "<T>", "import",
        "from", "scope_", "i++", "private", "readonly", "void", "foreach", "while", "switch", "case", "break", "true", "false",
        "new ", "List", "Dictionary", "user", "organization", "credential", "created", "updated", "deleted", "count", "total",
        "begin", "end", "first", "last", "open", "close", "read", "write", "error", "message", "log", "debug", "config", "option",
        "parse", "render", "table", "column", "row", "=== ", "!== ", "+= ", "/* as before */", "0", "1", "42", "1024", "\"\"",
        "uint32_t", "struct", "typedef", "#include <stdio.h>", "def ", "self.", "lambda", "None", "elif", "fn ", "let ", "mut ",
    ];

    private readonly Random _random = new(20_260_801);
    private readonly SecretFormat _format = new();

    private SourceTree()
    {
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("scan-").FullName;

    public long Bytes { get; private set; }

    /// <summary>What must be found: where, in which line, and the hash.</summary>
    public HashSet<(string Path, int Line, string Hash)> Secrets { get; } = [];

    /// <summary>Those that stand there in plain.</summary>
    public HashSet<(string Path, int Line, string Hash)> Plain { get; } = [];

    public static SourceTree Plant()
    {
        var tree = new SourceTree();
        var pages = Enumerable.Range(0, 64).Select(_ => tree.Page()).ToList();
        for (var file = 0; file < Files; file++)
        {
            tree.Write(file, pages);
        }

        return tree;
    }

    /// <summary>A file of its own, of so many bytes without a line feed, with one secret at its end.</summary>
    public string WriteLongLine(long length)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "line")).FullName, "long.txt");
        using var writer = new StreamWriter(path);
        var page = Page().Replace('\n', ' ');
        for (var written = 0L; written < length; written += page.Length)
        {
            writer.Write(page);
        }

        writer.Write(Secret());
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Write(int file, List<string> pages)
    {
        var name = $"{file / FilesPerFolder:000}/source-{file:00000}.txt";
        var text = new StringBuilder();
        var length = _random.Next(LengthAverage / 10, LengthAverage * 19 / 10);
        while (text.Length < length)
        {
            var page = pages[_random.Next(pages.Count)];
            var from = page.IndexOf('\n', _random.Next(page.Length - 4096)) + 1;
            text.Append(page, from, page.IndexOf('\n', from + 2048) + 1 - from).Append(Decoy()).Append('\n');
        }

        if (file % (Files / Planted) == 0 && Secrets.Count < Planted)
        {
            var lines = 1 + text.ToString().Count(letter => letter == '\n');
            var secret = Secret();
            var spelled = Spelled(secret);
            var planted = (name, lines, SecretHash.Of(secret).ToString());
            Secrets.Add(planted);
            if (spelled == secret)
            {
                Plain.Add(planted);
            }

            text.Append("    token: \"").Append(spelled).Append("\"\nend\n");
        }

        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text.ToString());
        Bytes += text.Length;
    }

    private string Spelled(string secret) => (Secrets.Count % EncodedEach) switch
    {
        0 => Convert.ToBase64String(Encoding.ASCII.GetBytes("::::"[..(Secrets.Count / EncodedEach % 5)] + secret)),
        1 => secret.Replace("_", "%5F", StringComparison.Ordinal),
        _ => secret,
    };

    private string Secret() => (Secrets.Count % 4) switch
    {
        0 => _format.Mint(SecretKind.ApiKey).Reveal(),
        1 => _format.Mint(SecretKind.ApplicationKey).Reveal(),
        2 => _format.Mint(SecretKind.PersonalAccessToken, Guid.NewGuid()).Reveal(),
        _ => _format.Mint(SecretKind.ClientToken).Reveal(),
    };

    private string Page()
    {
        var page = new StringBuilder();
        while (page.Length < 64 * 1024)
        {
            page.Append(' ', 4 * _random.Next(4));
            for (var words = _random.Next(1, 9); words > 0; words--)
            {
                page.Append(Words[_random.Next(Words.Length)]).Append(_random.Next(3) == 0 ? "_" : " ");
            }

            page.Append('\n');
        }

        return page.ToString();
    }

    private string Decoy() => _random.Next(8) switch
    {
        0 => $"commit {Hex(40)}",
        1 => $"md5 = \"{Hex(32)}\"",
        2 => $"id: {Hex(8)}-{Hex(4)}-{Hex(4)}-{Hex(4)}-{Hex(12)}",
        3 => $"sha256:{Hex(64)}",
        4 => $"key = scapp_{Letters(34)}",
        5 => $"data:image/png;base64,{Letters(200)}==",
        6 => $"?q=%41%20{Letters(8)}%2F",
        _ => "text without anything",
    };

    private string Hex(int length) => Pick("0123456789abcdef", length);

    private string Letters(int length) => Pick(Base62.Digits, length);

    private string Pick(string alphabet, int length) => string.Create(length, alphabet, (text, letters) =>
    {
        for (var place = 0; place < text.Length; place++)
        {
            text[place] = letters[_random.Next(letters.Length)];
        }
    });
}
