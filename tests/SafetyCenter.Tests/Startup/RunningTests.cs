using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.RegularExpressions;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Startup;

/// <summary>An installation that runs, and what an operator does beside it.</summary>
[UnsupportedOSPlatform("windows")]
[Collection(Processes.Name)]
public sealed partial class RunningTests(RunningFixture running, ITestOutputHelper output)
    : IClassFixture<RunningFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void From_nothing_to_the_first_page_takes_less_than_fifteen_seconds()
    {
        // The promise is for a machine of its own; where others work too, our share of it is smaller.
        var waiting = File.Exists("/proc/loadavg")
            ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], null) / Environment.ProcessorCount
            : 1;
        output.WriteLine(
            $"First page after {running.FirstPageAfter.TotalSeconds:0.0} s, with {running.ProcessorTime.TotalSeconds:0.0} s "
            + $"of a processor, on a machine with {waiting:0.0} times the work it can do.");
        Assert.True(running.FirstPageAfter < TimeSpan.FromSeconds(15 * Math.Max(1, waiting)));
        Assert.True(running.ProcessorTime < TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Standard_output_says_where_it_is_and_how_to_get_in_and_nothing_else()
    {
        // The lines come one after the other; the first has been seen.
        await Eventually.IsTrueAsync(() => running.App.Output.Contains("Sign in", StringComparison.Ordinal), "the sign-in");
        Assert.Equal(
            [$"SafetyCenter is at {running.App.Address.AbsoluteUri.TrimEnd('/')}", running.App.Output.Split('\n')[1]],
            running.App.Output.TrimEnd('\n').Split('\n'));
        Assert.Matches(SignInLine(), running.App.Output.Split('\n')[1]);
        Assert.DoesNotContain("   at ", running.App.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_printed_sign_in_leads_into_the_demo()
    {
        await Eventually.IsTrueAsync(() => SignInLine().IsMatch(running.App.Output), "the sign-in");
        var signIn = SignInLine().Match(running.App.Output);
        using var client = running.App.NewClient();
        await client.SignInAsync(signIn.Groups["email"].Value, signIn.Groups["password"].Value);
        var overview = await client.PageAsync("/o/acme/safety-center");
        Assert.Contains("Acme", overview.Body!.TextContent, StringComparison.Ordinal);
        using var style = await client.GetAsync("/lib/tabler.min.css", Cancellation);
        Assert.Equal(HttpStatusCode.OK, style.StatusCode);
    }

    [Fact]
    public async Task It_says_that_it_is_ready_to_programs_and_to_its_container()
    {
        using var client = running.App.NewClient();
        using var live = await client.GetAsync("/health/live", Cancellation);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using var ready = await client.GetAsync("/health/ready", Cancellation);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        var port = $"{running.App.Address.Port}";
        var outcomes = await Task.WhenAll(
            HealthAsync(("ASPNETCORE_URLS", $"http://+:{port}")),
            HealthAsync(("ASPNETCORE_URLS", ""), ("ASPNETCORE_HTTP_PORTS", port)),
            HealthAsync(("ASPNETCORE_URLS", "http://127.0.0.1:1")));
        Assert.Equal([0, 0, 1], outcomes.Select(outcome => outcome.ExitCode));
        Assert.Equal("", outcomes[0].Errors);
        outcomes[2].IsRefusal("127.0.0.1:1");
    }

    [Fact]
    public async Task A_second_copy_at_the_same_address_is_told_so_and_the_first_goes_on()
    {
        var second = await RunningApp.RunAsync(running.Folder, [], ("ASPNETCORE_URLS", running.App.Address.AbsoluteUri));

        second.IsRefusal($"{running.App.Address.AbsoluteUri} is already in use", "ASPNETCORE_URLS");
        using var client = running.App.NewClient();
        await client.PageAsync("/sign-in");
        Assert.Single(ServerProcesses.ServersOf(running.Folder));
    }

    [Fact]
    public async Task Bootstrap_beside_it_makes_an_organization_whose_keys_pass_at_once()
    {
        const string email = "boss@beside.example";
        const string password = "correct horse battery";
        var first = Founded.From(await RunningApp.RunAsync(running.Folder, Bootstrap(email, password)));
        Assert.Equal(("beside-co", email, password), (first.Slug, first.Email, first.Password));
        await first.AssertKeysPassAsync(running.App);
        using var boss = running.App.NewClient();
        await boss.SignInAsync(email, password);
        var overview = await boss.PageAsync("/o/beside-co/safety-center");
        Assert.Contains("Beside & Co", overview.Body!.TextContent, StringComparison.Ordinal);

        // Of what is refused nothing stays: the second organization of the name is called the second.
        var refused = await Task.WhenAll(
            InProcessProgram.RunAsync(running.Folder, Bootstrap("other@beside.example", "too short")),
            InProcessProgram.RunAsync(running.Folder, Bootstrap(email, "not the one from before")));
        refused[0].IsRefusal("12 characters");
        refused[1].IsRefusal(email, "another password");
        var second = Founded.From(await InProcessProgram.RunAsync(running.Folder, Bootstrap(email, password)));
        Assert.Equal(("beside-co-2", email, password), (second.Slug, second.Email, second.Password));
        Assert.NotEqual(first.ApiKey, second.ApiKey);
        await second.AssertKeysPassAsync(running.App);
    }

    [Fact]
    public async Task Jobs_and_migrations_run_beside_it_and_print_what_they_did()
    {
        var names = Schedule.All.Select(job => job.Name).ToList();
        var migrating = RunningApp.RunAsync(running.Folder, ["migrate"]);
        var outcomes = await Task.WhenAll(names.Select(name => InProcessProgram.RunAsync(running.Folder, ["job", name])));

        foreach (var (name, outcome) in names.Zip(outcomes))
        {
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
            using var summary = JsonDocument.Parse(outcome.Output);
            Assert.Equal(name, summary.RootElement.GetProperty("job").GetString());
            Assert.True(summary.RootElement.EnumerateObject().Count() > 1);
        }

        var migrated = await migrating;
        Assert.Equal((0, ""), (migrated.ExitCode, migrated.Errors));
        using var answer = JsonDocument.Parse(migrated.Output);
        Assert.True(answer.RootElement.GetProperty("migrated").GetBoolean());
    }

    private static string[] Bootstrap(string email, string password) =>
        ["bootstrap", "--organization", "Beside & Co", "--admin-email", email, "--admin-password", password];

    private Task<Outcome> HealthAsync(params (string Name, string Value)[] settings) =>
        RunningApp.RunAsync(running.Folder, ["health"], settings);

    [GeneratedRegex(@"^Sign in as (?<email>\S+@\S+) with the password (?<password>\S+)\r?$", RegexOptions.Multiline)]
    private static partial Regex SignInLine();
}
