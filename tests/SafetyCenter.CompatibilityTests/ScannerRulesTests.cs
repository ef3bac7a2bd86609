using System.Text.Json;
using SafetyCenter.CompatibilityTests;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;
using SafetyCenter.Tests.Support;

[assembly: AssemblyFixture(typeof(RuleReaders))]

namespace SafetyCenter.CompatibilityTests;

/// <summary>Readers of TOML, YAML, JSON and SARIF from npm, and secretlint, in a process of their own.</summary>
public sealed class RuleReaders() : NodeScript("rules.mjs")
{
    /// <summary>What a reader made of a file: a value, or why it refused it.</summary>
    public sealed record Outcome(JsonElement Value, string? Failure);

    /// <summary>Reads a text as this format; fails when it is not in it.</summary>
    public async Task<JsonElement> ReadAsync(string format, string text) =>
        Understood(await AskAsync<Outcome>(new { act = format, text }));

    /// <summary>What secretlint finds in a text by these rules, in the order of its report.</summary>
    public async Task<List<string>> SecretlintAsync(string rules, string text) =>
        [.. Understood(await AskAsync<Outcome>(new { act = "secretlint", rules, text })).EnumerateArray()
            .Select(found => found.GetString()!)];

    /// <summary>What is wrong with each of these texts as SARIF 2.1.0 for GitHub's code scanning.</summary>
    public async Task<string[][]> SarifComplaintsAsync(params string[] texts) =>
        Understood(await AskAsync<Outcome>(new { act = "sarif", texts })).Deserialize<string[][]>()!;

    private static JsonElement Understood(Outcome outcome)
    {
        Assert.Null(outcome.Failure);
        return outcome.Value;
    }
}

/// <summary>The rule files for other scanners, as programs read them that know nothing of us.</summary>
public sealed class ScannerRulesTests(RuleReaders readers)
{
    private static readonly SecretFormat Format = new();
    private static readonly int Kinds = Enum.GetValues<SecretKind>().Length;
    private static readonly IReadOnlyList<RuleFile> Files = ScannerRules.Of(Format, new Uri("https://safety.example.com/o'hara"));

    [Fact]
    public async Task The_rules_for_gitleaks_are_TOML_of_its_form()
    {
        var file = await readers.ReadAsync("toml", TextFor("gitleaks"));
        var rules = file.GetProperty("rules").EnumerateArray().ToList();
        Assert.Equal(Kinds, rules.Select(rule => rule.GetProperty("id").GetString()).Distinct().Count());
        Assert.All(rules, rule =>
        {
            Assert.Contains($"'''{rule.GetProperty("regex").GetString()}'''", TextFor("gitleaks"), StringComparison.Ordinal);
            Assert.Equal(1, rule.GetProperty("secretGroup").GetInt32());
            Assert.NotEmpty(rule.GetProperty("keywords").EnumerateArray());
            Assert.StartsWith("SafetyCenter ", rule.GetProperty("description").GetString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task The_detectors_for_TruffleHog_are_YAML_of_its_form()
    {
        var file = await readers.ReadAsync("yaml", TextFor("trufflehog"));
        var detectors = file.GetProperty("detectors").EnumerateArray().ToList();
        Assert.Equal(Kinds, detectors.Select(detector => detector.GetProperty("name").GetString()).Distinct().Count());
        Assert.All(detectors, detector =>
        {
            Assert.NotEmpty(detector.GetProperty("keywords").EnumerateArray());
            var regex = Assert.Single(detector.GetProperty("regex").EnumerateObject()).Value.GetString();
            Assert.Contains($"key: '{regex}'\n", TextFor("trufflehog"), StringComparison.Ordinal);
            var verify = Assert.Single(detector.GetProperty("verify").EnumerateArray());
            Assert.Equal(
                "https://safety.example.com/o'hara/webhooks/trufflehog/verify", verify.GetProperty("endpoint").GetString());
            Assert.False(verify.GetProperty("unsafe").GetBoolean());
            Assert.Equal(
                "Authorization: Bearer YOUR-REPORTING-TOKEN",
                Assert.Single(verify.GetProperty("headers").EnumerateArray()).GetString());
        });
    }

    [Fact]
    public async Task The_rules_for_Kingfisher_are_YAML_of_its_form()
    {
        var file = await readers.ReadAsync("yaml", TextFor("kingfisher"));
        var rules = file.GetProperty("rules").EnumerateArray().ToList();
        Assert.Equal(Kinds, rules.Select(rule => rule.GetProperty("id").GetString()).Distinct().Count());
        Assert.All(rules, rule =>
        {
            var pattern = rule.GetProperty("pattern").GetString();
            Assert.Contains($"pattern: '{pattern}'\n", TextFor("kingfisher"), StringComparison.Ordinal);
            Assert.Equal("high", rule.GetProperty("confidence").GetString());
            var checksum = rule.GetProperty("pattern_requirements").GetProperty("checksum");
            Assert.Equal("{{ checksum }}", checksum.GetProperty("actual").GetProperty("template").GetString());
            Assert.Matches("^\\{\\{ body \\| .* \\}\\}$", checksum.GetProperty("expected").GetString());
        });
    }

    [Fact]
    public async Task Secretlint_finds_every_secret_and_of_the_rest_only_what_has_a_wrong_checksum()
    {
        var corpus = new RuleCorpus(Format);
        await readers.ReadAsync("json", TextFor("secretlint"));
        var found = await readers.SecretlintAsync(TextFor("secretlint"), corpus.Text);
        Assert.Equal(
            corpus.Secrets.Concat(corpus.LookAlikes).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.Equal(
            corpus.Secrets.Order(StringComparer.Ordinal),
            found.Where(secret => Format.TryRead(secret, out _)).Order(StringComparer.Ordinal));
    }

    private static string TextFor(string tool) => Files.Single(file => file.Tool == tool).Text;
}
