using System.IO.Compression;
using System.Text;
using System.Text.Json;
using SafetyCenter.Cli;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Scanning;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>
/// What <c>safetycenter scan --format sarif</c> writes, by the schema of SARIF 2.1.0 and by the rules of GitHub's code scanning.
/// </summary>
public sealed class SarifTests(RuleReaders readers) : IDisposable
{
    private static readonly string[] Secrets =
        [.. Enum.GetValues<SecretKind>().Select(kind => RuleCorpus.Mint(new SecretFormat(), kind))];

    private readonly ScanFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_kind_of_finding_in_every_kind_of_place_is_taken_by_GitHubs_code_scanning()
    {
        var nothing = Scan(CommandLine.Nothing, ".");
        var all = string.Join("\n  ", Secrets);
        _folder.Write("a b/ü#?%&[1].txt", all);
        _folder.Write(".env", $"KEY={Convert.ToBase64String(Encoding.ASCII.GetBytes(Secrets[1]))}");
        _folder.Write("back.zip", Zip("in: side\\<x>.txt", all));
        var files = Scan(CommandLine.Found, ".");
        using var repository = new TestRepository();
        repository.Commit("deploy/.env", all);
        var history = Scan(CommandLine.Found, "--git", repository.Folder);

        Assert.All(await readers.SarifComplaintsAsync(nothing, files, history), Assert.Empty);

        var run = JsonDocument.Parse(files).RootElement.GetProperty("runs")[0];
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()
            .Select(rule => rule.GetProperty("id").GetString()).ToList();
        var results = run.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal((2 * Secrets.Length) + 1, results.Count);
        Assert.Equal(rules.Order(), results.Select(result => result.GetProperty("ruleId").GetString()).Distinct().Order());
        Assert.All(results, result =>
        {
            Assert.Contains(result.GetProperty("level").GetString(), new[] { "error", "note" });
            Assert.NotEmpty(result.GetProperty("partialFingerprints").EnumerateObject());
            var place = Assert.Single(result.GetProperty("locations").EnumerateArray()).GetProperty("physicalLocation");
            var uri = place.GetProperty("artifactLocation").GetProperty("uri").GetString()!;
            Assert.False(Uri.TryCreate(uri, UriKind.Absolute, out _));
            Assert.Contains(
                Uri.UnescapeDataString(uri), new[] { "a b/ü#?%&[1].txt", ".env", "back.zip!/in: side/<x>.txt" });
            Assert.InRange(place.GetProperty("region").GetProperty("startLine").GetInt32(), 1, Secrets.Length);
        });
    }

    [Fact]
    public async Task The_readers_complain_of_what_neither_takes()
    {
        _folder.Write("x", Secrets[0]);
        var good = Scan(CommandLine.Found, ".");
        var complaints = await readers.SarifComplaintsAsync(
            good,
            good.Replace("\"help\"", "\"properties\"", StringComparison.Ordinal),
            good.Replace("\"startLine\": 1", "\"startLine\": 0", StringComparison.Ordinal));

        Assert.Empty(complaints[0]);
        Assert.NotEmpty(complaints[1]);
        Assert.All(complaints[1], complaint => Assert.Contains("GH2012", complaint, StringComparison.Ordinal));
        Assert.Contains(complaints[2], complaint => complaint.Contains("startLine must be >= 1", StringComparison.Ordinal));
    }

    private string Scan(int code, params string[] arguments)
    {
        Assert.Equal(code, _folder.Run(["scan", .. arguments, "--format", "sarif"]));
        return _folder.Output;
    }

    private static byte[] Zip(string name, string text)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create))
        using (var entry = new StreamWriter(archive.CreateEntry(name).Open()))
        {
            entry.Write(text);
        }

        return memory.ToArray();
    }
}
