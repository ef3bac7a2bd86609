using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.Versioning;
using System.Text.Json;
using Npgsql;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Demo;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Tests.Startup;

/// <summary>The database's server is stopped under a running app, and started again.</summary>
[UnsupportedOSPlatform("windows")]
[Collection(Processes.Name)]
public sealed class DatabaseAwayTests(KeptFolder folder) : IClassFixture<KeptFolder>, IAsyncDisposable
{
    private const string Overview = "/o/acme/safety-center";
    private const string ApiKeys = "/o/acme/organization-settings/api-keys";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // The server ends a while after the last who used it, and writes into the folder until then.
    public async ValueTask DisposeAsync() => await ServerProcesses.EndAsync(folder.Path);

    [Fact]
    public async Task Calls_fail_clean_while_the_database_is_away_and_everything_resumes_by_itself()
    {
        await using var gitHub = await KeyServer.StartAsync();
        var cluster = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder.Path, Cancellation);
        await cluster.EnsureDatabaseAsync("ours", Cancellation);
        var connectionString = cluster.ConnectionString("ours");
        await using var app = await RunningApp.StartAsync(
            Path.Combine(folder.Path, "app"),
            ("ConnectionStrings__SafetyCenter", connectionString),
            ("Leaks__GitHub__PublicKeysUrl", gitHub.Url.ToString()));
        using var ann = app.NewClient();
        await ann.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        var key = await CreateKeyAsync(ann);
        using var gateway = app.NewClient();
        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(gateway, key));
        using (var taken = await ReportAsync(gateway, gitHub, new string('0', 32)))
        {
            Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        }

        // The key is used until the very moment at which the server goes: those uses have not been written.
        var uses = 1;
        await InterruptServerAsync(cluster);
        await Eventually.IsTrueAsync(
            async () =>
            {
                var status = await VerifyAsync(gateway, key);
                uses += status == HttpStatusCode.OK ? 1 : 0;
                return status == HttpStatusCode.ServiceUnavailable;
            },
            "the gateway is told to come again");
        await ServerProcesses.EndAsync(folder.Path);
        await AssertFailsCleanAsync(ann, gateway, gitHub, key);
        Assert.True(app.IsRunning);
        await cluster.DisposeAsync();

        await using var back = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder.Path, Cancellation);
        Assert.Equal(connectionString, back.ConnectionString("ours"));
        var returned = await AskAsync<DateTime>(connectionString, "SELECT now()");
        await AssertResumesAsync(ann, gateway, gitHub, key);
        await Eventually.IsTrueAsync(
            async () => await AskAsync<long>(
                connectionString,
                """
                SELECT coalesce(sum(calls), 0)::bigint
                FROM usage JOIN credentials ON credentials.id = credential_id WHERE name = 'steady'
                """) > uses,
            $"the {uses} uses from before, and the one from after, are written");

        // Instances tell each other in the database, every five seconds, that they live; in ticks since the year 1.
        await Eventually.IsTrueAsync(
            async () => await AskAsync<long>(
                connectionString, "SELECT max(last_checkin_time) FROM qrtz_scheduler_state") > returned.Ticks,
            "the scheduler works again");

        // While a job runs its trigger is blocked, which some job of every minute may be just now; none may stay so.
        await Eventually.IsTrueAsync(
            async () => await AskAsync<long>(
                connectionString,
                "SELECT count(*) FROM qrtz_triggers WHERE trigger_state NOT IN ('WAITING', 'ACQUIRED')") == 0,
            "no trigger is left blocked or failed");
        Assert.True(app.IsRunning);
    }

    private static async Task AssertFailsCleanAsync(HttpClient ann, HttpClient gateway, KeyServer gitHub, string key)
    {
        using var page = await ann.GetAsync(Overview, Cancellation);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith(
            "default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("The database is away", (await page.DocumentAsync()).Title, StringComparison.Ordinal);
        using var verified = await gateway.VerifyAsync(key);
        using var reported = await ReportAsync(gateway, gitHub, key);
        foreach (var answer in new[] { page, verified, reported })
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.InRange(answer.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        }

        foreach (var answer in new[] { verified, reported })
        {
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
            Assert.NotEqual("", body.RootElement.GetProperty("errors").EnumerateArray().Single().GetString());
        }

        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(gateway, "/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusOfAsync(gateway, "/health/ready"));
    }

    private async Task AssertResumesAsync(HttpClient ann, HttpClient gateway, KeyServer gitHub, string key)
    {
        await Eventually.IsTrueAsync(
            async () => await StatusOfAsync(gateway, "/health/ready") == HttpStatusCode.OK, "it is ready again");
        await ann.PageAsync(Overview);
        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(gateway, key));

        // A leak report makes emails, whose sender has to be at work again.
        using var reported = await ReportAsync(gateway, gitHub, key);
        Assert.Contains(
            "true_positive", await reported.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        var mail = Path.Combine(folder.Path, "app", "mail");
        await Eventually.IsTrueAsync(
            () => Directory.Exists(mail) && Directory.EnumerateFiles(mail, "*.eml").Any(), "emails leave again");
    }

    /// <summary>As its operator would, with no regard for who is connected.</summary>
    private static async Task InterruptServerAsync(PrivatePostgres cluster)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(cluster.Folder, "data", "postmaster.pid"), Cancellation);
        var number = int.Parse(lines[0], CultureInfo.InvariantCulture);
        using var kill = Process.Start("/bin/sh", ["-c", "kill -INT $1", "sh", $"{number}"]);
        await kill.WaitForExitAsync(Cancellation);
        Assert.Equal(0, kill.ExitCode);
    }

    private static async Task<string> CreateKeyAsync(HttpClient ann)
    {
        using var made = await ann.PostFormAsync(ApiKeys, "Create API key", ("name", "steady"));
        return (await made.DocumentAsync()).QuerySelector("[data-secret]")!.TextContent.Trim();
    }

    private static async Task<HttpResponseMessage> ReportAsync(HttpClient client, KeyServer gitHub, string token)
    {
        var body = Reporting.Body(new Match(token));
        var signed = gitHub.Sign(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, PartnerOrigin.GitHub.Address);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Github-Public-Key-Identifier", signed.KeyIdentifier);
        request.Headers.Add("Github-Public-Key-Signature", signed.Signature);
        return await client.SendAsync(request, Cancellation);
    }

    private static async Task<HttpStatusCode> VerifyAsync(HttpClient gateway, string key)
    {
        using var answer = await gateway.VerifyAsync(key);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> StatusOfAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Cancellation);
        return answer.StatusCode;
    }

    private static async Task<T> AskAsync<T>(string connectionString, string question)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(question);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
