using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
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
        await BringAsync(incident, state);
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
        await BringAsync(incident, state);
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
        Assert.Equal(["Ann Admin acknowledged", "Ann Admin assigned"], await incident.AuditAsync());
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
        await BringAsync(incident, state);
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
        await BringAsync(incident, state);
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

    [Fact]
    public async Task Row_12_it_can_be_dismissed_with_a_reason_and_both_contacts_see_that_at_once()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 12", "second@row-12.example");
        await incident.ReportAsync("https://row-12.example/a");
        (string, string)[][] impossible =
        [
            [("reason", "UsedInTests")], [("reason", "Revoked"), ("comment", "It is")], [("comment", "It is")],
        ];
        foreach (var fields in impossible)
        {
            using var refused = await incident.TryAsync("Dismiss", fields);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        await incident.DismissAsync(Resolution.WontFix);
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Resolved, Resolution.WontFix, stage.Now), (alert.State, alert.Resolution, alert.ResolvedAt));
        Assert.True(alert.Credential.IsActive);
        Assert.Equal(2, (await incident.EmailsAsync()).Count(kind => kind == EmailKind.LeakDismissed));
        Assert.Equal(["Ann Admin dismissed"], await incident.AuditAsync());

        // It is still counted, until the key ends.
        using var ann = await stage.SignedInAsync(organization.Admin);
        Assert.Equal(("0", "1"), await CountsAsync(ann, organization));
        await incident.DoAsync("Revoke");
        Assert.Equal(("0", null), await CountsAsync(ann, organization));
    }

    [Fact]
    public async Task Row_13_what_was_dismissed_opens_again_at_a_new_place_unless_the_rules_say_otherwise()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 13");
        await incident.ReportAsync("https://row-13.example/a");
        await incident.DismissAsync();
        await stage.ReportAsync(new Match(incident.Key.Secret, "https://row-13.example/a", Type: "another"));
        Assert.Equal(AlertState.Resolved, await incident.StateAsync());
        stage.Time.Jump(TimeSpan.FromDays(1));
        await incident.ReturnAsync();
        await incident.ReportAsync("https://row-13.example/b");
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Open, null), (alert.State, alert.ResolvedAt));
        Assert.Equal(stage.Now.AddHours(24), alert.DueAt);
        Assert.Equal(
            [EmailKind.LeakFound, EmailKind.LeakDismissed, EmailKind.LeakAgain], await incident.EmailsAsync());

        await stage.SetRulesAsync(organization, new LeakRules { ReopensWhenSeenAgain = false });
        await incident.DismissAsync();
        await incident.ReportAsync("https://row-13.example/c");
        Assert.Equal(AlertState.Resolved, await incident.StateAsync());
    }

    [Fact]
    public async Task Row_14_a_new_place_of_a_key_that_has_ended_is_noted_in_silence()
    {
        var (incident, _) = await stage.IncidentAsync("Row 14");
        await incident.ReportAsync("https://row-14.example/a");
        await incident.DoAsync("Revoke");
        var before = await incident.EmailsAsync();
        var history = (await incident.RowAsync()).Events.Count;
        await incident.ReportAsync("https://row-14.example/b");
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Resolved, history), (alert.State, alert.Events.Count));
        Assert.Equal(2, (await incident.PlacesAsync()).Count);
        Assert.Equal(before, await incident.EmailsAsync());
    }

    [Fact]
    public async Task Row_15_a_dismissal_can_be_taken_back()
    {
        var (incident, _) = await stage.IncidentAsync("Row 15");
        await incident.ReportAsync("https://row-15.example/a");
        await incident.DoAsync("Acknowledge");
        await incident.DismissAsync();
        await incident.DoAsync("Reopen");
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Open, null, null), (alert.State, alert.ResolvedAt, alert.AssigneeId));
        Assert.Equal(["Ann Admin acknowledged", "Ann Admin dismissed", "Ann Admin reopened"], await incident.AuditAsync());
    }

    [Fact]
    public async Task Row_16_what_has_ended_cannot_be_opened_again()
    {
        var (incident, _) = await stage.IncidentAsync("Row 16");
        await incident.ReportAsync("https://row-16.example/a");
        await incident.DismissAsync();
        await incident.DoAsync("Revoke");
        using var refused = await incident.TryAsync("Reopen");
        Assert.Contains(
            "resolved for good", await refused.RefusalAsync(HttpStatusCode.Conflict), StringComparison.Ordinal);
        Assert.Equal(Resolution.Revoked, (await incident.RowAsync()).Resolution);
    }

    [Fact]
    public async Task Row_17_revoking_twice_says_who_was_first_and_tells_nobody_again()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 17");
        await incident.ReportAsync("https://row-17.example/a");
        await incident.DoAsync("Revoke");
        stage.Time.Jump(TimeSpan.FromMinutes(5));
        var before = (await incident.EmailsAsync(), await RevocationsAsync());
        using var ann = await stage.SignedInAsync(organization.Admin);
        using var again = await ann.ForceAsync(
            organization.SafetyCenter("alerts"), $"{await incident.AddressAsync()}?handler=Revoke");
        Assert.Contains("already revoked by Ann Admin at", await ann.DoneAsync(again), StringComparison.Ordinal);
        Assert.Equal(before.Item1, await incident.EmailsAsync());
        Assert.Equal((1, 1), (before.Item2, await RevocationsAsync()));

        async Task<int> RevocationsAsync() => (await stage.RowsAsync<AuditEvent>(
            all => all.Where(row => row.AssetId == incident.Key.Id.Value && row.Name == "revoked"))).Count;
    }

    [Fact]
    public async Task Row_18_keys_of_an_organization_that_is_over_are_recognized_for_good()
    {
        var (incident, organization) = await stage.IncidentAsync("Row 18");
        await stage.InScopeAsync(async db =>
        {
            (await db.Organizations.FindAsync(organization.Id))!.Disable(stage.Now);
            await db.SaveChangesAsync();
        });
        var answer = await stage.ReportAsync(new Match(incident.Key.Secret));
        Assert.Equal([Reporting.TruePositive], answer.Labels);
    }

    private static async Task BringAsync(Incident incident, AlertState state)
    {
        if (state == AlertState.Acknowledged)
        {
            await incident.DoAsync("Acknowledge");
        }
        else if (state == AlertState.Snoozed)
        {
            await incident.SnoozeAsync();
        }
    }

    private static async Task<(string? Open, string? Dismissed)> CountsAsync(HttpClient admin, TestOrganization organization)
    {
        var card = (await admin.PageAsync(organization.SafetyCenter())).QuerySelector("[data-rule=security-alerts]")!;
        return (card.QuerySelector("[data-count]")!.GetAttribute("data-count"),
            card.QuerySelector("[data-dismissed]")?.GetAttribute("data-dismissed"));
    }
}
