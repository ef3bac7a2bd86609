using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Npgsql;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Commands;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Startup;

/// <summary>What is said when it cannot start or does not understand; and that nothing was started for it.</summary>
[UnsupportedOSPlatform("windows")]
[Collection(Processes.Name)]
public sealed class CommandTests(KeptFolder folder, TestPostgres postgres) : IClassFixture<KeptFolder>
{
    [Fact]
    public async Task Job_alone_lists_the_jobs()
    {
        var listed = await RunningApp.RunAsync(folder.Path, ["job"]);
        Assert.Equal((0, ""), (listed.ExitCode, listed.Errors));
        using var jobs = JsonDocument.Parse(listed.Output);
        Assert.Equal(
            Schedule.All.Select(job => job.Name),
            jobs.RootElement.EnumerateArray().Select(job => job.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("There is no job “dance”. There are: scan-findings, send-letters,", "job", "dance")]
    [InlineData("There is no command “boostrap”. There are: bootstrap, migrate, job NAME", "boostrap")]
    [InlineData("Usage: bootstrap --organization NAME --admin-email ADDRESS", "bootstrap", "--organization", "Half")]
    public async Task A_command_that_is_not_understood_is_told_what_there_is(string sentence, params string[] command)
    {
        var refused = await InProcessProgram.RunAsync(folder.Path, command);
        refused.IsRefusal(sentence);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("PublicUrl", "foo", "PublicUrl")]
    [InlineData("Smtp:Tls", "maybe", "Smtp:Tls")]
    [InlineData("Keys:Prefix", "dd", "Keys:Prefix")]
    [InlineData("Demo:Enabled", "perhaps", "Demo:Enabled")]
    [InlineData("urls", "here", "ASPNETCORE_URLS")]
    [InlineData("Leaks:GitHub:PublicKeysUrl", "http://example.com/x", "Leaks:GitHub:PublicKeysUrl")]
    [InlineData("ConnectionStrings:SafetyCenter", "postgres://me:hunter22@db/x", "ConnectionStrings__SafetyCenter")]
    public async Task A_setting_that_cannot_be_is_named(string setting, string value, string named)
    {
        var refused = await InProcessProgram.RunAsync(folder.Path, [], (setting, value));
        refused.IsRefusal(named);
        Assert.Single(refused.Errors.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("hunter22", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Without_PostgreSQL_one_message_names_the_ways_out()
    {
        var refused = await RunningApp.RunAsync(folder.Path, [], ("SAFETYCENTER_PG_BIN", folder.Path));
        refused.IsRefusal("apt-get install postgresql", "docker compose up", "ConnectionStrings__SafetyCenter");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_server_that_refuses_us_is_quoted_without_our_password()
    {
        var wrong = new NpgsqlConnectionStringBuilder(await postgres.NewDatabaseAsync())
        {
            Database = "nobody-made-this",
            Password = "hunter22",
        };
        var refused = await InProcessProgram.RunAsync(
            folder.Path, ["migrate"], ("ConnectionStrings:SafetyCenter", wrong.ConnectionString));
        refused.IsRefusal("nobody-made-this", "ConnectionStrings__SafetyCenter");
        Assert.DoesNotContain("hunter22", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_waited_for_and_meanwhile_told()
    {
        await using var app = RunningApp.Launch(
            folder.Path,
            [],
            ("ConnectionStrings__SafetyCenter", "Host=127.0.0.1;Port=1;Database=x;Username=x;Password=hunter22"));
        await app.SayAsync("The database does not answer yet");
        Assert.True(app.IsRunning);
        Assert.DoesNotContain("hunter22", app.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", app.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:5080/", null, null)]
    [InlineData("http://localhost:5080/", "", "")]
    [InlineData("http://localhost:8080/", "http://+:8080", "9090")]
    [InlineData("http://localhost:8080/", "https://*:8443;http://*:8080", null)]
    [InlineData("https://localhost:8443/", "https://0.0.0.0:8443", null)]
    [InlineData("http://localhost:8080/", "http://[::]:8080", null)]
    [InlineData("http://[::1]:8080/", "http://[::1]:8080", null)]
    [InlineData("http://localhost:8080/", "", "8080;8081")]
    public void Health_is_asked_where_the_settings_say_that_we_listen(string address, string? urls, string? ports) =>
        Assert.Equal(address, HealthCommand.AddressFrom(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = urls, ["http_ports"] = ports })
            .Build()).AbsoluteUri);
}
