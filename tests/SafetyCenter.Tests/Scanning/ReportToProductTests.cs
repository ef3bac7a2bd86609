using System.IO.Compression;
using System.Text;
using SafetyCenter.Cli;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Leaks;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Scanning;

/// <summary>The commands of <c>safetycenter</c> and the product itself: what one finds raises an alert in the other.</summary>
public sealed class ReportToProductTests(RecordingApp app) : IClassFixture<RecordingApp>, IAsyncLifetime
{
    private const string GitHub = "https://github.com/acme/shop";

    private readonly ScanFolder _folder = new();

    private string Server => app.Address.ToString();

    public ValueTask InitializeAsync()
    {
        app.TakeReports();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await app.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task What_a_scan_finds_raises_an_alert_that_says_where_and_no_secret_is_sent()
    {
        var (organization, spare) = await StageAsync("Found by scan");
        _folder.Write("config/.env", $"# settings\n\nDD_API_KEY={spare.Secret}\n");
        _folder.Write("readme", "nothing");

        Assert.Equal(CommandLine.Found, _folder.Run("scan", ".", "--report", Server));
        Assert.Equal("Findings reported: 1; known there: 1; alerts raised: 1.\n", _folder.Error);
        Assert.StartsWith("config/.env:3:12 api_key ", _folder.Output, StringComparison.Ordinal);

        var sent = Assert.Single(app.TakeReports());
        Assert.Contains(SecretHash.Of(spare.Secret).ToString(), sent, StringComparison.Ordinal);
        AssertHoldsNoSecret(sent, spare.Secret, _folder.Variables["SAFETYCENTER_TOKEN"]);
        var alert = Assert.Single(await app.AlertsOfAsync(organization));
        Assert.Equal((spare.Id, AlertState.Open, false), (alert.CredentialId, alert.State, alert.IsPublic));
        Assert.Equal(["config/.env, line 3"], await PlacesAsync(organization));
        var report = Assert.Single(await app.RowsAsync<LeakReport>(all => all.Where(row => row.Id == alert.RaisedByReportId)));
        Assert.Equal((LeakChannel.Scan, "safetycenter report of ci"), (report.Channel, report.SourceName));
        Assert.Equal([(EmailKind.LeakFound, organization.Admin.Email)], await app.ToldAsync(organization));

        // Its rules say that people decide. The next scan finds it again, and there is nothing new about that.
        Assert.True(await app.OpensAsync(spare.Secret));
        Assert.Equal(CommandLine.Found, _folder.Run("scan", ".", "--report", Server));
        Assert.Equal("Findings reported: 1; known there: 1; alerts raised: 0.\n", _folder.Error);
    }

    [Fact]
    public async Task What_the_rules_revoke_is_dead_when_the_command_ends_and_nothing_else_is()
    {
        var (organization, spare) = await StageAsync("Ruled");
        var personal = await Tokens.AccessAsync(app, organization.Admin.Id, "laptop", "api_keys_read");
        var client = await Tokens.ClientAsync(app, organization);
        var atOnce = new LeakResponse(LeakAction.Revoke, 1);
        await app.SetRulesAsync(organization, new LeakRules { ApiKeys = atOnce, ApplicationKeys = atOnce });
        _folder.Write("all", string.Join(
            '\n', spare.Secret, organization.ApplicationKey.Secret, personal.Secret, client.Secret));

        Assert.Equal(CommandLine.Found, Report());
        Assert.Equal("Findings reported: 4; known there: 4; alerts raised: 3.\n", _folder.Error);
        Assert.False(await app.OpensAsync(spare.Secret));
        Assert.True(await app.OpensAsync(organization.ApiKey.Secret));
        var ended = await app.RowsAsync<Credential>(all => all.Where(
            row => row.OrganizationId == organization.Id && row.RevokedBecause == RevocationReason.Leaked));
        Assert.Equal(
            new[] { spare.Id, organization.ApplicationKey.Id }.Order(), ended.Select(credential => credential.Id).Order());
    }

    [Fact]
    public async Task A_key_of_another_organization_is_reported_like_one_of_nobody_and_raises_no_alert()
    {
        var (organization, _) = await StageAsync("Asking");
        var other = await app.CreateOrganizationAsync("Asked about");
        _folder.Write("theirs", other.ApiKey.Secret);
        var theirs = (Report("theirs"), _folder.Error);
        _folder.Write("nobodys", new SecretFormat().Mint(SecretKind.ApiKey).Reveal());
        var nobodys = (Report("nobodys"), _folder.Error);

        Assert.Equal((CommandLine.Found, "Findings reported: 1; known there: 0; alerts raised: 0.\n"), theirs);
        Assert.Equal(nobodys, theirs);
        Assert.Empty(await app.AlertsOfAsync(organization));
        Assert.Empty(await app.AlertsOfAsync(other));
        Assert.Empty(await app.PlacesOfAsync(other));
    }

    [Fact]
    public async Task A_wrong_token_is_told_and_changes_nothing_and_what_was_found_counts_all_the_same()
    {
        var (organization, spare) = await StageAsync("Wrong token");
        var revoked = await app.AddScannerAsync(organization, "revoked");
        await app.RevokeAsync(revoked);
        _folder.Write("x", spare.Secret);
        string[] wrong = ["junk", revoked.Token, LeakReporter.NewToken(new SecretFormat()), spare.Secret];
        foreach (var token in wrong)
        {
            _folder.Variables["SAFETYCENTER_TOKEN"] = token;
            Assert.Equal(CommandLine.Error, Report());
            Assert.Contains(
                "did not take the report: 401 Unauthorized. The header Authorization must carry the token of a reporter",
                _folder.Error,
                StringComparison.Ordinal);
            AssertHoldsNoSecret(_folder.Error, token, spare.Secret);

            Assert.Equal(CommandLine.Found, _folder.Run("scan", "x", "--report", Server));
            Assert.StartsWith("x:1:1 api_key ", _folder.Output, StringComparison.Ordinal);
            Assert.Contains("401 Unauthorized", _folder.Error, StringComparison.Ordinal);
        }

        Assert.Empty(await app.AlertsOfAsync(organization));
        Assert.Empty(await app.RowsAsync<LeakReport>(all => all.Where(row => row.OrganizationId == organization.Id)));
        Assert.All(app.TakeReports(), sent => AssertHoldsNoSecret(sent, [spare.Secret, .. wrong]));
    }

    [Fact]
    public async Task What_was_deleted_from_a_repository_is_shown_where_the_commit_has_it()
    {
        var (organization, spare) = await StageAsync("History");
        using var repository = new TestRepository();
        var commit = repository.Commit("deploy/a b.env", $"A=1\nKEY={spare.Secret}\n");
        repository.Commit("deploy/a b.env", "A=1\n");

        Assert.Equal(CommandLine.Found, _folder.Run(
            "scan", "--git", repository.Folder, "--format", "json", "--output", "found.json"));
        Assert.Equal(CommandLine.Found, _folder.Run(
            "report", "found.json", "--server", Server, "--repository", $"{GitHub}.git", "--public"));

        Assert.True(Assert.Single(await app.AlertsOfAsync(organization)).IsPublic);
        Assert.Equal([$"{GitHub}/blob/{commit}/deploy/a%20b.env#L2"], await PlacesAsync(organization));
        var sent = Assert.Single(app.TakeReports());
        AssertHoldsNoSecret(sent, spare.Secret);
        Assert.Contains(commit, sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_thousand_findings_go_in_parts_and_are_one_alert_of_each_key()
    {
        var (organization, spare) = await StageAsync("Thousands");
        _folder.Write("log", string.Concat(Enumerable.Repeat($"{spare.Secret}\n", 2000)) + organization.ApiKey.Secret);

        Assert.Equal(CommandLine.Found, Report());
        Assert.Equal("Findings reported: 2001; known there: 2001; alerts raised: 2.\n", _folder.Error);
        Assert.Equal(3, app.TakeReports().Count);
        var alerts = await app.AlertsOfAsync(organization);
        var places = await app.PlacesOfAsync(organization);
        Assert.Equal(
            [(spare.Id, 2000), (organization.ApiKey.Id, 1)],
            alerts.Select(alert => (alert.CredentialId, Count: places.Count(place => place.AlertId == alert.Id)))
                .OrderByDescending(counted => counted.Count));
    }

    [Fact]
    public async Task A_name_that_is_too_long_for_a_report_hides_nothing()
    {
        var (organization, spare) = await StageAsync("Long names");
        using (var zip = new MemoryStream())
        {
            using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            {
                Add(archive, new string('ü', 4000), string.Concat(Enumerable.Repeat($"{spare.Secret}\n", 1000)));
                Add(archive, new string('y', 60_000), organization.ApiKey.Secret);
                Add(archive, string.Concat(Enumerable.Repeat("😀", 3000)) + "\0", organization.ApplicationKey.Secret);
            }

            _folder.Write("a.zip", zip.ToArray());
        }

        Assert.Equal(CommandLine.Found, Report());
        Assert.Equal("Findings reported: 1002; known there: 1002; alerts raised: 3.\n", _folder.Error);
        Assert.All(app.TakeReports(), sent => Assert.InRange(Encoding.UTF8.GetByteCount(sent), 1, LeakReportsApi.LengthMax));
        Assert.Equal(1002, (await app.PlacesOfAsync(organization)).Count);

        static void Add(ZipArchive archive, string name, string text)
        {
            using var entry = new StreamWriter(archive.CreateEntry(name).Open());
            entry.Write(text);
        }
    }

    [Fact]
    public async Task Who_reports_too_much_waits_as_long_as_it_is_told_and_goes_on()
    {
        var (organization, spare) = await StageAsync("Waiting");
        var token = _folder.Variables["SAFETYCENTER_TOKEN"];
        var caller = new ApiCaller(app, ("Authorization", $"Bearer {token}"));
        await Task.WhenAll(Enumerable.Range(0, ReportRates.ReportsAtOnce)
            .Select(_ => caller.SendTextAsync(HttpMethod.Post, LeakReportsApi.ImportAddress, "[]")));
        var waits = new List<TimeSpan>();
        _folder.Wait = wait =>
        {
            waits.Add(wait);
            app.Time.Advance(wait);
        };
        _folder.Write("log", string.Concat(Enumerable.Repeat($"{spare.Secret}\n", 1001)));

        Assert.Equal(CommandLine.Found, Report());
        Assert.Equal([ReportRates.ReportEach, ReportRates.ReportEach], waits);
        Assert.Equal(1001, (await app.PlacesOfAsync(organization)).Count);
    }

    private int Report(string path = ".")
    {
        Assert.Equal(CommandLine.Found, _folder.Run("scan", path, "--format", "json"));
        return _folder.Run(new MemoryStream(Encoding.UTF8.GetBytes(_folder.Output)), "report", "--server", Server);
    }

    private async Task<(TestOrganization Organization, IssuedKey Spare)> StageAsync(string name)
    {
        var organization = await app.CreateOrganizationAsync(name);
        using var admin = await app.SignedInAsync(organization.Admin);
        using var made = await admin.PostFormAsync(
            organization.SafetyCenter("configuration/reporters"), "Create reporter", ("name", "ci"));
        var token = (await made.DocumentAsync()).QuerySelector("[data-secret]")!.TextContent.Trim();
        app.Plant(token);
        _folder.Variables["SAFETYCENTER_TOKEN"] = token;
        return (organization, await app.IssueApiKeyAsync(organization, "spare"));
    }

    private async Task<IEnumerable<string>> PlacesAsync(TestOrganization organization) =>
        (await app.PlacesOfAsync(organization)).Select(place => place.Place);

    // Not even a piece of one that would help somebody guess the rest.
    private static void AssertHoldsNoSecret(string text, params string[] secrets) => Assert.All(secrets, secret =>
    {
        Assert.DoesNotContain(secret[..Math.Min(secret.Length, 12)], text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(secret[^Math.Min(secret.Length, 8)..], text, StringComparison.OrdinalIgnoreCase);
    });
}
