using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Leaks;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>Cases 63, 64, 67 to 69, 71, 72: reports that come again, in bulk, or while something breaks.</summary>
public sealed class GitHubSecretScanningDeliveryTests : IClassFixture<ClockedApp>, IAsyncDisposable
{
    private readonly ClockedApp _app;

    public GitHubSecretScanningDeliveryTests(ClockedApp app)
    {
        _app = app;

        // What another test forged is forgotten by then.
        app.Time.Advance(ReportRates.UnprovenAtOnce * ReportRates.UnprovenEach);

        // GitHub's own key besides ours: its sample has a second good signature.
        var vectors = ReportVectors.All;
        app.GitHub.AnswerWith(JsonSerializer.Serialize(new
        {
            public_keys = new[]
            {
                new { key_identifier = vectors.Identifiers["second"], key = vectors.Keys["second"] },
                new { key_identifier = app.GitHub.CurrentKey.Identifier, key = app.GitHub.CurrentKey.Pem },
            },
        }));
    }

    /// <summary>Case 72, after every test.</summary>
    public async ValueTask DisposeAsync() => await _app.AssertKeepsNoSecretAsync();

    [Fact]
    public async Task Case_63_the_same_body_again_is_answered_alike_and_changes_nothing()
    {
        var organization = await _app.CreateOrganizationAsync("Twice");
        var body = Reporting.Body(new Match("junk"), new Match(organization.ApiKey.Secret));
        var first = await _app.ReportBodyAsync(body);
        var again = await _app.ReportBodyAsync(body);

        Assert.Equal([Reporting.FalsePositive, Reporting.TruePositive], first.Labels);
        Assert.Equal(first.Body, again.Body);
        var report = Assert.Single(await ReportsOfAsync(body));
        Assert.Equal((PartnerOrigin.GitHub.Reporter, 2, 1), (report.Reporter, report.Items, report.Matched));
        await AssertToldOnceAsync(organization, [1]);
    }

    [Fact]
    public async Task Case_63_another_good_signature_of_the_same_body_is_the_same_delivery()
    {
        var vectors = ReportVectors.All;
        var body = Encoding.UTF8.GetBytes(vectors["V1"].Body);
        foreach (var id in new[] { "V1", "D2" })
        {
            var answer = await _app.SendReportAsync(
                body, new SignedHeaders(vectors.Identifiers["second"], vectors[id].Signature));
            Assert.Equal([Reporting.FalsePositive], answer.Labels);
        }

        Assert.Single(await ReportsOfAsync(body));
    }

    [Fact]
    public async Task Case_64_one_token_at_two_places_is_one_alert_with_two_places_and_an_answer_for_each_item()
    {
        var organization = await _app.CreateOrganizationAsync("Two places");
        var secret = organization.ApiKey.Secret;
        var answer = await _app.ReportAsync(
            new Match(secret, "https://github.example/a", Type: "one"),
            new Match($"key={secret}", "https://github.example/b", Type: "two"),
            new Match(secret, "https://github.example/a", Type: "three"));

        Assert.Equal(Enumerable.Repeat(Reporting.TruePositive, 3), answer.Labels);
        Assert.Equal(["one", "two", "three"], answer.Rows.Select(row => row.TokenType));
        Assert.Equal(answer.Rows[0].TokenHash, answer.Rows[2].TokenHash);
        await AssertToldOnceAsync(organization, [1, 2]);

        // In another delivery a place that is known is seen again, and a new one is added; nobody is told twice.
        await _app.ReportAsync(
            new Match(secret, "https://github.example/a"), new Match(secret, "https://github.example/c"));
        await AssertToldOnceAsync(organization, [1, 1, 3]);
    }

    [Theory]
    [InlineData(LeakAction.Notify, 12)]
    [InlineData(LeakAction.Revoke, 15)]
    [InlineData(LeakAction.RevokeLater, 12)]
    public async Task Case_67_the_number_of_statements_does_not_grow_with_the_report(LeakAction action, int bar)
    {
        var organization = await _app.CreateOrganizationAsync($"Bulk {action}");
        await _app.SetRulesAsync(organization, RulesStage.Every(action));
        await _app.ReportAsync();
        var few = await CountAsync(matches: 100);
        var many = await CountAsync(matches: 10_000);

        Assert.InRange(few.Statements, 5, bar);
        Assert.Equal(few.Statements, many.Statements);

        // GitHub waits thirty seconds; on an idle machine this takes a fraction of one.
        Assert.True(many.Took < TimeSpan.FromSeconds(20), $"10,000 matches took {many.Took}.");
        TestContext.Current.TestOutputHelper?.WriteLine($"100: {few}, 10,000: {many}");
        var told = (await _app.EmailsAsync(EmailKind.LeakFound))
            .Where(email => email.OrganizationId == organization.Id);
        Assert.Equal(2, told.Count());
        var revoked = await _app.RowsAsync<ApiKey>(all => all
            .Where(key => key.OrganizationId == organization.Id && key.RevokedAt != null));
        Assert.Equal(action == LeakAction.Revoke ? 5_050 : 0, revoked.Count);

        async Task<(int Statements, TimeSpan Took)> CountAsync(int matches)
        {
            var ours = await _app.IssueManyAsync(organization, matches / 2);
            var body = Reporting.Body([.. ours.SelectMany((secret, number) => new[]
            {
                new Match(secret, $"https://github.example/{matches}/{number}"),
                new Match($"{number:x32}"),
            })]);
            using var statements = new Statements();
            var start = Stopwatch.GetTimestamp();
            var answer = await _app.SendReportAsync(
                body,
                _app.GitHub.Sign(body),
                request => request.Headers.Add("traceparent", statements.TraceParent));
            var took = Stopwatch.GetElapsedTime(start);
            Assert.Equal(matches / 2, answer.Labels.Count(label => label == Reporting.TruePositive));
            return (statements.Texts.Count, took);
        }
    }

    [Fact]
    public async Task Case_68_a_report_is_kept_when_the_reporter_hangs_up_and_its_redelivery_is_answered()
    {
        var organization = await _app.CreateOrganizationAsync("Hung up");
        var spare = await _app.IssueApiKeyAsync(organization, "spare");
        var body = Reporting.Body(new Match(organization.ApiKey.Secret));

        // The report has to wait for another action, and its sender does not wait so long.
        await _app.RevokeAsync(organization, spare, underLock: async () =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(_app.Address.Host, _app.Address.Port, TestContext.Current.CancellationToken);
            client.Client.Send([.. _app.RawHead(_app.GitHub.Sign(body), $"Content-Length: {body.Length}"), .. body]);
            await _app.SomebodyWaitsAsync();
            client.Client.Close(timeout: 0);
            await Eventually.IsTrueAsync(
                () => _app.Log.Lines.Any(line => line.Text.Contains("reset", StringComparison.OrdinalIgnoreCase)
                    && line.Category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal)),
                "the server noticing that its client is gone");
        });
        await Eventually.IsTrueAsync(
            async () => (await ReportsOfAsync(body)).Count == 1, "the report of the reporter that hung up");
        Assert.Equal([Reporting.TruePositive], (await _app.ReportBodyAsync(body)).Labels);
        await AssertToldOnceAsync(organization, [1]);
    }

    [Fact]
    public async Task Case_69_when_the_database_fails_in_the_middle_nothing_is_kept_and_the_redelivery_is_taken()
    {
        var organization = await _app.CreateOrganizationAsync("Broken");
        var secrets = await _app.IssueManyAsync(organization, 10);
        var body = Reporting.Body(
            [.. secrets.Select((secret, number) => new Match(secret, $"https://github.example/item-{number}"))]);
        await ExecuteAsync(
            """
            CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'broken on purpose'; END $$;
            CREATE TRIGGER break BEFORE INSERT ON occurrences FOR EACH ROW
            WHEN (NEW.place LIKE '%/item-6') EXECUTE FUNCTION break();
            """);
        var failed = await _app.ReportBodyAsync(body);
        await ExecuteAsync("DROP TRIGGER break ON occurrences; DROP FUNCTION break()");

        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        Assert.DoesNotContain("broken on purpose", failed.Body, StringComparison.Ordinal);
        Assert.NotEmpty(failed.Error);
        Assert.Empty(await ReportsOfAsync(body));
        Assert.Empty(await AlertsOfAsync(organization));
        Assert.DoesNotContain(await _app.EmailsAsync(), email => email.OrganizationId == organization.Id);

        Assert.Equal(Enumerable.Repeat(Reporting.TruePositive, 10), (await _app.ReportBodyAsync(body)).Labels);
        Assert.Equal(10, (await AlertsOfAsync(organization)).Count);
    }

    [Fact]
    public async Task Case_71_a_flood_of_forgeries_does_not_keep_GitHub_out()
    {
        var organization = await _app.CreateOrganizationAsync("Flooded");
        var forged = new SigningKey().Sign("[]"u8.ToArray()) with { KeyIdentifier = _app.GitHub.CurrentKey.Identifier };
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 300).Select(_ => _app.SendReportAsync("[]"u8.ToArray(), forged)));
        Assert.All(
            answers,
            answer => Assert.True(
                answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{answer}"));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.TooManyRequests);

        var answer = await _app.ReportAsync(new Match(organization.ApiKey.Secret));
        Assert.Equal([Reporting.TruePositive], answer.Labels);
    }

    [Fact]
    public async Task Case_72_neither_a_refusal_nor_a_failure_lets_a_token_slip_into_logs_rows_or_answers()
    {
        var organization = await _app.CreateOrganizationAsync("Secretive");
        var secret = organization.ApiKey.Secret;
        var body = Reporting.Body(new Match($"Bearer {secret}", Type: "x"));
        var twice = Encoding.UTF8.GetBytes($$"""[{"token":"{{secret}}","token":"{{secret}}"}]""");
        var text = Encoding.UTF8.GetBytes(secret);
        ReportAnswer[] answers =
        [
            await _app.SendReportAsync(body, headers: null),
            await _app.SendReportAsync(body, _app.GitHub.Sign("[]")),
            await _app.SendReportAsync(body, new SigningKey().Sign(body)),
            await _app.ReportBodyAsync(twice),
            await _app.ReportBodyAsync(text),
            await _app.ReportBodyAsync(body),
        ];

        Assert.Equal([401, 401, 401, 400, 400, 200], answers.Select(answer => (int)answer.Status));
        Assert.All(answers, answer => Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal));

        // What the sweep after each test would find: it is not blind.
        Assert.Contains(_app.IssuedSecrets, planted => planted == secret);
        Assert.Contains(_app.Log.Lines, line => line.Text.Contains("1 of ours", StringComparison.Ordinal));
        await ExecuteAsync($"CREATE TABLE careless AS SELECT '{secret}' AS kept");
        await Assert.ThrowsAnyAsync<Exception>(_app.AssertKeepsNoSecretAsync);
        await ExecuteAsync("DROP TABLE careless");
    }

    private async Task AssertToldOnceAsync(TestOrganization organization, int[] timesOfPlaces)
    {
        Assert.Single(await AlertsOfAsync(organization));
        var places = await _app.RowsAsync<Occurrence>(all => all.Where(row => row.OrganizationId == organization.Id));
        Assert.Equal(timesOfPlaces, places.Select(place => place.Times).Order());
        var email = Assert.Single(
            await _app.EmailsAsync(EmailKind.LeakFound), row => row.OrganizationId == organization.Id);
        Assert.Equal(organization.Admin.Email, email.Recipient);
    }

    private Task<List<Alert>> AlertsOfAsync(TestOrganization organization) =>
        _app.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == organization.Id));

    private Task<List<LeakReport>> ReportsOfAsync(byte[] body)
    {
        var hash = SHA256.HashData(body);
        return _app.RowsAsync<LeakReport>(all => all.Where(report => report.BodyHash == hash));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_app.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
