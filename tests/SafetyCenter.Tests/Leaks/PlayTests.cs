using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Http;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Api;
using SafetyCenter.Tests.Gateways;
using SafetyCenter.Tests.House;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary><c>docs/tour/play.mjs</c>, which plays whoever reports leaks: the product itself is convinced of each.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PlayTests(PartnersStage stage) : IClassFixture<PartnersStage>
{
    private const string Key = "f0e1d2c3b4a5968778695a4bd306ae1a";
    private const string Page = "https://github.example/acme/app/blob/main/.env";
    private const string Line = ".env, line 3, commit b0dd59c0b500650cacd4551ca5989a6194001b10";

    private App App => stage.App;

    [Theory]
    [InlineData("github", LeakChannel.GitHub, Page, 200, "\"true_positive\"")]
    [InlineData("gitlab-partner", LeakChannel.GitLab, Page, 200, "\"true_positive\"")]
    [InlineData("deps-dev", LeakChannel.DepsDev, Page, 200, "\"true_positive\"")]
    [InlineData("gitlab", LeakChannel.GitLabInstance, Page, 204, "")]
    [InlineData("scanner", LeakChannel.Import, Line, 202, "\"raised\":1")]
    [InlineData("trufflehog", LeakChannel.TruffleHog, "", 200, "{}")]
    [InlineData("possession", LeakChannel.Shown, "", 202, "{}")]
    public async Task Whoever_is_played_raises_the_alert_of_the_key(
        string who, LeakChannel channel, string place, int status, string words)
    {
        var organization = await App.CreateOrganizationAsync($"Played by {who}");
        var spare = await App.IssueApiKeyAsync(organization, "spare");
        var reporter = await App.EnrolAsync(organization);
        var port = Nginx.FreePort();
        var keys = who switch
        {
            "github" => App.GitHub,
            "gitlab-partner" => stage.GitLab,
            "deps-dev" => stage.DepsDev,
            _ => null,
        };
        keys?.AnswerWith(context => PassOnAsync(context, port));

        var (code, output) = await PlayAsync(
            who, spare.Secret,
            "--server", App.Address.ToString(), "--port", $"{port}", "--place", Page, "--token", reporter.Token);

        Assert.Equal(0, code);
        Assert.StartsWith($"{status} ", output, StringComparison.Ordinal);
        Assert.Contains(words, output, StringComparison.Ordinal);
        var alert = Assert.Single(await App.AlertsOfAsync(organization));
        Assert.Equal(spare.Id, alert.CredentialId);
        Assert.Equal(place, Assert.Single(await App.PlacesOfAsync(organization)).Place);
        var report = Assert.Single(await App.RowsAsync<LeakReport>(all => all.Where(row => row.Id == alert.RaisedByReportId)));
        Assert.Equal((channel, 1, 1), (report.Channel, report.Items, report.Matched));

        // Who holds a key may end it; all others leave that to the organization.
        Assert.Equal(who != "possession", await App.OpensAsync(spare.Secret));
    }

    [Theory]
    [InlineData("Usage:")]
    [InlineData("Usage:", "somebody", Key)]
    [InlineData("Usage:", "github")]
    [InlineData("Unknown option", "github", Key, "--bogus")]
    [InlineData("reporting token", "gitlab", Key)]
    public async Task Who_asks_wrongly_is_told_how(string because, params string[] arguments)
    {
        var (code, output) = await PlayAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains(because, output, StringComparison.Ordinal);
    }

    // What the player serves as public keys, to a product that asks where the partner's are.
    private static async Task PassOnAsync(HttpContext context, int port)
    {
        using var http = new HttpClient();
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(await http.GetStringAsync($"http://127.0.0.1:{port}/public_keys"));
    }

    private static async Task<(int Code, string Output)> PlayAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", ["docs/tour/play.mjs", .. arguments])
        {
            WorkingDirectory = Sources.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("SAFETYCENTER_TOKEN");
        using var node = Process.Start(start)!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync();
        return (node.ExitCode, await output + await error);
    }
}
