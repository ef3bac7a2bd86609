using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;
using SafetyCenter.Scanning;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary>The rule files for other scanners, read as those read them, on a text with everything in it.</summary>
public sealed partial class ScannerRulesTests
{
    private static readonly Uri Server = new("https://safety.example.com/");

    public static TheoryData<string, string> ToolsThatCannotCheck() =>
        Of([.. ScannerRules.Tools.Where(tool => tool != "kingfisher")]);

    public static TheoryData<string, string> Everything() => Of([.. ScannerRules.Tools]);

    [Theory]
    [MemberData(nameof(ToolsThatCannotCheck))]
    public void A_scanner_finds_every_secret_and_of_the_rest_only_what_has_a_wrong_checksum(string tool, string prefix)
    {
        var format = new SecretFormat(prefix);
        var corpus = new RuleCorpus(format);
        var found = Expressions(tool, format).SelectMany(expression => FoundBy(expression, corpus.Text));
        Assert.Equal(Sorted(corpus.Secrets.Concat(corpus.LookAlikes)), Sorted(found));
    }

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void Kingfisher_checks_checksums_and_finds_what_we_find(string prefix)
    {
        var format = new SecretFormat(prefix);
        var corpus = new RuleCorpus(format);
        var rules = Expressions("kingfisher", format)
            .Zip(ChecksumLine().Matches(FileFor("kingfisher", format).Text).Select(line => line.Groups["expected"].Value))
            .ToList();
        Assert.Equal(Enum.GetValues<SecretKind>().Length, rules.Count);
        var found = rules.SelectMany(rule => rule.First.Matches(AsRe2Sees(corpus.Text))
            .Where(match => match.Groups["checksum"].Value == Rendered(rule.Second, match.Groups["body"].Value))
            .Select(match => match.Groups[1].Value));
        Assert.Equal(Sorted(corpus.Secrets.Concat(corpus.BareApiKeys)), Sorted(found));
        Assert.Equal(Sorted(format.FindIn(corpus.Text).Select(secret => secret.Reveal())), Sorted(found));
    }

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void Our_own_scanner_finds_what_the_others_find_and_no_look_alikes(string prefix)
    {
        var format = new SecretFormat(prefix);
        var corpus = new RuleCorpus(format);
        var found = new List<SecretHash>();
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(corpus.Text));
        new SecretScanner(format).Scan(input, secret => found.Add(secret.Hash));
        Assert.Equal(
            Sorted(corpus.Secrets.Concat(corpus.BareApiKeys).Select(secret => SecretHash.Of(secret).ToString())),
            Sorted(found.Select(hash => hash.ToString())));
    }

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void No_keyword_hides_what_its_rule_would_find(string prefix)
    {
        var format = new SecretFormat(prefix);
        var corpus = new RuleCorpus(format);
        foreach (var (tool, keywords) in new[] { ("gitleaks", GitleaksKeywords()), ("trufflehog", TruffleHogKeywords()) })
        {
            var rules = Expressions(tool, format)
                .Zip(keywords.Matches(FileFor(tool, format).Text).Select(match => Words().Matches(match.Groups[1].Value)));
            foreach (var (expression, words) in rules)
            {
                Assert.NotEmpty(words);
                Assert.All(words, word => Assert.Equal(word.Value.ToLowerInvariant(), word.Value));
                Assert.All(
                    expression.Matches(AsRe2Sees(corpus.Text)),
                    match => Assert.Contains(
                        words, word => match.Value.Contains(word.Groups[1].Value, StringComparison.OrdinalIgnoreCase)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void A_file_holds_no_secret_says_whose_keys_it_finds_and_is_the_same_each_time(string tool, string prefix)
    {
        var format = new SecretFormat(prefix);
        var file = FileFor(tool, format);
        Assert.Empty(format.FindIn(file.Text));
        Assert.Contains("the keys of the SafetyCenter at https://safety.example.com", file.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("example.com//", file.Text, StringComparison.Ordinal);
        Assert.Contains(prefix + "app_", file.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', file.Text);
        Assert.EndsWith("\n", file.Text, StringComparison.Ordinal);
        Assert.Equal(file, FileFor(tool, new SecretFormat(prefix)));
    }

    [Fact]
    public void GitHubs_test_strings_match_their_own_pattern_and_are_nobodys_keys()
    {
        var format = new SecretFormat();
        var tests = TestStrings().Matches(FileFor("github", format).Text).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(Enum.GetValues<SecretKind>().Length, tests.Count);
        foreach (var (expression, test) in Expressions("github", format).Zip(tests))
        {
            var found = Assert.Single(FoundBy(expression, test));
            Assert.Equal(test[(test.IndexOf('=') + 1)..], found);
            Assert.False(format.TryRead(found, out _));
        }
    }

    [Theory]
    [InlineData("https://safety.example.com/base/", "'https://safety.example.com/base/webhooks/trufflehog/verify'", "false")]
    [InlineData("http://localhost:5080", "'http://localhost:5080/webhooks/trufflehog/verify'", "true")]
    [InlineData("https://safety.example.com/o'hara", "'https://safety.example.com/o''hara/webhooks/trufflehog/verify'", "false")]
    public void TruffleHog_asks_us_and_says_when_that_is_not_encrypted(string server, string endpoint, string isUnsafe)
    {
        var text = ScannerRules.Of(new SecretFormat(), new Uri(server)).Single(file => file.Tool == "trufflehog").Text;
        var count = Enum.GetValues<SecretKind>().Length;
        Assert.Equal(count, text.Split($"endpoint: {endpoint}\n").Length - 1);
        Assert.Equal(count, text.Split($"unsafe: {isUnsafe}\n").Length - 1);
        Assert.Equal(count, text.Split("- 'Authorization: Bearer YOUR-REPORTING-TOKEN'\n").Length - 1);
    }

    public static TheoryData<string> Prefixes() => new("sc", "pub");

    private static TheoryData<string, string> Of(params string[] tools)
    {
        var data = new TheoryData<string, string>();
        foreach (var tool in tools)
        {
            foreach (var prefix in Prefixes())
            {
                data.Add(tool, prefix.Data);
            }
        }

        return data;
    }

    private static RuleFile FileFor(string tool, SecretFormat format) =>
        ScannerRules.Of(format, Server).Single(file => file.Tool == tool);

    /// <summary>What a tool compiles; all but JavaScript's run where there is no look-around and no reference back.</summary>
    private static List<Regex> Expressions(string tool, SecretFormat format)
    {
        var text = FileFor(tool, format).Text;
        return tool switch
        {
            "gitleaks" => [.. GitleaksRegex().Matches(text).Select(match => Linear(match.Groups[1].Value))],
            "trufflehog" => [.. TruffleHogRegex().Matches(text).Select(match => Linear(match.Groups[1].Value))],
            "kingfisher" => [.. KingfisherPattern().Matches(text).Select(match => Linear(match.Groups[1].Value))],
            "ripgrep" =>
            [
                .. RipgrepRegexp().Matches(text).Select(match => Linear(
                    match.Groups[1].Value.Replace("(?-u:\\b)", "\\b", StringComparison.Ordinal), RegexOptions.Multiline)),
            ],
            "github" => [.. GitHubFields().Matches(text).Select(fields => GitHub(fields.Groups))],
            _ => [.. SecretlintPatterns(text).Select(pattern => new Regex(pattern))],
        };
    }

    private static Regex Linear(string pattern, RegexOptions also = RegexOptions.None) =>
        new(pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.NonBacktracking | also);

    private static Regex GitHub(GroupCollection fields)
    {
        foreach (var field in new[] { "secret", "before", "after" })
        {
            _ = Linear(fields[field].Value);
        }

        return new Regex($"(?:{fields["before"].Value})({fields["secret"].Value})(?={fields["after"].Value})");
    }

    private static List<string> SecretlintPatterns(string text)
    {
        using var file = JsonDocument.Parse(text);
        return
        [
            .. file.RootElement.GetProperty("rules")[0].GetProperty("options").GetProperty("patterns").EnumerateArray()
                .Select(pattern => pattern.GetProperty("pattern").GetString()!)
                .Select(pattern => Assert.Single(JavaScriptLiteral().Matches(pattern)).Groups[1].Value),
        ];
    }

    private static IEnumerable<string> FoundBy(Regex expression, string text) => expression.Matches(AsRe2Sees(text))
        .Select(match => match.Groups.Values.Skip(1).FirstOrDefault(group => group.Success) ?? match)
        .Select(found => found.Value);

    // To RE2 and its like, a word consists of ASCII; to .NET, an "é" is a letter as well.
    private static string AsRe2Sees(string text) => text.Replace('é', '·');

    private static string Rendered(string template, string body)
    {
        var hex = CheckedHex().Match(template);
        return hex.Success
            ? Crc32.Of(hex.Groups[1].Value + body).ToString("x8", CultureInfo.InvariantCulture)
            : template == "{{ body | crc32 | base62: 6 }}" ? Base62.WithChecksum(body)[^6..]
            : throw new InvalidOperationException(template);
    }

    private static List<string> Sorted(IEnumerable<string> found) => [.. found.Order(StringComparer.Ordinal)];

    [GeneratedRegex("^regex = '''(.*)'''$", RegexOptions.Multiline)]
    private static partial Regex GitleaksRegex();

    [GeneratedRegex(@"^keywords = \[(.*)\]$", RegexOptions.Multiline)]
    private static partial Regex GitleaksKeywords();

    [GeneratedRegex("^ +key: '(.*)'$", RegexOptions.Multiline)]
    private static partial Regex TruffleHogRegex();

    [GeneratedRegex(@"^ +keywords:\n((?: +- '.*'\n)+)", RegexOptions.Multiline)]
    private static partial Regex TruffleHogKeywords();

    [GeneratedRegex("""["'](.+?)["']""")]
    private static partial Regex Words();

    [GeneratedRegex("^ +pattern: '(.*)'$", RegexOptions.Multiline)]
    private static partial Regex KingfisherPattern();

    [GeneratedRegex("^ +expected: '(?<expected>.*)'$", RegexOptions.Multiline)]
    private static partial Regex ChecksumLine();

    [GeneratedRegex("""^\{\{ body \| prepend: "([a-z]+)" \| crc32_hex: 8 \}\}$""")]
    private static partial Regex CheckedHex();

    [GeneratedRegex("^--regexp=(.*)$", RegexOptions.Multiline)]
    private static partial Regex RipgrepRegexp();

    [GeneratedRegex(
        "^Secret format:  (?<secret>.*)\nBefore secret:  (?<before>.*)\nAfter secret:   (?<after>.*)$", RegexOptions.Multiline)]
    private static partial Regex GitHubFields();

    [GeneratedRegex("^Test string:    (.*)$", RegexOptions.Multiline)]
    private static partial Regex TestStrings();

    [GeneratedRegex("^/([^/]*)/g$")]
    private static partial Regex JavaScriptLiteral();
}
