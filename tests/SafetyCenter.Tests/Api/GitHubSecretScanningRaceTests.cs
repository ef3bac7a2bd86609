using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Api;

/// <summary>Cases 65 and 66: reports at once, and reports against revoking.</summary>
public sealed class GitHubSecretScanningRaceTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task Case_65_many_reports_of_one_key_at_once_raise_one_alert_and_one_email()
    {
        var organization = await app.CreateOrganizationAsync("At once");
        await app.ReportAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
        {
            // Half of them name the keys the other way round: who locks in the order of the report would be caught.
            Match[] matches =
            [
                new(organization.ApiKey.Secret, $"https://github.example/{number}"),
                new(organization.ApplicationKey.Secret, $"https://github.example/{number}"),
                new(organization.ApiKey.Secret, "https://github.example/same"),
                new(organization.ApplicationKey.Secret, "https://github.example/same"),
            ];
            return app.ReportAsync(number % 2 == 0 ? matches : [.. matches.Reverse()]);
        }));

        Assert.All(answers, answer => Assert.Equal(Enumerable.Repeat(Reporting.TruePositive, 4), answer.Labels));
        Assert.Equal(2, (await AlertsOfAsync(organization)).Count);
        var places = await app.RowsAsync<Occurrence>(all => all.Where(row => row.OrganizationId == organization.Id));
        Assert.Equal(42, places.Count);
        Assert.Equal([20, 20], places.Where(place => place.Times > 1).Select(place => place.Times));
        Assert.Equal((1, 0), await ToldAsync(organization));
    }

    [Fact]
    public async Task Case_65_one_body_many_times_at_once_is_one_delivery()
    {
        var organization = await app.CreateOrganizationAsync("Same body");
        var body = Reporting.Body(new Match(organization.ApiKey.Secret));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => app.ReportBodyAsync(body)));

        Assert.All(answers, answer => Assert.Equal([Reporting.TruePositive], answer.Labels));
        var place = Assert.Single(
            await app.RowsAsync<Occurrence>(all => all.Where(row => row.OrganizationId == organization.Id)));
        Assert.Equal(1, place.Times);
        Assert.Equal((1, 0), await ToldAsync(organization));
    }

    [Fact]
    public async Task Case_66_a_report_that_comes_while_the_key_is_being_revoked_waits_and_wakes_nobody()
    {
        var organization = await app.CreateOrganizationAsync("Revoked first");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await app.ReportAsync();
        var report = Task.FromResult<ReportAnswer>(null!);
        await app.RevokeAsync(organization, spare, underLock: async () =>
        {
            report = app.ReportAsync(new Match(spare.Secret));
            await app.SomebodyWaitsAsync();
        });

        Assert.Equal([Reporting.TruePositive], (await report).Labels);
        Assert.False(Assert.Single(await AlertsOfAsync(organization)).IsOpen);
        Assert.Equal((0, 0), await ToldAsync(organization));
    }

    [Fact]
    public async Task Case_66_revoking_while_a_report_is_being_taken_in_waits_and_closes_its_alert()
    {
        var organization = await app.CreateOrganizationAsync("Reported first");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);

        // The report is stopped half-way, when its alert is raised and not yet committed.
        await using var gate = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(
            gate,
            """
            CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock(66); RETURN NEW; END $$;
            CREATE TRIGGER wait_here BEFORE INSERT ON occurrences FOR EACH ROW
            WHEN (NEW.place = 'https://github.example/wait-here') EXECUTE FUNCTION wait_here();
            SELECT pg_advisory_lock(66);
            """);
        var report = app.ReportAsync(new Match(spare.Secret, "https://github.example/wait-here"));
        await app.SomebodyWaitsAsync();
        var revoking = app.RevokeAsync(organization, spare);
        await app.SomebodyWaitsAsync(2);
        await ExecuteAsync(gate, "SELECT pg_advisory_unlock(66)");

        Assert.Equal([Reporting.TruePositive], (await report).Labels);
        await revoking;
        await ExecuteAsync(gate, "DROP TRIGGER wait_here ON occurrences; DROP FUNCTION wait_here()");
        Assert.False(Assert.Single(await AlertsOfAsync(organization)).IsOpen);
        Assert.Equal((1, 1), await ToldAsync(organization));
    }

    [Fact]
    public async Task Case_66_whoever_is_first_who_was_woken_is_told_of_the_end()
    {
        var organization = await app.CreateOrganizationAsync("Race");
        for (var round = 0; round < 10; round++)
        {
            var key = await app.IssueApiKeyAsync(organization, $"round {round}");
            await Task.WhenAll(
                app.ReportAsync(new Match(key.Secret)), app.RevokeAsync(organization, key));
        }

        var alerts = await AlertsOfAsync(organization);
        Assert.Equal(10, alerts.Count);
        Assert.All(alerts, alert => Assert.False(alert.IsOpen));
        var (found, closed) = await ToldAsync(organization);
        Assert.Equal(found, closed);
    }

    [Fact]
    public async Task Case_66_the_card_revokes_what_was_reported_and_its_second_press_changes_nothing()
    {
        var organization = await app.CreateOrganizationAsync("Card");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await app.ReportAsync(new Match(spare.Secret));
        var alert = Assert.Single(await AlertsOfAsync(organization));
        using var admin = await app.SignedInAsync(organization.Admin);
        using var pressed = await admin.PostFormAsync(
            organization.SafetyCenter($"alerts/{alert.Id}"), "Revoke", within: "[data-state='open']");

        Assert.Equal(HttpStatusCode.Redirect, pressed.StatusCode);
        Assert.False(Assert.Single(await AlertsOfAsync(organization)).IsOpen);
        await app.RevokeAsync(organization, spare);
        Assert.Equal((1, 1), await ToldAsync(organization));

        // Reported again, elsewhere: a new place, and silence.
        await app.ReportAsync(new Match(spare.Secret, "https://github.example/elsewhere"));
        Assert.Equal((1, 1), await ToldAsync(organization));
    }

    private async Task<(int Found, int Closed)> ToldAsync(TestOrganization organization)
    {
        var emails = (await app.EmailsAsync()).Where(email => email.OrganizationId == organization.Id).ToList();
        return (emails.Count(email => email.Kind == EmailKind.LeakFound),
            emails.Count(email => email.Kind == EmailKind.LeakClosed));
    }

    private Task<List<Alert>> AlertsOfAsync(TestOrganization organization) => app.RowsAsync<Alert>(all => all
        .Include(alert => alert.Credential)
        .Where(alert => alert.OrganizationId == organization.Id));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
