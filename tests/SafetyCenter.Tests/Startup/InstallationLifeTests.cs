using System.Net;
using System.Runtime.Versioning;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Demo;

namespace SafetyCenter.Tests.Startup;

/// <summary>Starts and ends, gentle and not, of one installation without a server of its operator's.</summary>
[UnsupportedOSPlatform("windows")]
[Collection(Processes.Name)]
public sealed class InstallationLifeTests(KeptFolder folder) : IClassFixture<KeptFolder>
{
    private const string ApiKeys = "/o/alone/organization-settings/api-keys";

    // Long enough for the server to write what it holds; a person would call longer "it does not stop".
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task What_was_made_outlives_every_end_and_no_server_outlives_its_last_user()
    {
        // A command alone: it makes the database, and takes the server with it.
        var founded = Founded.From(await RunningApp.RunAsync(
            folder.Path, ["bootstrap", "--organization", "Alone", "--admin-email", "ann@alone.example"]));
        Assert.Equal("alone", founded.Slug);
        Assert.True(founded.Password.Length >= 12);
        await AssertServerEndsAsync();

        // Who bootstrapped gets no demo, and is not told of one.
        await using var first = await RunningApp.StartAsync(folder.Path);
        await founded.AssertKeysPassAsync(first);
        using var ann = first.NewClient();
        await ann.SignInAsync(founded.Email, founded.Password);
        using (var stranger = first.NewClient())
        using (var refused = await stranger.PostFormAsync(
            "/sign-in", "Sign in", ("email", DemoStory.AdminEmail), ("password", DemoStory.Password)))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        Assert.Equal($"SafetyCenter is at {first.Address.AbsoluteUri.TrimEnd('/')}\n", first.Output);

        // A second copy elsewhere shares the database, and keeps it when the first one is ended with Ctrl-C.
        await using var second = await RunningApp.StartAsync(folder.Path);
        using (var made = await ann.PostFormAsync(ApiKeys, "Create API key", ("name", "made-at-the-first")))
        {
            Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        }

        var server = Assert.Single(ServerProcesses.ServersOf(folder.Path));
        await AssertEndsInPeaceAsync(first);
        await AssertListsTheKeyAsync(second, founded);
        Assert.Equal(server, Assert.Single(ServerProcesses.ServersOf(folder.Path)));

        // kill -9 on the last one ends the server as well.
        await second.KillAsync();
        await AssertServerEndsAsync();

        // The next start finds everything, and Ctrl-C on the last one leaves nothing that runs.
        await using var third = await RunningApp.StartAsync(folder.Path);
        await founded.AssertKeysPassAsync(third);
        await AssertListsTheKeyAsync(third, founded);
        await AssertEndsInPeaceAsync(third);
        await AssertServerEndsAsync();
    }

    private static async Task AssertEndsInPeaceAsync(RunningApp app)
    {
        var ended = await app.InterruptAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.DoesNotContain("   at ", ended.Errors, StringComparison.Ordinal);
    }

    private static async Task AssertListsTheKeyAsync(RunningApp app, Founded founded)
    {
        using var client = app.NewClient();
        await client.SignInAsync(founded.Email, founded.Password);
        var page = await client.PageAsync(ApiKeys);
        Assert.Contains("made-at-the-first", page.Body!.TextContent, StringComparison.Ordinal);
    }

    private async Task AssertServerEndsAsync()
    {
        var took = await ServerProcesses.EndAsync(folder.Path);
        Assert.True(took < Soon, $"The server ended {took.TotalSeconds:0.0} s after its last user.");
    }
}
