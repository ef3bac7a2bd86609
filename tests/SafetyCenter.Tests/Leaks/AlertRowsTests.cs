using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Leaks;

/// <summary>The life of an alert, row by row: what happens, where that leads, who is told.</summary>
public sealed class AlertRowsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task Row_1_a_first_report_of_an_active_key_opens_an_alert_that_is_due_and_told()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 1", "second@row-1.example");
        await incident.ReportAsync("https://row-1.example/a");
        var alert = await incident.RowAsync();
        Assert.Equal(AlertState.Open, alert.State);
        Assert.Equal((Severity.Critical, stage.Now.AddHours(24)), (alert.Severity, alert.DueAt));
        Assert.Null(alert.ResolvedAt);
        Assert.Equal([AlertEventKind.Raised], alert.Events.Select(happened => happened.Kind));
        Assert.Single(await incident.PlacesAsync());
        Assert.Equal([EmailKind.LeakFound, EmailKind.LeakFound], await incident.EmailsAsync());
        Assert.Single(await stage.RowsAsync<AuditEvent>(
            all => all.Where(row => row.AssetId == incident.Key.Id.Value && row.Name == "leaked")));

        // In private, and with nothing that makes it worse, it is high and may take longer.
        var other = await stage.IncidentAsync(organization, await stage.IssueApiKeyAsync(organization, "other"));
        await other.ReportPrivatelyAsync("vault/notes", "row 1");
        alert = await other.RowAsync();
        Assert.Equal((Severity.High, stage.Now.AddHours(72)), (alert.Severity, alert.DueAt));
    }

    [Fact]
    public async Task Row_2_a_first_report_of_a_revoked_key_is_history_and_wakes_nobody()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 2");
        await stage.RevokeAsync(organization, incident.Key);
        await incident.ReportAsync("https://row-2.example/a");
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Resolved, Resolution.Revoked), (alert.State, alert.Resolution));
        Assert.Null(alert.DueAt);
        Assert.NotNull(alert.ResolvedAt);
        Assert.Empty(await incident.EmailsAsync());
    }

    [Fact]
    public async Task Row_3_a_client_token_is_public_by_design_and_raises_nothing()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 3");
        var token = await stage.IssueClientTokenAsync(organization, "shop");
        var answer = await stage.ReportAsync(new Match(token.Secret));
        Assert.Equal([Reporting.TruePositive], answer.Labels);
        Assert.Empty(await stage.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == organization.Id)));
        Assert.Empty(await incident.EmailsAsync());
    }

    [Theory]
    [InlineData("open", AlertState.Open)]
    [InlineData("acknowledged", AlertState.Acknowledged)]
    [InlineData("snoozed", AlertState.Snoozed)]
    public async Task Row_4_the_same_place_again_is_counted_and_changes_nothing(string name, AlertState state)
    {
        var (incident, _) = await stage.IncidentAsync($"Row 4 {name}");
        await incident.ReportAsync("https://row-4.example/a");
        await incident.BringToAsync(state);
        stage.Time.Jump(TimeSpan.FromHours(1));

        // Another body, with the same place in it.
        await stage.ReportAsync(new Match(incident.Key.Secret, "https://row-4.example/a", Type: "another"));
        var place = Assert.Single(await incident.PlacesAsync());
        Assert.Equal((2, stage.Now), (place.Times, place.LastSeenAt));
        Assert.Equal(state, await incident.StateAsync());
        Assert.Equal([EmailKind.LeakFound], await incident.EmailsAsync());
    }

    [Theory]
    [InlineData("open", AlertState.Open)]
    [InlineData("acknowledged", AlertState.Acknowledged)]
    public async Task Row_5_a_new_place_is_noted_and_told_once_when_it_is_the_first_public_one(string name, AlertState state)
    {
        var (incident, _) = await stage.IncidentAsync($"Row 5 {name}");
        await incident.ReportPrivatelyAsync("wiki/1", $"row 5 {name}");
        await incident.BringToAsync(state);
        await incident.ReportPrivatelyAsync("wiki/2", $"row 5 {name} again");
        var alert = await incident.RowAsync();
        Assert.Equal((state, Severity.High), (alert.State, alert.Severity));
        Assert.Equal(2, (await incident.PlacesAsync()).Count);
        Assert.Equal([EmailKind.LeakFound], await incident.EmailsAsync());

        stage.Time.Jump(TimeSpan.FromMinutes(1));
        await incident.ReportAsync("https://row-5.example/a");
        await incident.ReportAsync("https://row-5.example/b");
        alert = await incident.RowAsync();
        Assert.Equal((state, Severity.Critical), (alert.State, alert.Severity));
        Assert.Equal([EmailKind.LeakFound, EmailKind.LeakAgain], await incident.EmailsAsync());
    }

    [Fact]
    public async Task Row_6_what_was_put_off_opens_again_at_a_new_public_place_and_at_no_other()
    {
        var (incident, _) = await stage.IncidentAsync("Row 6");
        await incident.ReportAsync("https://row-6.example/a");
        await incident.SnoozeAsync();
        await incident.ReportPrivatelyAsync("wiki/1", "row 6");
        Assert.Equal(AlertState.Snoozed, await incident.StateAsync());
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        await incident.ReportAsync("https://row-6.example/b");
        Assert.Equal(AlertState.Open, await incident.StateAsync());
        Assert.Equal([EmailKind.LeakFound, EmailKind.LeakAgain], await incident.EmailsAsync());
    }

    [Fact]
    public async Task Row_7_whoever_takes_it_on_or_is_given_it_has_it_and_must_be_an_active_admin()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 7");
        await incident.ReportAsync("https://row-7.example/a");
        await incident.DoAsync("Acknowledge");
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Acknowledged, organization.Admin.Id), (alert.State, alert.AssigneeId!.Value));

        var dora = await stage.AddPersonAsync(organization, "dora@row-7.example", "Dora Director", "Datadog Admin Role");
        var bob = await stage.AddPersonAsync(organization, "bob@row-7.example", "Bob Builder");
        await incident.DoAsync("Assign", ("assignee", $"{dora.Id}"));
        Assert.Equal(dora.Id, (await incident.RowAsync()).AssigneeId);
        foreach (var nobody in new[] { $"{bob.Id}", $"{Guid.NewGuid()}", "nobody" })
        {
            using var refused = await incident.TryAsync("Assign", ("assignee", nobody));
            Assert.Contains(
                "Choose one of the admins", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        }

        await stage.DisableAsync(dora.Id);
        using var gone = await incident.TryAsync("Assign", ("assignee", $"{dora.Id}"));
        Assert.Equal(HttpStatusCode.BadRequest, gone.StatusCode);
        Assert.Equal(
            ["Ann Admin acknowledged", "Ann Admin assigned", "Ann Admin seen"], await incident.AuditAsync());
    }

    [Fact]
    public async Task Row_8_what_is_given_back_is_open_again()
    {
        var (incident, _) = await stage.IncidentAsync("Row 8");
        await incident.ReportAsync("https://row-8.example/a");
        await incident.DoAsync("Acknowledge");
        await incident.DoAsync("Release");
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Open, null), (alert.State, alert.AssigneeId));
        Assert.Equal(["Ann Admin acknowledged", "Ann Admin released"], await incident.AuditAsync());
        await incident.DoAsync("Release");
        Assert.Equal(2, (await incident.AuditAsync()).Count);
    }

    [Theory]
    [InlineData("open", AlertState.Open)]
    [InlineData("acknowledged", AlertState.Acknowledged)]
    public async Task Row_9_it_can_be_put_off_for_at_most_30_days_with_a_reason(string name, AlertState state)
    {
        var (incident, _) = await stage.IncidentAsync($"Row 9 {name}");
        await incident.ReportAsync("https://row-9.example/a");
        await incident.BringToAsync(state);
        (string, string)[][] impossible =
        [
            [("days", "31"), ("comment", "Why not")], [("days", "0"), ("comment", "Why not")],
            [("days", "-1"), ("comment", "Why not")], [("days", "7"), ("comment", " ")], [("days", "7")],
            [("days", "7"), ("comment", new string('x', AlertEvent.TextLengthMax + 1))],
        ];
        foreach (var fields in impossible)
        {
            using var refused = await incident.TryAsync("Snooze", fields);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        Assert.Equal(state, await incident.StateAsync());
        await incident.SnoozeAsync(30);
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Snoozed, stage.Now.AddDays(30)), (alert.State, alert.SnoozedUntil));
        Assert.Contains("Ann Admin snoozed", await incident.AuditAsync());
    }

    [Fact]
    public async Task Row_10_it_opens_again_when_that_time_is_over_and_nobody_has_it()
    {
        var (incident, _) = await stage.IncidentAsync("Row 10");
        await incident.ReportAsync("https://row-10.example/a");
        await incident.DoAsync("Acknowledge");
        await incident.SnoozeAsync(1);
        stage.Time.Jump(TimeSpan.FromHours(23));
        await stage.WakeAsync(incident.Key);
        Assert.Equal(AlertState.Snoozed, await incident.StateAsync());
        stage.Time.Jump(TimeSpan.FromHours(1));
        await stage.WakeAsync(incident.Key);
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Open, null), (alert.State, alert.AssigneeId));
        Assert.True(alert.IsOverdue(stage.Now));
    }

    [Theory]
    [InlineData("the card", AlertState.Open, Resolution.Revoked)]
    [InlineData("the API", AlertState.Acknowledged, Resolution.Revoked)]
    [InlineData("disabling its owner", AlertState.Snoozed, Resolution.OwnerDisabled)]
    [InlineData("its own end", AlertState.Open, Resolution.Expired)]
    public async Task Row_11_revoking_by_any_path_resolves_it_at_once_and_is_told_once(
        string path, AlertState state, Resolution resolution)
    {
        var (_, organization) = await stage.IncidentAsync($"Row 11 {path}");
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var key = await stage.IssueApplicationKeyUntilAsync(bob.Id, "bob's", stage.Now.AddDays(2));
        var incident = await stage.IncidentAsync(organization, key);
        await incident.ReportAsync("https://row-11.example/a");
        await incident.BringToAsync(state);
        switch (path)
        {
            case "the card":
                await incident.DoAsync("Revoke");
                break;
            case "the API":
                (await ApiCaller.AdminOf(stage, organization).DeleteAsync($"/api/v2/application_keys/{key.Id}"))
                    .Must(HttpStatusCode.NoContent);
                break;
            case "disabling its owner":
                await stage.DisableAsync(bob.Id);
                break;
            default:
                stage.Time.Jump(TimeSpan.FromDays(2));
                await stage.RunAsync<EndCredentials>();
                break;
        }

        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Resolved, resolution), (alert.State, alert.Resolution));
        Assert.Equal(alert.Credential.RevokedAt, alert.ResolvedAt);
        Assert.Single(await incident.EmailsAsync(), kind => kind == EmailKind.LeakClosed);
    }
}
