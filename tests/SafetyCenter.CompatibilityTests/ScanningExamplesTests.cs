using System.Diagnostics;
using System.Text.Json;

namespace SafetyCenter.CompatibilityTests;

/// <summary>The examples for CI in <c>docs/scanning</c>: well formed, and their scripts do in a shell what they say.</summary>
public sealed class ScanningExamplesTests(RuleReaders readers)
{
    [Theory]
    [InlineData("github-actions.yml", "safetycenter")]
    [InlineData("gitlab-ci.yml", ".tools/safetycenter")]
    public async Task A_job_reports_what_was_found_and_fails_and_fails_without_a_report_when_it_could_not_look(
        string example, string program)
    {
        var file = await readers.ReadAsync("yaml", await ReadAsync(example));
        var script = Assert.Single(Scripts(file), text => text.Contains(" scan ", StringComparison.Ordinal));
        foreach (var (scanned, reported, commands) in new[]
        {
            (0, 0, "scan\n"), (1, 0, "scan\nreport\n"), (1, 2, "scan\nreport\n"), (2, 0, "scan\n"),
        })
        {
            var (code, ran) = await RunAsync(script, program, scanned, reported);
            Assert.Equal(scanned, code);
            Assert.Equal(commands, ran);
        }
    }

    [Fact]
    public async Task The_reporting_token_comes_from_a_secret_variable_and_is_no_argument()
    {
        var github = await readers.ReadAsync("yaml", await ReadAsync("github-actions.yml"));
        var steps = github.GetProperty("jobs").GetProperty("scan").GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal(
            "${{ secrets.SAFETYCENTER_TOKEN }}",
            steps[^1].GetProperty("env").GetProperty("SAFETYCENTER_TOKEN").GetString());
        Assert.Equal(0, steps[0].GetProperty("with").GetProperty("fetch-depth").GetInt32());
        var gitlab = await readers.ReadAsync("yaml", await ReadAsync("gitlab-ci.yml"));
        Assert.Equal("0", gitlab.GetProperty("keys").GetProperty("variables").GetProperty("GIT_DEPTH").GetString());
        Assert.All(
            Scripts(github).Concat(Scripts(gitlab)),
            script => Assert.DoesNotContain("TOKEN", script, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_entry_for_pre_commit_scans_the_files_that_it_is_given()
    {
        var file = await readers.ReadAsync("yaml", await ReadAsync("pre-commit-config.yaml"));
        var hook = Assert.Single(Assert.Single(file.GetProperty("repos").EnumerateArray()).GetProperty("hooks").EnumerateArray());
        Assert.Equal("system", hook.GetProperty("language").GetString());
        Assert.StartsWith("safetycenter scan ", hook.GetProperty("entry").GetString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Scripts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member switch
        {
            { Name: "run", Value.ValueKind: JsonValueKind.String } => [member.Value.GetString()!],
            { Name: "script" } => member.Value.EnumerateArray().Select(line => line.GetString()!),
            _ => Scripts(member.Value),
        }),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Scripts),
        _ => [],
    };

    private static Task<string> ReadAsync(string example) =>
        File.ReadAllTextAsync(Path.Combine(NodeScript.Folder(), "../../docs/scanning", example));

    // As CI runs it: bash that stops at the first failure, with a safetycenter that notes what it is asked for.
    private static async Task<(int Code, string Ran)> RunAsync(string script, string program, int scanned, int reported)
    {
        var folder = Directory.CreateTempSubdirectory("safetycenter-example-");
        try
        {
            var fake = Path.Combine(folder.FullName, program);
            Directory.CreateDirectory(Path.GetDirectoryName(fake)!);
            await File.WriteAllTextAsync(
                fake, $"#!/bin/sh\necho \"$1\" >> ran\n[ \"$1\" = scan ] && exit {scanned}\nexit {reported}\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(fake, (UnixFileMode)Convert.ToInt32("755", 8));
            }

            var start = new ProcessStartInfo("bash", ["-e", "-o", "pipefail", "-c", script])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardError = true,
            };
            start.Environment["PATH"] = folder.FullName + Path.PathSeparator + start.Environment["PATH"];
            start.Environment["SAFETYCENTER_SERVER"] = "https://safety.example.com";
            using var bash = Process.Start(start)!;
            await bash.StandardError.ReadToEndAsync();
            await bash.WaitForExitAsync();
            return (bash.ExitCode, await File.ReadAllTextAsync(Path.Combine(folder.FullName, "ran")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
