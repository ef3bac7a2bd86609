using System.Diagnostics;
using System.Runtime.Versioning;
using SafetyCenter.Cli;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Secrets.Rules;
using SafetyCenter.Tests.House;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary>The examples in <c>docs/scanning</c>, run as they stand.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ScanningExamplesTests : IDisposable
{
    private static readonly string Examples = Path.Combine(Sources.Root, "docs", "scanning");

    private readonly KeptFolder _folder = new();
    private readonly string _secret = new SecretFormat().Mint(SecretKind.ApiKey).Reveal();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_hook_refuses_what_is_staged_and_holds_a_key_and_nothing_else()
    {
        var programs = Directory.CreateDirectory(Path.Combine(_folder.Path, "programs")).FullName;
        await WriteProgramAsync(
            programs, "safetycenter", $"exec dotnet \"{typeof(CommandLine).Assembly.Location}\" \"$@\"");
        var repository = Directory.CreateDirectory(Path.Combine(_folder.Path, "a repository")).FullName;
        await GitAsync("init", "--quiet");
        File.Copy(Path.Combine(Examples, "pre-commit"), Path.Combine(repository, ".git", "hooks", "pre-commit"), overwrite: true);

        await WriteAsync("clean.txt", "Nothing here.\n");
        await GitAsync("add", "clean.txt");
        Assert.Equal(0, (await CommitAsync()).Code);

        await WriteAsync("sub dir/.env", $"DD_API_KEY={_secret}\n");
        await GitAsync("add", "sub dir/.env");
        await WriteAsync("sub dir/.env", "It was taken out of the folder, but it is staged.\n");
        var (code, said) = await CommitAsync();
        Assert.NotEqual(0, code);
        Assert.Contains("sub dir/.env:1:", said, StringComparison.Ordinal);
        Assert.Contains("This commit was refused", said, StringComparison.Ordinal);
        Assert.DoesNotContain(_secret, said, StringComparison.Ordinal);

        await GitAsync("add", "sub dir/.env");
        await WriteAsync("sub dir/.env", $"DD_API_KEY={_secret} is in the folder, and not staged.\n");
        Assert.Equal(0, (await CommitAsync()).Code);

        await GitAsync("add", "sub dir/.env");
        await WriteAsync(".safetycenterignore", "sub dir/.env\n");
        Assert.NotEqual(0, (await CommitAsync()).Code);
        await GitAsync("add", ".safetycenterignore");
        Assert.Equal(0, (await CommitAsync()).Code);

        Task WriteAsync(string path, string text)
        {
            var file = Path.Combine(repository, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            return File.WriteAllTextAsync(file, text);
        }

        async Task GitAsync(params string[] arguments) =>
            Assert.Equal(0, (await RunAsync("git", arguments, repository, programs)).Code);

        Task<(int Code, string Said)> CommitAsync() => RunAsync(
            "git",
            ["-c", "user.name=Bob", "-c", "user.email=bob@acme.example", "commit", "--quiet", "--message", "Work"],
            repository,
            programs);
    }

    [Fact]
    public async Task The_script_for_gitleaks_uploads_the_report_and_keeps_the_token_out_of_the_arguments()
    {
        // gitleaks and curl cannot be had here: both note what they were given.
        var programs = Directory.CreateDirectory(Path.Combine(_folder.Path, "programs")).FullName;
        await WriteProgramAsync(
            programs,
            "gitleaks",
            """
            printf '%s\n' "$@" > gitleaks.arguments
            while [ "$1" != --report-path ]; do shift; done
            echo '[{"Secret": "found"}]' > "$2"
            exit "${LEAKS:-0}"
            """);
        await WriteProgramAsync(
            programs,
            "curl",
            """
            cat > curl.input
            printf '%s\n' "$@" > curl.arguments
            while [ "$1" != --data-binary ]; do shift; done
            cat "${2#@}" > curl.body
            """);
        var example = Path.Combine(_folder.Path, "gitleaks.sh");
        File.Copy(Path.Combine(Examples, "gitleaks.sh"), example);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "safetycenter.gitleaks.toml"),
            ScannerRules.Of(new SecretFormat(), new Uri("https://safety.example.com"))[0].Text);

        string[] arguments = [example, "https://safety.example.com", "repository"];
        Assert.Equal((0, ""), await RunAsync("sh", arguments, _folder.Path, programs));
        Assert.False(File.Exists(Path.Combine(_folder.Path, "curl.body")));
        Assert.Equal((1, ""), await RunAsync("sh", arguments, _folder.Path, programs, ("LEAKS", "1")));

        Assert.DoesNotContain("--redact", await NotedAsync("gitleaks.arguments"), StringComparison.Ordinal);
        Assert.Equal("[{\"Secret\": \"found\"}]\n", await NotedAsync("curl.body"));
        Assert.Equal("Authorization: Bearer the-token\n", await NotedAsync("curl.input"));
        var sent = await NotedAsync("curl.arguments");
        Assert.DoesNotContain("the-token", sent, StringComparison.Ordinal);
        Assert.EndsWith("https://safety.example.com/api/v2/safety_center/leak_reports/imports\n", sent, StringComparison.Ordinal);

        Task<string> NotedAsync(string name) => File.ReadAllTextAsync(Path.Combine(_folder.Path, name));
    }

    private static async Task WriteProgramAsync(string folder, string name, string script)
    {
        var file = Path.Combine(folder, name);
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    private static async Task<(int Code, string Said)> RunAsync(
        string program, string[] arguments, string folder, string programs, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = programs + Path.PathSeparator + start.Environment["PATH"];
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["SAFETYCENTER_TOKEN"] = "the-token";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
