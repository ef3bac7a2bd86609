using System.Diagnostics;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Leaks;

/// <summary>What time makes of alerts: planned revocations, ends of putting off, due times.</summary>
public sealed class FollowAlertsTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task What_was_planned_is_revoked_when_its_time_has_come_and_not_before()
    {
        var (organization, key) = await LeakedAsync("Planned", RulesStage.Every(LeakAction.RevokeLater));
        await app.SetContactsAsync(organization, "first@planned.example", "second@planned.example");
        await using var there = await App.JoinAsync(app);
        Assert.True(await there.OpensAsync(key));
        app.Time.Jump(Hour - Life.Tick);
        await FollowAsync();
        Assert.True(await app.OpensAsync(key));

        app.Time.Jump(Life.Tick);
        var summary = JsonSerializer.SerializeToElement(await app.RunAsync<FollowAlerts>());
        Assert.Equal("follow-alerts", summary.GetProperty("Job").GetString());
        Assert.Equal(1, summary.GetProperty("Revoked").GetInt32());
        Assert.False(await app.OpensAsync(key));
        await Eventually.IsTrueAsync(async () => !await there.OpensAsync(key), "the other node knows");

        var alert = await app.AlertOfAsync(key.Id);
        Assert.Equal(
            (app.Now, null, RevocationReason.Leaked),
            (alert.Credential.RevokedAt, alert.Credential.RevokedBy, alert.Credential.RevokedBecause));
        Assert.Equal(Resolution.Revoked, alert.Resolution);
        var told = Assert.Single(await app.RowsAsync<AuditEvent>(all => all
            .Where(row => row.OrganizationId == organization.Id && row.Name == "revoked")));
        Assert.Equal(("SafetyCenter", "SafetyCenter revoked API key “leaked”."), (told.ActorName, told.Message));
        Assert.Equal(
            [(EmailKind.LeakClosed, "first@planned.example"), (EmailKind.LeakClosed, "second@planned.example")],
            (await app.ToldAsync(organization)).Where(email => email.Kind != EmailKind.LeakFound));

        // Once more: nothing is left to do, and the plan is forgotten.
        await FollowAsync();
        Assert.Null((await app.AlertOfAsync(key.Id)).RevokeAt);
        Assert.Equal(3, (await app.ToldAsync(organization)).Length);
    }

    [Fact]
    public async Task Whoever_objects_in_time_keeps_the_key_for_people_to_judge()
    {
        var (organization, key) = await LeakedAsync("Objected", RulesStage.Every(LeakAction.RevokeLater));
        await app.ActAsync(
            organization, key.Id, alert => alert.Hold("It is used by the shop.", organization.Admin.Id, app.Now));
        app.Time.Jump(Hour);
        await FollowAsync();
        Assert.True((await app.RowAsync(key.Id)).IsActive);
        Assert.Equal(
            [AlertEventKind.Raised, AlertEventKind.RevocationPlanned, AlertEventKind.Held],
            (await app.AlertOfAsync(key.Id)).Kinds());
    }

    [Fact]
    public async Task An_owner_is_told_of_their_own_key_and_putting_an_alert_off_is_no_objection()
    {
        var organization = await app.CreateOrganizationAsync("Owner", "ann@owner.example");
        var bob = await app.AddPersonAsync(organization, "bob@owner.example");
        var key = await app.IssueApplicationKeyAsync(bob, "tool");
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.RevokeLater));
        await app.ReportAsync(new Match(key.Secret));
        await app.ActAsync(
            organization, key.Id, alert => alert.Snooze(app.Now.AddDays(3), "Later.", organization.Admin.Id, app.Now));
        app.Time.Jump(Hour);
        await FollowAsync();
        Assert.False((await app.RowAsync(key.Id)).IsActive);
        Assert.Contains((EmailKind.OwnCredentialRevoked, "bob@owner.example"), await app.ToldAsync(organization));
    }

    [Fact]
    public async Task A_rotation_that_is_under_way_ends_the_old_key_by_itself_or_the_rule_does_at_the_latest()
    {
        var (organization, key) = await LeakedAsync("Rotated", RulesStage.Every(LeakAction.Rotate, minutes: 120));
        var late = await app.IssueApiKeyAsync(organization, "late");
        await app.ReportAsync(new Match(late.Secret));
        var admin = ApiCaller.AdminOf(app, organization);
        foreach (var (which, hours) in new[] { (key, 1), (late, 48) })
        {
            (await admin.PostAsync(
                Life.Path(which.Id, "rotate"), "rotations", new { retire_at = app.Now.AddHours(hours) }))
                .Must(System.Net.HttpStatusCode.Created);
        }

        app.Time.Jump(Hour);
        await app.RunAsync<EndCredentials>();
        await FollowAsync();
        Assert.Equal(Resolution.Rotated, (await app.AlertOfAsync(key.Id)).Resolution);
        Assert.True((await app.RowAsync(late.Id)).IsActive);
        app.Time.Jump(Hour);
        await FollowAsync();
        Assert.Equal(RevocationReason.Leaked, (await app.RowAsync(late.Id)).RevokedBecause);
        Assert.Equal(RevocationReason.Rotated, (await app.RowAsync(key.Id)).RevokedBecause);
    }

    [Fact]
    public async Task The_last_API_key_is_not_revoked_by_itself_and_the_contacts_are_told_what_to_do()
    {
        var organization = await app.CreateOrganizationAsync("Spared", "ann@spared.example");
        await app.SetContactsAsync(organization, "first@spared.example");
        var second = await app.IssueApiKeyAsync(organization, "second");
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.RevokeLater));
        await app.ReportAsync(new Match(organization.ApiKey.Secret), new Match(second.Secret));
        app.Time.Jump(Hour);
        await FollowAsync();
        var keys = new[] { await app.RowAsync(organization.ApiKey.Id), await app.RowAsync(second.Id) };
        var kept = Assert.Single(keys, key => key.IsActive);
        var alert = await app.AlertOfAsync(kept.Id);
        Assert.Equal(AlertEventKind.RevocationRefused, alert.Kinds()[^1]);
        Assert.Null(alert.RevokeAt);
        var email = Assert.Single(
            await app.EmailsAsync(EmailKind.RevocationRefused), row => row.OrganizationId == organization.Id);
        Assert.Equal("first@spared.example", email.Recipient);
        var words = (await app.WordsAsync(email))!;
        Assert.Contains($"“{kept.Name}” leaked and could not be revoked by itself", words.Subject, StringComparison.Ordinal);
        Assert.Contains($"/alerts/{alert.Id}", words.Text, StringComparison.Ordinal);
        await FollowAsync();
        Assert.Equal(2, (await app.AlertOfAsync(kept.Id)).Kinds().Count(kind => kind
            is AlertEventKind.RevocationRefused or AlertEventKind.RevocationPlanned));
    }

    [Fact]
    public async Task What_was_put_off_opens_again_at_its_time_and_whoever_had_it_is_told()
    {
        var (organization, key) = await LeakedAsync("Put off", new LeakRules());
        await app.SetContactsAsync(organization, "first@put-off.example", "second@put-off.example");
        var bea = await app.AddPersonAsync(organization, "bea@put-off.example", "Bea Boss", Role.AdminName);
        await app.ActAsync(organization, key.Id, alert =>
        {
            alert.Acknowledge(bea.Id, app.Now);
            alert.Snooze(app.Now.AddHours(5), "After the release.", bea.Id, app.Now);
        });
        app.Time.Jump((5 * Hour) - Life.Tick);
        await FollowAsync();
        Assert.Equal(AlertState.Snoozed, (await app.AlertOfAsync(key.Id)).State);
        app.Time.Jump(Life.Tick);
        await FollowAsync();
        await FollowAsync();
        var alert = await app.AlertOfAsync(key.Id);
        Assert.Equal((AlertState.Open, null), (alert.State, alert.AssigneeId));
        Assert.Equal(AlertEventKind.Woken, alert.Kinds()[^1]);
        var emails = (await app.EmailsAsync(EmailKind.LeakWoken)).Where(row => row.OrganizationId == organization.Id).ToList();
        Assert.Equal(["bea@put-off.example", "first@put-off.example"], emails.Select(row => row.Recipient));
        var words = (await app.WordsAsync(emails[0]))!;
        Assert.Contains("open again", words.Subject, StringComparison.Ordinal);
        Assert.Contains($"/alerts/{alert.Id}", words.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_overdue_is_told_to_contacts_and_admins_when_it_becomes_so_and_daily_three_times_in_all()
    {
        var (organization, key) = await LeakedAsync("Overdue", new LeakRules { CriticalDueHours = 24 });
        await app.SetContactsAsync(organization, "first@overdue.example", "second@overdue.example");
        app.Time.Jump(TimeSpan.FromDays(1) - Life.Tick);
        Assert.Empty(await AfterAsync());
        app.Time.Jump(Life.Tick);
        string[] everybody = ["admin@overdue.example", "first@overdue.example", "second@overdue.example"];
        Assert.Equal(everybody, (await AfterAsync()).Select(email => email.Recipient));
        Assert.Equal(3, (await AfterAsync()).Count);
        foreach (var (days, emails) in new[] { (1, 6), (1, 9), (1, 9), (5, 9) })
        {
            app.Time.Jump(TimeSpan.FromDays(days));
            Assert.Equal(emails, (await AfterAsync()).Count);
        }

        var alert = await app.AlertOfAsync(key.Id);
        Assert.Equal(3, alert.Kinds().Count(kind => kind == AlertEventKind.Overdue));
        var words = (await app.WordsAsync((await AfterAsync())[0]))!;
        Assert.Contains("is overdue", words.Subject, StringComparison.Ordinal);
        Assert.Contains("nobody", words.Text, StringComparison.Ordinal);

        // Resolved before it went out: there is nothing left to say.
        await app.RevokeAsync(organization, key);
        Assert.Null(await app.WordsAsync((await AfterAsync())[0]));

        async Task<List<Email>> AfterAsync()
        {
            await FollowAsync();
            return [.. (await app.EmailsAsync(EmailKind.LeakOverdue)).Where(row => row.OrganizationId == organization.Id)];
        }
    }

    [Fact]
    public async Task What_is_resolved_or_put_off_is_not_overdue()
    {
        var (organization, revoked) = await LeakedAsync("Not overdue", new LeakRules());
        var dismissed = await app.IssueApiKeyAsync(organization, "dismissed");
        var snoozed = await app.IssueApiKeyAsync(organization, "snoozed");
        await app.ReportAsync(new Match(dismissed.Secret), new Match(snoozed.Secret));
        await app.RevokeAsync(organization, revoked);
        await app.ActAsync(organization, dismissed.Id, alert => alert.Dismiss(
            Resolution.UsedInTests, "A test.", organization.Admin.Id, app.Now));
        await app.ActAsync(organization, snoozed.Id, alert => alert.Snooze(
            app.Now.AddDays(9), "Next week.", organization.Admin.Id, app.Now));
        app.Time.Jump(TimeSpan.FromDays(8));
        await FollowAsync();
        Assert.DoesNotContain(
            await app.EmailsAsync(EmailKind.LeakOverdue), email => email.OrganizationId == organization.Id);
    }

    [Fact]
    public async Task Whoever_is_disabled_has_their_alerts_no_more()
    {
        var (organization, key) = await LeakedAsync("Gone", new LeakRules());
        var bea = await app.AddPersonAsync(organization, "bea@gone.example", "Bea Boss", Role.AdminName);
        await app.ActAsync(organization, key.Id, alert => alert.Acknowledge(bea.Id, app.Now));
        await app.DisableAsync(bea.Id);
        var alert = await app.AlertOfAsync(key.Id);
        Assert.Equal((AlertState.Open, null, null), (alert.State, alert.AssigneeId, alert.AcknowledgedAt));
        Assert.Equal([AlertEventKind.Raised, AlertEventKind.Acknowledged, AlertEventKind.Released], alert.Kinds());
    }

    [Fact]
    public async Task With_nothing_to_do_it_asks_twice_and_changes_nothing_and_more_than_a_batch_is_done_in_one_run()
    {
        var organization = await app.CreateOrganizationAsync("Batches");
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.RevokeLater));
        var secrets = await app.IssueManyAsync(organization, FollowAlerts.BatchMax + 5);
        await app.ReportAsync([.. secrets.Select(secret => new Match(secret))]);
        app.Time.Jump(Hour);
        await FollowAsync();
        var keys = await app.RowsAsync<ApiKey>(all => all
            .Where(key => key.OrganizationId == organization.Id && key.Name != "main"));
        Assert.Equal(FollowAlerts.BatchMax + 5, keys.Count(key => key.RevokedBecause == RevocationReason.Leaked));

        // Nobody reads two hundred emails: the rest is one that says so.
        var told = await app.ToldAsync(organization);
        Assert.Equal(20, told.Count(email => email.Kind == EmailKind.LeakClosed));
        Assert.Single(told, email => email.Kind == EmailKind.MoreLeaks);

        using var statements = new Statements();
        using (var activity = new Activity("follow").SetParentId(statements.TraceParent).Start())
        {
            await FollowAsync();
        }

        Assert.Equal(2, statements.Texts.Count);
    }

    private async Task<(TestOrganization Organization, IssuedKey Key)> LeakedAsync(string name, LeakRules rules)
    {
        var organization = await app.CreateOrganizationAsync(name);
        var key = await app.IssueApiKeyAsync(organization, "leaked");
        await app.SetRulesAsync(organization, rules);
        await app.ReportAsync(new Match(key.Secret));
        return (organization, key);
    }

    private async Task FollowAsync() => await app.RunAsync<FollowAlerts>();
}
