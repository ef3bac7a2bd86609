using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary>The rule files in the hands of the scanners themselves, where they can be had.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ScannerRulesToolTests : IDisposable
{
    private const string RequiredVariable = "SAFETYCENTER_REQUIRE_SCANNERS";

    private static readonly SecretFormat Format = new();

    private readonly KeptFolder _folder = new();
    private readonly RuleCorpus _corpus = new(Format);
    private readonly IReadOnlyList<RuleFile> _files = ScannerRules.Of(Format, new Uri("https://safety.example.com"));

    [Fact]
    public async Task Ripgrep_finds_every_secret_with_its_line_in_hidden_and_ignored_files_too()
    {
        SkipWithout("rg", "ripgrep");
        var tree = Directory.CreateDirectory(Path.Combine(_folder.Path, "tree", ".hidden")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "corpus.txt"), _corpus.Text);
        await File.WriteAllTextAsync(Path.Combine(tree, ".ignore"), "corpus.txt\n");
        await File.WriteAllTextAsync(Path.Combine(tree, "other.txt"), "Nothing here.\n");
        var rules = _files.Single(file => file.Tool == "ripgrep");
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, rules.Name), rules.Text);

        var found = await RunAsync("rg", ["tree"], ("RIPGREP_CONFIG_PATH", rules.Name));

        var expected = _corpus.Secrets.Concat(_corpus.LookAlikes).ToHashSet();
        var lines = _corpus.Text.Split('\n').Index()
            .SelectMany(line => Occurrences(line.Item, expected).Select(secret => (line.Index, Secret: secret)))
            .Select(place => $"tree/.hidden/corpus.txt:{place.Index + 1}:{place.Secret}");
        Assert.Equal(lines.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Grep_with_PCRE_finds_the_same_with_GitHubs_fields_and_with_gitleaks_expressions()
    {
        SkipWithout("grep", "grep");
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "corpus.txt"), _corpus.Text);
        var github = Regex.Matches(
            _files.Single(file => file.Tool == "github").Text,
            "^Secret format:  (.*)\nBefore secret:  (.*)\nAfter secret:   (.*)$",
            RegexOptions.Multiline);
        var found = new List<string>();
        foreach (var fields in github.Select(match => match.Groups))
        {
            found.AddRange(await RunAsync(
                "grep", ["-oP", $@"(?:{fields[2]})\K(?:{fields[1]})(?={fields[3]})", "corpus.txt"]));
        }

        var expected = _corpus.Secrets.Concat(_corpus.LookAlikes).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(expected, found.Order(StringComparer.Ordinal));

        var gitleaks = Regex.Matches(
            _files.Single(file => file.Tool == "gitleaks").Text, "^regex = '''(.*)'''$", RegexOptions.Multiline);
        var lines = new SortedSet<int>();
        foreach (var rule in gitleaks.Select(match => match.Groups[1].Value))
        {
            lines.UnionWith((await RunAsync("grep", ["-nP", rule, "corpus.txt"]))
                .Select(line => int.Parse(line.Split(':')[0], CultureInfo.InvariantCulture)));
        }

        var wanted = expected.ToHashSet();
        Assert.Equal(
            _corpus.Text.Split('\n').Index().Where(line => Occurrences(line.Item, wanted).Any()).Select(line => line.Index + 1),
            lines);
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Occurrences(string line, HashSet<string> secrets) =>
        secrets.SelectMany(secret => Enumerable.Repeat(secret, line.Split(secret).Length - 1));

    // Bytes, as every scanner but ours reads them: "é" is no letter to the C locale.
    private async Task<string[]> RunAsync(string program, string[] arguments, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            Environment = { ["LC_ALL"] = "C" },
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void SkipWithout(string program, string package)
    {
        var isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
        if (isThere)
        {
            return;
        }

        var missing = $"No {program} was found (Debian: apt-get install {package}).";
        if (Environment.GetEnvironmentVariable(RequiredVariable) == "1")
        {
            Assert.Fail($"{missing} {RequiredVariable} is 1.");
        }

        Assert.Skip(missing);
    }
}
