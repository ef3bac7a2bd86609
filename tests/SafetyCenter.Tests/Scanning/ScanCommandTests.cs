using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SafetyCenter.Cli;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Scanning;

/// <summary>The command <c>safetycenter scan</c>: what it reads, what it says, and how it ends.</summary>
public sealed class ScanCommandTests : IDisposable
{
    private static readonly string Key = ScanCorpus.Secrets[0].Text;
    private static readonly string App = ScanCorpus.Secrets[1].Text;

    private readonly ScanFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_exit_code_tells_nothing_found_found_and_trouble()
    {
        _folder.Write("clean.txt", "nothing here");
        Assert.Equal(0, _folder.Run("scan", "."));
        Assert.Equal("", _folder.Output + _folder.Error);

        Assert.Equal(2, _folder.Run("scan", ".", "missing.txt"));
        Assert.StartsWith("missing.txt: ", _folder.Error, StringComparison.Ordinal);

        _folder.Write("leak.txt", Key);
        Assert.Equal(1, _folder.Run("scan", "."));
        Assert.Equal(1, _folder.Run("scan", ".", "missing.txt"));
        Assert.StartsWith("missing.txt: ", _folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_for_people_has_place_kind_last_four_and_encoding()
    {
        _folder.Write("b.env", $"A=1\r\nDD_API_KEY={Key}\n");
        _folder.Write("a/secret.yaml", $"data:\n  key: {Convert.ToBase64String(Encoding.ASCII.GetBytes(App))}\n");

        Assert.Equal(1, _folder.Run("scan", "."));
        Assert.Equal(
            $"a/secret.yaml:2:8 application_key …{App[^4..]} (base64)\nb.env:2:12 api_key …{Key[^4..]} (plain)\n",
            _folder.Output);
    }

    [Fact]
    public void Names_cannot_write_to_the_terminal()
    {
        _folder.Write("a\e[2Jb\n.txt", Key);

        Assert.Equal(1, _folder.Run("scan", "."));
        Assert.StartsWith("a?[2Jb?.txt:1:1 ", _folder.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_kind_place_last_four_hash_and_encoding_and_the_totals()
    {
        _folder.Write("x.txt", $"\n {App}");
        _folder.Write("y.txt", "12345");

        Assert.Equal(1, _folder.Run("scan", ".", "--format", "json"));

        var finding = Assert.Single(_folder.Json.GetProperty("findings").EnumerateArray());
        Assert.Equal(
            ["kind", "path", "line", "column", "last4", "sha256", "encoding"],
            finding.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            $"application_key|x.txt|2|2|{App[^4..]}|{SecretHash.Of(App)}|plain",
            string.Join('|', finding.EnumerateObject().Select(property => property.Value.ToString())));
        Assert.Equal(2, _folder.Json.GetProperty("files").GetInt64());
        Assert.Equal(2 + App.Length + 5, _folder.Json.GetProperty("bytes").GetInt64());

        _folder.Write("x.txt", "");
        Assert.Equal(0, _folder.Run("scan", ".", "--format=json"));
        Assert.Empty(_folder.Json.GetProperty("findings").EnumerateArray());
    }

    [Fact]
    public void Every_kind_has_its_name()
    {
        _folder.Write("all", string.Join('\n', ScanCorpus.Secrets.Select(secret => secret.Text)));

        _folder.Run("scan", ".", "--format", "json");
        Assert.Equal(
            [
                "api_key", "application_key", "client_token", "oauth_secret", "access_token", "access_token", "access_token",
                "access_token",
            ],
            _folder.Json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("kind").GetString()));
    }

    [Fact]
    public void Sarif_has_what_version_2_1_0_asks_for()
    {
        _folder.Write("a b/ü.txt", $"\n {App}");

        Assert.Equal(1, _folder.Run("scan", ".", "--format", "sarif"));

        var log = _folder.Json;
        Assert.Equal("2.1.0", log.GetProperty("version").GetString());
        var run = Assert.Single(log.GetProperty("runs").EnumerateArray());
        var driver = run.GetProperty("tool").GetProperty("driver");
        Assert.Equal("safetycenter", driver.GetProperty("name").GetString());
        Assert.Equal("unicodeCodePoints", run.GetProperty("columnKind").GetString());
        var result = Assert.Single(run.GetProperty("results").EnumerateArray());
        Assert.Contains(
            result.GetProperty("ruleId").GetString(),
            driver.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("id").GetString()));
        Assert.Equal("error", result.GetProperty("level").GetString());
        Assert.NotEqual("", result.GetProperty("message").GetProperty("text").GetString());
        var place = Assert.Single(result.GetProperty("locations").EnumerateArray()).GetProperty("physicalLocation");
        Assert.Equal("a%20b/%C3%BC.txt", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(2, place.GetProperty("region").GetProperty("startLine").GetInt32());
        Assert.Equal(2, place.GetProperty("region").GetProperty("startColumn").GetInt32());
        Assert.Equal(
            SecretHash.Of(App).ToString(), result.GetProperty("partialFingerprints").GetProperty("sha256/v1").GetString());
    }

    [Fact]
    public void No_secret_comes_out_in_any_format_and_no_large_part_of_one()
    {
        var all = ScanCorpus.Secrets.Select(secret => secret.Text).ToList();
        var encoded = Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Join(' ', all)));
        _folder.Write("all", string.Join('\n', all) + "\n" + encoded);

        foreach (var format in new[] { "text", "json", "sarif" })
        {
            Assert.Equal(1, _folder.Run("scan", ".", "--format", format));
            Assert.Equal(2 * all.Count, Regex.Count(_folder.Output, "base64|plain"));
            var said = _folder.Output + _folder.Error;
            Assert.All(all, secret => Assert.DoesNotContain(secret[^8..], said, StringComparison.Ordinal));
            Assert.All(all, secret => Assert.DoesNotContain(secret[..12], said, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Hidden_files_are_read_git_folders_are_not_and_links_are_not_followed()
    {
        _folder.Write(".env", Key);
        _folder.Write(".hidden/deep/x", Key);
        _folder.Write(".git/config", Key);
        _folder.Write("sub/.git/config", Key);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), Path.Combine(_folder.Path, ".env"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "sub", "up"), _folder.Path);

        Assert.Equal([".env", ".hidden/deep/x"], _folder.Places());
        Assert.Equal(["link"], _folder.Places("link"));
        Assert.Equal([".git/config"], _folder.Places(".git"));
    }

    [Fact]
    public void Standard_input_is_a_dash()
    {
        using var input = new MemoryStream(Encoding.ASCII.GetBytes($"x {Key}"));

        Assert.Equal(1, _folder.Run(input, "scan", "-"));
        Assert.Equal($"-:1:3 api_key …{Key[^4..]} (plain)\n", _folder.Output);
    }

    [Fact]
    public void A_file_takes_the_results_when_asked()
    {
        _folder.Write("in/x", Key);

        Assert.Equal(1, _folder.Run("scan", "in", "--format", "json", "--output", "out.json"));
        Assert.Equal("", _folder.Output);
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.Path, "out.json")));
        Assert.Single(document.RootElement.GetProperty("findings").EnumerateArray());
    }

    [Fact]
    public void Many_files_give_the_same_with_any_number_of_threads()
    {
        for (var file = 0; file < 300; file++)
        {
            _folder.Write($"{file % 7}/{file}.txt", file % 3 == 0 ? $"{file}\n{App}" : "x");
        }

        Assert.Equal(1, _folder.Run("scan", ".", "--threads", "1"));
        var one = _folder.Output;
        Assert.Equal(100, one.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(1, _folder.Run("scan", ".", "--threads", "7"));
        Assert.Equal(one, _folder.Output);
    }

    [Fact]
    public void Another_prefix_has_other_secrets()
    {
        _folder.Write("x", $"{new SecretFormat("acme").Mint(SecretKind.ApplicationKey).Reveal()}\n{Key}");

        Assert.Equal(["x"], _folder.Places(".", "--prefix", "acme"));
        Assert.Equal("application_key", _folder.Json.GetProperty("findings")[0].GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData("scan", "Say where to look")]
    [InlineData("", "Say what to do")]
    [InlineData("dance", "There is no command dance")]
    [InlineData("scan . --format xml", "--format is text, json or sarif, not xml")]
    [InlineData("scan . --format", "--format needs a value")]
    [InlineData("scan . --prefix DD", "--prefix is 2 to 5 lower-case letters")]
    [InlineData("scan . --threads 0", "--threads is a number from 1 to")]
    [InlineData("scan . --verbose", "scan knows no option --verbose")]
    [InlineData("scan . --git=yes", "--git takes no value")]
    [InlineData("scan . --report http://safety.example", "begins with https://")]
    public void Arguments_without_sense_are_refused_in_a_sentence(string arguments, string sentence)
    {
        Assert.Equal(2, _folder.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Contains(sentence, _folder.Error, StringComparison.Ordinal);
        Assert.Equal("", _folder.Output);
    }

    [Fact]
    public async Task The_program_itself_answers_with_output_and_exit_code()
    {
        _folder.Write("x", Key);
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, "scan", "."])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;

        Assert.Equal($"x:1:1 api_key …{Key[^4..]} (plain)\n", await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
    }

    [Fact]
    public void Help_is_there_and_two_dashes_end_the_options()
    {
        Assert.Equal(0, _folder.Run("--help"));
        Assert.Contains("safetycenter scan PATH...", _folder.Output, StringComparison.Ordinal);
        Assert.Equal(0, _folder.Run("scan", "--help"));

        _folder.Write("--help", Key);
        Assert.Equal(1, _folder.Run("scan", "--", "--help"));
    }
}
