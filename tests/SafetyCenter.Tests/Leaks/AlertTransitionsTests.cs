using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary>What cannot be done to an alert in each of its states: it is said, and changes nothing.</summary>
public sealed class AlertTransitionsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    // There is nothing to do, which is no fault of whoever asked twice: back to the page.
    private const HttpStatusCode Nothing = HttpStatusCode.Redirect;

    private static readonly Dictionary<string, (string Act, HttpStatusCode Status)[]> Forbidden = new()
    {
        ["Open"] =
        [
            ("Release", Nothing), ("Reopen", HttpStatusCode.Conflict), ("Object", HttpStatusCode.Conflict),
            ("Unheard of", HttpStatusCode.NotFound),
        ],
        ["Acknowledged"] =
        [
            ("Acknowledge", Nothing), ("Assign", Nothing), ("Reopen", HttpStatusCode.Conflict),
            ("Object", HttpStatusCode.Conflict),
        ],
        ["Snoozed"] =
        [
            ("Release", Nothing), ("Reopen", HttpStatusCode.Conflict), ("Object", HttpStatusCode.Conflict),
        ],
        ["Dismissed"] =
        [
            ("Acknowledge", HttpStatusCode.Conflict), ("Assign", HttpStatusCode.Conflict), ("Release", Nothing),
            ("Snooze", HttpStatusCode.Conflict), ("Dismiss", HttpStatusCode.Conflict), ("Object", HttpStatusCode.Conflict),
        ],
        ["Revoked"] =
        [
            ("Acknowledge", HttpStatusCode.Conflict), ("Assign", HttpStatusCode.Conflict), ("Release", Nothing),
            ("Snooze", HttpStatusCode.Conflict), ("Dismiss", HttpStatusCode.Conflict), ("Reopen", HttpStatusCode.Conflict),
            ("Object", HttpStatusCode.Conflict), ("Revoke", Nothing),
        ],
    };

    public static TheoryData<string> States => [.. Forbidden.Keys];

    [Theory]
    [MemberData(nameof(States))]
    public async Task What_the_table_does_not_allow_is_refused_and_leaves_no_trace(string state)
    {
        var (incident, organization) = await stage.IncidentAsync($"Forbidden {state}");
        await incident.ReportAsync($"https://forbidden.example/{state}");
        switch (state)
        {
            case "Acknowledged":
                await incident.DoAsync("Acknowledge");
                break;
            case "Snoozed":
                await incident.SnoozeAsync();
                break;
            case "Dismissed":
                await incident.DismissAsync();
                break;
            case "Revoked":
                await incident.DoAsync("Revoke");
                break;
        }

        // A page that is refused is shown, and that is a first look.
        await incident.PageAsync();
        var before = await incident.RowAsync();
        var audited = await incident.AuditAsync();
        foreach (var (act, status) in Forbidden[state])
        {
            using var answer = await incident.TryAsync(
                act, ("assignee", $"{organization.Admin.Id}"), ("days", "3"), ("reason", "WontFix"), ("comment", "Said."));
            Assert.True(answer.StatusCode == status, $"{act} of {state}: {(int)answer.StatusCode}");
            if (status == HttpStatusCode.Conflict)
            {
                Assert.NotEmpty((await answer.ReadAsync()).QuerySelector("[role=alert]")!.TextContent.Trim());
            }
        }

        var after = await incident.RowAsync();
        Assert.Equal(
            before.Events.Select(happened => happened.Id), after.Events.Select(happened => happened.Id));
        Assert.Equal(
            (before.State, before.AssigneeId, before.SnoozedUntil, before.DismissedAs, before.Credential.RevokedAt),
            (after.State, after.AssigneeId, after.SnoozedUntil, after.DismissedAs, after.Credential.RevokedAt));
        Assert.Equal(audited, await incident.AuditAsync());
    }

    [Fact]
    public async Task Whoever_takes_on_or_gives_away_what_was_put_off_ends_the_putting_off()
    {
        var (incident, organization) = await stage.IncidentAsync("Taken early");
        await incident.ReportAsync("https://early.example/a");
        await incident.SnoozeAsync();
        await incident.DoAsync("Acknowledge");
        Assert.Equal(AlertState.Acknowledged, await incident.StateAsync());
        await incident.SnoozeAsync();
        await incident.DoAsync("Assign", ("assignee", $"{organization.Admin.Id}"));
        var alert = await incident.RowAsync();
        Assert.Equal((AlertState.Acknowledged, null), (alert.State, alert.SnoozedUntil));
    }

    [Fact]
    public async Task An_admin_can_object_only_while_the_rules_plan_something()
    {
        var (incident, organization) = await stage.IncidentAsync("Objecting");
        await stage.SetRulesAsync(
            organization,
            new() { ApiKeys = new(LeakAction.RevokeLater, 30) });
        await incident.ReportAsync("https://objecting.example/a");
        var page = await incident.PageAsync();
        Assert.Contains("unless somebody objects", page.QuerySelector("#planned")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Object", page.Buttons());
        using (var silent = await incident.TryAsync("Object", ("comment", " ")))
        {
            Assert.Equal(HttpStatusCode.BadRequest, silent.StatusCode);
        }

        await incident.DoAsync("Object", ("comment", "The nightly job still needs it."));
        var alert = await incident.RowAsync();
        Assert.Null(alert.RevokeAt);
        Assert.Equal(AlertState.Open, alert.State);
        page = await incident.PageAsync();
        Assert.DoesNotContain("Object", page.Buttons());
        Assert.Contains("The nightly job still needs it.", page.TextOf("[data-history]"), StringComparison.Ordinal);
        using var again = await incident.TryAsync("Object", ("comment", "Again."));
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }
}
