using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Leaks;

/// <summary>The rest of the rows: what becomes of an alert that is resolved, and what no longer can.</summary>
public sealed class ResolvedRowsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
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
        Assert.Equal(["Ann Admin dismissed", "Ann Admin seen"], await incident.AuditAsync());

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

    private static async Task<(string? Open, string? Dismissed)> CountsAsync(HttpClient admin, TestOrganization organization)
    {
        var card = (await admin.PageAsync(organization.SafetyCenter())).QuerySelector("[data-rule=security-alerts]")!;
        return (card.QuerySelector("[data-count]")!.GetAttribute("data-count"),
            card.QuerySelector("[data-dismissed]")?.GetAttribute("data-dismissed"));
    }
}
