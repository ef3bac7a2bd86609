using System.Text;
using System.Text.RegularExpressions;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>
/// What the file <c>.safetycenterignore</c> of a folder says of what is below, and the folders above it: a line is a pattern as
/// in <c>.gitignore</c>, or <c>sha256:</c> and the hash of one secret that is known and accepted.
/// </summary>
public sealed class IgnoreRules
{
    /// <summary>The name of the file.</summary>
    public const string FileName = ".safetycenterignore";

    private const string HashMark = "sha256:";

    private readonly IgnoreRules? _above;
    private readonly string _folder;
    private readonly List<Rule> _rules = [];
    private readonly HashSet<SecretHash> _accepted = [];

    private IgnoreRules(string folder, IgnoreRules? above) => (_folder, _above) = (folder, above);

    /// <summary>No rules.</summary>
    public static IgnoreRules None { get; } = new("", null);

    /// <summary>The rules of a folder, together with those of the folders above it.</summary>
    public static IgnoreRules In(string folder, IgnoreRules? above)
    {
        var file = Path.Join(folder, FileName);
        if (!File.Exists(file))
        {
            return above ?? None;
        }

        var rules = new IgnoreRules(folder, above);
        foreach (var line in File.ReadLines(file))
        {
            rules.Add(line.TrimEnd());
        }

        return rules;
    }

    /// <summary>Whether a file or folder is to be left alone. The last rule that speaks of it counts.</summary>
    public bool Ignores(string path, bool isFolder)
    {
        for (var rules = this; rules is not null; rules = rules._above)
        {
            if (rules._rules.Count > 0
                && Path.GetRelativePath(rules._folder, path).Replace('\\', '/') is var below
                && rules._rules.FindLast(rule => rule.IsAbout(below, isFolder)) is { } last)
            {
                return last.IsIgnored;
            }
        }

        return false;
    }

    /// <summary>Whether a secret is known here, and accepted.</summary>
    public bool Accepts(SecretHash hash) => _accepted.Contains(hash) || _above?.Accepts(hash) == true;

    private void Add(string line)
    {
        if (line.StartsWith(HashMark, StringComparison.Ordinal))
        {
            var digits = line[HashMark.Length..].Split(' ', 2)[0];
            if (digits.Length == 64 && digits.All(char.IsAsciiHexDigit))
            {
                _accepted.Add(new SecretHash(Convert.FromHexString(digits)));
            }
        }
        else if (line.Length > 0 && line[0] != '#')
        {
            _rules.Add(Rule.Of(line));
        }
    }

    private sealed record Rule(Regex Pattern, bool IsIgnored, bool IsForFolders)
    {
        public static Rule Of(string line)
        {
            var isKept = line[0] == '!';
            var glob = isKept ? line[1..] : line;
            var isForFolders = glob.EndsWith('/');
            glob = glob.TrimEnd('/');

            // A slash before the end ties the pattern to this folder.
            var isTied = glob.Contains('/');
            var pattern = new StringBuilder(isTied ? "^" : "^(.*/)?");
            Translate(glob.TrimStart('/'), pattern);
            var regex = new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline);
            return new Rule(regex, !isKept, isForFolders);
        }

        public bool IsAbout(string path, bool isFolder) => (isFolder || !IsForFolders) && Pattern.IsMatch(path);

        private static void Translate(string glob, StringBuilder pattern)
        {
            for (var at = 0; at < glob.Length; at++)
            {
                var rest = glob.AsSpan(at);
                if (rest.StartsWith("**/"))
                {
                    pattern.Append("(.*/)?");
                    at += 2;
                }
                else if (rest.StartsWith("**"))
                {
                    pattern.Append(".*");
                    at++;
                }
                else if (rest[0] == '[' && rest.IndexOf(']') is > 1 and var end)
                {
                    var set = rest[1..end].ToString().Replace(@"\", @"\\", StringComparison.Ordinal);
                    pattern.Append('[').Append(set[0] == '!' ? '^' + set[1..] : set).Append(']');
                    at += end;
                }
                else
                {
                    var isEscape = rest[0] == '\\' && rest.Length > 1;
                    pattern.Append(rest[0] switch
                    {
                        '*' => "[^/]*",
                        '?' => "[^/]",
                        _ => Regex.Escape(rest[isEscape ? 1 : 0].ToString()),
                    });
                    at += isEscape ? 1 : 0;
                }
            }
        }
    }
}
