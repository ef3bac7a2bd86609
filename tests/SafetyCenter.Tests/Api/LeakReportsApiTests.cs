using System.Net;
using System.Text;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>Hashes and places, from an organization's own scanners.</summary>
public sealed class LeakReportsApiTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Commit = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";
    private const string Repository = "https://github.com/acme/app";

    private static string HashOf(string secret) => SecretHash.Of(secret).ToString();

    private static object Report(params object[] findings) => new { tool = "safetycenter", findings };

    [Fact]
    public async Task A_scan_raises_an_alert_that_says_where_and_never_sends_the_secret()
    {
        var scanner = await app.NewScannerAsync("Scanned");
        var key = scanner.Organization.ApiKey;
        var answer = await scanner.ReportAsync(new
        {
            tool = "safetycenter",
            repository = Repository,
            @public = true,
            findings = new object[]
            {
                new
                {
                    sha256 = HashOf(key.Secret).ToUpperInvariant(),
                    kind = "api_key",
                    path = "a b/.env",
                    line = 3,
                    column = 9,
                    commit = Commit,
                },
                new { sha256 = HashOf(key.Secret), kind = "api_key", path = "docs/setup.md", line = 12 },
                new { sha256 = new string('0', 64), kind = "access_token", path = "old", line = 1 },
            },
        });
        answer.Must(HttpStatusCode.Accepted);
        Assert.Equal("""{"data":{"findings":3,"matched":2,"raised":1}}""", answer.Text);
        Assert.Equal(
            [
                $"docs/setup.md, line 12 in {Repository}", $"{Repository}/blob/{Commit}/a%20b/.env#L3",
            ],
            await scanner.PlacesAsync());
        var alert = Assert.Single(await app.RowsAsync<Alert>(all => all.Where(row => row.CredentialId == key.Id)));
        Assert.True(alert.IsPublic);
        var delivery = Assert.Single(await scanner.DeliveriesAsync());
        Assert.Equal((LeakChannel.Scan, "safetycenter report of ci"), (delivery.Channel, delivery.SourceName));
        Assert.Equal(scanner.Organization.Id, delivery.OrganizationId);
        var unknown = new byte[32];
        Assert.Single(await app.RowsAsync<UnmatchedSecret>(all => all.Where(secret => secret.Hash == unknown)));
    }

    [Fact]
    public async Task Places_that_nobody_else_can_read_are_not_public()
    {
        var scanner = await app.NewScannerAsync("Private");
        var key = scanner.Organization.ApiKey;
        (await scanner.ReportAsync(Report(new { sha256 = HashOf(key.Secret), kind = "api_key", path = ".env", line = 1 })))
            .Must(HttpStatusCode.Accepted);
        Assert.False(Assert.Single(await app.RowsAsync<Alert>(all => all.Where(row => row.CredentialId == key.Id))).IsPublic);
    }

    [Fact]
    public async Task Without_a_token_that_works_nobody_is_heard()
    {
        var scanner = await app.NewScannerAsync("Closed");
        var revoked = await app.AddScannerAsync(scanner.Organization, "revoked");
        await app.RevokeAsync(revoked);
        var disabled = await app.NewScannerAsync("Disabled");
        await app.InScopeAsync(db => db.LockedAsync(
            disabled.Organization.Id,
            organization =>
            {
                organization.Disable(app.Now);
                return Task.FromResult(true);
            },
            CancellationToken.None));
        var unknown = LeakReporter.NewToken(new SecretFormat());
        var body = Report(new { sha256 = HashOf(scanner.Organization.ApiKey.Secret), kind = "api_key" });
        foreach (var sent in new[]
        {
            null, "", "Bearer", "Bearer ", $"Basic {scanner.Token}", "Bearer junk", $"Bearer {unknown}",
            $"Bearer {scanner.Token}x", $"Bearer {scanner.Organization.ApiKey.Secret}", $"Bearer {revoked.Token}",
            $"Bearer {disabled.Token}",
        })
        {
            var caller = sent is null ? new ApiCaller(app) : new ApiCaller(app, ("Authorization", sent));
            foreach (var address in new[] { LeakReportsApi.Address, LeakReportsApi.ImportAddress })
            {
                var answer = (await caller.SendAsync(HttpMethod.Post, address, body)).Must(HttpStatusCode.Unauthorized);
                Assert.Equal("Bearer realm=\"SafetyCenter\"", answer.Headers.WwwAuthenticate.ToString());
                Assert.Contains("token of a reporter", Assert.Single(answer.Errors), StringComparison.Ordinal);
            }
        }

        Assert.Empty(await scanner.DeliveriesAsync());
        Assert.Empty(await app.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == scanner.Organization.Id)));
    }

    [Fact]
    public async Task What_cannot_be_a_token_is_not_looked_for()
    {
        var token = LeakReporter.NewToken(new SecretFormat());
        var wrong = token[..^1] + (token[^1] == 'a' ? 'b' : 'a');
        using var statements = new Statements();
        var caller = new ApiCaller(app, ("Authorization", $"Bearer {wrong}"));
        (await caller.SendAsync(HttpMethod.Post, LeakReportsApi.Address, Report(), statements.TraceParent))
            .Must(HttpStatusCode.Unauthorized);
        Assert.Empty(statements.Texts);
    }

    [Fact]
    public async Task Keys_of_another_organization_are_neither_matched_nor_told()
    {
        var scanner = await app.NewScannerAsync("Curious");
        var other = await app.CreateOrganizationAsync("Other");
        var theirs = await scanner.ReportAsync(
            Report(new { sha256 = HashOf(other.ApiKey.Secret), kind = "api_key", path = "a", line = 1 }));
        var nobodys = await scanner.ReportAsync(
            Report(new { sha256 = new string('1', 64), kind = "api_key", path = "a", line = 1 }));
        theirs.Must(HttpStatusCode.Accepted);
        Assert.Equal(nobodys.Text, theirs.Text);
        Assert.Equal(0, theirs.Number("matched"));
        Assert.Empty(await app.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == other.Id)));
        Assert.Empty(await app.RowsAsync<Occurrence>(all => all.Where(place => place.OrganizationId == other.Id)));
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("""{"tool":"x","findings":[]}""", "1 to 1000")]
    [InlineData("""{"tool":"x"}""", "1 to 1000")]
    [InlineData("""{"tool":"x","findings":{}}""", "1 to 1000")]
    [InlineData("""{"findings":[{"sha256":"HASH"}]}""", "tool")]
    [InlineData("""{"tool":7,"findings":[{"sha256":"HASH"}]}""", "tool")]
    [InlineData("""{"tool":"x","tool":"y","findings":[{"sha256":"HASH"}]}""", "unique")]
    [InlineData("""{"tool":"x","public":"yes","findings":[{"sha256":"HASH"}]}""", "public")]
    [InlineData("""{"tool":"x","findings":["HASH"]}""", "findings[0]")]
    [InlineData("""{"tool":"x","findings":[{"sha256":"HASH"},{"sha256":"ab"}]}""", "findings[1].sha256")]
    [InlineData("""{"tool":"x","findings":[{"sha256":"HASH"},{}]}""", "findings[1].sha256")]
    [InlineData("""{"tool":"x","findings":[{"sha256":"HASH","line":0}]}""", "findings[0].line")]
    [InlineData("""{"tool":"x","findings":[{"sha256":"HASH","line":"3"}]}""", "findings[0].line")]
    [InlineData("""{"tool":"x","findings":[{"sha256":"HASH","column":1.5}]}""", "findings[0].column")]
    [InlineData("""{"tool":"x","findings":[{"sha256":"HASH","path":[]}]}""", "findings[0].path")]
    [InlineData("""{"tool":"x","findings":[{"sha256":"HASH","path":"\ud800"}]}""", "Unicode")]
    public async Task What_is_no_report_is_refused_with_a_sentence_and_nothing_is_done(string body, string reason)
    {
        var scanner = await app.NewScannerAsync($"Refused {Guid.NewGuid():N}");
        var answer = await new ApiCaller(app, ("Authorization", $"Bearer {scanner.Token}")).SendTextAsync(
            HttpMethod.Post,
            LeakReportsApi.Address,
            body.Replace("HASH", HashOf(scanner.Organization.ApiKey.Secret), StringComparison.Ordinal));
        Assert.Contains(reason, Assert.Single(answer.Must(HttpStatusCode.BadRequest).Errors), StringComparison.Ordinal);
        Assert.Empty(await scanner.DeliveriesAsync());
        Assert.Empty(await scanner.PlacesAsync());
    }

    [Fact]
    public async Task A_thousand_findings_are_taken_at_once_and_not_one_more()
    {
        var scanner = await app.NewScannerAsync("Thousand");
        object[] thousand = [.. Enumerable.Range(0, 1000).Select(line => (object)new
        {
            sha256 = HashOf(scanner.Organization.ApiKey.Secret), path = "a", line = line + 1,
        })];
        (await scanner.ReportAsync(Report([.. thousand, thousand[0]]))).Must(HttpStatusCode.BadRequest);
        var answer = (await scanner.ReportAsync(Report(thousand))).Must(HttpStatusCode.Accepted);
        Assert.Equal((1000, 1000, 1), (answer.Number("findings"), answer.Number("matched"), answer.Number("raised")));
    }

    [Fact]
    public async Task A_report_that_comes_again_changes_nothing()
    {
        var scanner = await app.NewScannerAsync("Again");
        var body = Report(new { sha256 = HashOf(scanner.Organization.ApiKey.Secret), path = "a", line = 1 });
        Assert.Equal(1, (await scanner.ReportAsync(body)).Number("raised"));
        var again = await scanner.ReportAsync(body);
        Assert.Equal((1, 0), (again.Number("matched"), again.Number("raised")));
        Assert.Single(await scanner.DeliveriesAsync());
    }

    [Fact]
    public async Task The_request_itself_must_be_right()
    {
        var scanner = await app.NewScannerAsync("Requests");
        var caller = new ApiCaller(app, ("Authorization", $"Bearer {scanner.Token}"));
        foreach (var address in new[] { LeakReportsApi.Address, LeakReportsApi.ImportAddress })
        {
            Assert.Contains("POST", Assert.Single(
                (await caller.GetAsync(address)).Must(HttpStatusCode.MethodNotAllowed).Errors), StringComparison.Ordinal);
            foreach (var (type, encoding) in new[] { ("application/x-www-form-urlencoded", ""), ("application/json", "gzip") })
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, address);
                request.Headers.Add("Authorization", $"Bearer {scanner.Token}");
                request.Content = new StringContent("[]", Encoding.UTF8, type);
                if (encoding.Length > 0)
                {
                    request.Content.Headers.ContentEncoding.Add(encoding);
                }

                using var answer = await app.Visitor.SendAsync(request);
                Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
            }
        }

        var tooLong = JsonSerializer.Serialize(new { tool = "x", findings = new string('x', LeakReportsApi.LengthMax) });
        var refused = await caller.SendTextAsync(HttpMethod.Post, LeakReportsApi.Address, tooLong);
        Assert.Contains(
            "at most 4 MB", Assert.Single(refused.Must(HttpStatusCode.RequestEntityTooLarge).Errors), StringComparison.Ordinal);
        Assert.Empty(await scanner.DeliveriesAsync());
    }

    [Fact]
    public async Task A_reporter_that_reports_too_often_waits_and_others_do_not()
    {
        var scanner = await app.NewScannerAsync("Often");
        var calm = await app.AddScannerAsync(scanner.Organization, "calm");
        for (var number = 0; number < ReportRates.ReportsAtOnce; number++)
        {
            (await scanner.ImportAsync("[]")).Must(HttpStatusCode.Accepted);
        }

        var refused = (await scanner.ImportAsync("[]")).Must(HttpStatusCode.TooManyRequests);
        Assert.Equal(ReportRates.ReportEach, refused.Headers.RetryAfter!.Delta);
        (await calm.ImportAsync("[]")).Must(HttpStatusCode.Accepted);
        app.Time.Advance(ReportRates.ReportEach);
        (await scanner.ImportAsync("[]")).Must(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_thousand_findings_cost_as_many_statements_as_ten()
    {
        var scanner = await app.NewScannerAsync("Counted");
        var keys = await app.IssueManyAsync(scanner.Organization, 506);
        Array.ForEach(keys, app.Plant);
        await StatementsAsync(keys[..1]);
        var few = await StatementsAsync(keys[1..6]);
        var many = await StatementsAsync(keys[6..]);
        Assert.Equal(few, many);
        Assert.InRange(many.Count, 5, 15);

        async Task<IReadOnlyList<string>> StatementsAsync(string[] ours)
        {
            object[] findings = [.. ours.SelectMany((key, line) => new object[]
            {
                new { sha256 = HashOf(key), path = "a", line = line + 1 },
                new { sha256 = HashOf($"none {key}"), path = "b", line = line + 1 },
            })];
            using var statements = new Statements();
            var answer = await scanner.ReportAsync(Report(findings), statements.TraceParent);
            Assert.Equal(ours.Length, answer.Must(HttpStatusCode.Accepted).Number("raised"));
            return statements.Texts;
        }
    }
}
