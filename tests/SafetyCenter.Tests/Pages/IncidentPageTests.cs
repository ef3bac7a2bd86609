using System.Net;
using AngleSharp.Html.Dom;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Leaks;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>The page of an alert as that of an incident: its clock, who called, the steps, the history, the buttons.</summary>
public sealed class IncidentPageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task The_clock_tells_what_happened_when_who_did_it_and_how_long_after_the_report()
    {
        var (incident, organization) = await stage.IncidentAsync("Clock");
        await incident.ReportAsync("https://clock.example/a");
        await stage.WaitForSentAsync(organization);
        var reported = stage.Now;
        stage.Time.Jump(TimeSpan.FromMinutes(10));
        var page = await incident.PageAsync();
        Assert.Equal(("GitHub", $"{reported:yyyy-MM-ddTHH:mm:ssZ}"), HandOf(page, "detected"));
        Assert.Equal("security@clock.example", HandOf(page, "told").By);
        Assert.Equal(("Ann Admin", $"{stage.Now:yyyy-MM-ddTHH:mm:ssZ}"), HandOf(page, "seen"));
        Assert.Contains("10 minutes after", page.TextOf("[data-hand=seen]"), StringComparison.Ordinal);
        string[] later = ["revoked", "replaced", "reviewed"];
        Assert.All(later, name => Assert.Null(HandOf(page, name).At));
        Assert.Equal(["Ann Admin seen"], await incident.AuditAsync());

        // A second look is not the first.
        var seen = stage.Now;
        stage.Time.Jump(TimeSpan.FromMinutes(50));
        await incident.DoAsync("Revoke");
        await incident.DoAsync("Tick", ("step", "3"), ("done", "true"));
        stage.Time.Jump(TimeSpan.FromHours(1));
        await incident.DoAsync("Tick", ("step", "5"), ("done", "true"));
        page = await incident.PageAsync();
        Assert.Equal($"{seen:yyyy-MM-ddTHH:mm:ssZ}", HandOf(page, "seen").At);
        Assert.Contains("1 hour after", page.TextOf("[data-hand=revoked]"), StringComparison.Ordinal);
        Assert.Contains("1 hour after", page.TextOf("[data-hand=replaced]"), StringComparison.Ordinal);
        Assert.Contains("2 hours after", page.TextOf("[data-hand=reviewed]"), StringComparison.Ordinal);
        await incident.DoAsync("Tick", ("step", "5"), ("done", "false"));
        Assert.Null(HandOf(await incident.PageAsync(), "reviewed").At);
    }

    [Fact]
    public async Task Of_admins_who_look_at_the_same_time_one_is_the_first()
    {
        var (incident, _) = await stage.IncidentAsync("Looked at");
        await incident.ReportAsync("https://looked.example/a");
        await incident.AddressAsync();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => incident.PageAsync()));
        Assert.Single((await incident.RowAsync()).Events, happened => happened.Kind == AlertEventKind.Seen);
        Assert.Equal(["Ann Admin seen"], await incident.AuditAsync());
    }

    [Fact]
    public async Task Callers_since_the_report_are_told_apart_from_those_before_and_new_ones_are_marked()
    {
        var (incident, _) = await stage.IncidentAsync("Callers");
        await CallAsync("before/1");
        await CallAsync("regular/1");
        stage.Time.Jump(TimeSpan.FromHours(1));
        await incident.ReportAsync("https://callers.example/a");
        stage.Time.Jump(TimeSpan.FromHours(1));
        await CallAsync("regular/1");
        await CallAsync("thief/1");
        var page = await incident.PageAsync();
        var since = page.QuerySelectorAll("[data-callers] li")
            .Select(item => (item.QuerySelector(".place")!.TextContent, item.QuerySelector(".badge")?.TextContent));
        Assert.Equal([("regular/1", null), ("thief/1", "New")], since.Order());
        var before = Assert.Single(page.QuerySelectorAll("[data-callers-before] li"));
        Assert.Contains("before/1", before.TextContent, StringComparison.Ordinal);

        async Task CallAsync(string client) =>
            Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("DD-API-KEY", incident.Key.Secret, client: client));
    }

    [Fact]
    public async Task Steps_are_ticked_one_by_one_the_first_by_revoking_and_the_third_by_a_replacement()
    {
        var (_, organization) = await stage.IncidentAsync("Steps");
        var key = await stage.IssueApplicationKeyAsync(organization.Admin, "leaked app key");
        var incident = await stage.IncidentAsync(organization, key);
        await incident.ReportAsync("https://steps.example/a");
        var page = await incident.PageAsync();
        Assert.Equal("false false false false false", DoneOf(page));
        Assert.Null(page.QuerySelector("[data-step='1'] button"));
        Assert.Equal(
            organization.Settings($"credentials/{key.Id}/rotate"),
            page.QuerySelectorAll("a").Single(link => link.TextContent == "Create replacement").GetAttribute("href"));

        using var ann = await stage.SignedInAsync(organization.Admin);
        var here = await incident.AddressAsync();
        using var ticked = await ann.PostFormAsync(here, "Mark done", "[data-step='2']");
        Assert.Equal("Step 2 is done.", await ann.DoneAsync(ticked));
        using var rotated = await ann.PostFormAsync(organization.Settings($"credentials/{key.Id}/rotate"), "Rotate");
        await rotated.SecretAsync(stage);
        page = await incident.PageAsync();
        Assert.Equal("false true true false false", DoneOf(page));
        Assert.Equal("a rotation", HandOf(page, "replaced").By);
        Assert.DoesNotContain(page.QuerySelectorAll("a"), link => link.TextContent == "Create replacement");

        using var undone = await ann.PostFormAsync(here, "Not done yet", "[data-step='2']");
        Assert.Equal("Step 2 is not done yet.", await ann.DoneAsync(undone));
        await incident.DoAsync("Revoke");
        Assert.Equal("true false true false false", DoneOf(await incident.PageAsync()));
        foreach (var step in new[] { "1", "6", "0", "-1", "" })
        {
            using var refused = await incident.TryAsync("Tick", ("step", step), ("done", "true"));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    [Fact]
    public async Task The_review_counts_what_was_added_or_changed_since_and_links_to_the_audit_trail_that_lists_it()
    {
        var (incident, organization) = await stage.IncidentAsync("Review");
        stage.Time.Jump(TimeSpan.FromDays(2));
        await incident.ReturnAsync();
        await incident.ReportAsync("https://review.example/a");
        Assert.Equal(["0", "0", "0", "0"], CountsOf(await incident.PageAsync()));
        await stage.AddPersonAsync(organization, "mallory@review.example");
        await stage.AddPersonWhoMayAsync(organization, "dashboards_read");
        await stage.IssueApiKeyAsync(organization, "new one");
        await stage.IssueApplicationKeyAsync(organization.Admin, "new two");
        var page = await incident.PageAsync();
        Assert.Equal(["2", "0", "1", "2"], CountsOf(page));

        using var ann = await stage.SignedInAsync(organization.Admin);
        foreach (var review in page.QuerySelectorAll("[data-reviews] li"))
        {
            var audit = await ann.PageAsync(review.QuerySelector("a")!.GetAttribute("href")!);
            Assert.Equal(review.GetAttribute("data-count"), $"{audit.QuerySelectorAll("[data-event]").Length}");
        }

        static IEnumerable<string?> CountsOf(IHtmlDocument page) =>
            page.QuerySelectorAll("[data-reviews] li").Select(item => item.GetAttribute("data-count"));
    }

    [Fact]
    public async Task The_history_tells_everything_newest_first_with_what_was_written()
    {
        var (incident, organization) = await stage.IncidentAsync("History");
        await incident.ReportPrivatelyAsync("wiki/1", "history");
        await stage.WaitForSentAsync(organization);
        string[] acts = ["Acknowledge", "Release"];
        foreach (var act in acts)
        {
            stage.Time.Jump(TimeSpan.FromMinutes(1));
            await incident.DoAsync(act);
        }

        stage.Time.Jump(TimeSpan.FromMinutes(1));
        await incident.DoAsync("Comment", ("comment", "<b>Two</b>\r\nlines\u202e"));
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        await incident.SnoozeAsync();
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        await incident.DoAsync("Revoke");
        var page = await incident.PageAsync();
        var lines = page.QuerySelectorAll("[data-history] li .place").Select(line => line.TextContent.Trim()).ToList();
        string[] wanted =
        [
            "The key was ended by Ann Admin.", "Ann Admin put it off until", "Ann Admin wrote:", "Ann Admin gave it back.",
            "Ann Admin took it on.", "Reported by Our scanner.",
        ];
        var at = -1;
        foreach (var line in wanted)
        {
            var found = lines.FindIndex(words => words.StartsWith(line, StringComparison.Ordinal));
            Assert.True(found > at, $"“{line}” is not in its place in: {string.Join(" | ", lines)}");
            at = found;
        }

        Assert.Contains("Ann Admin looked at it for the first time.", lines);
        Assert.Contains("Email to security@history.example, that it was found, was sent.", lines);
        Assert.Contains(
            page.QuerySelectorAll("[data-history] .comment"), comment => comment.TextContent == "<b>Two</b>\nlines\\u202e");
        var place = page.TextOf("[data-place]");
        Assert.Contains("Not public", place, StringComparison.Ordinal);
        Assert.Contains("reported by Our scanner", place, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_state_has_its_buttons_and_no_button_can_be_taken_for_another()
    {
        var (incident, _) = await stage.IncidentAsync("Buttons");
        await incident.ReportAsync("https://buttons.example/a");
        await ShowsAsync("open", "Revoke", "Acknowledge", "Assign", "Snooze", "Dismiss");
        await incident.DoAsync("Acknowledge");
        await ShowsAsync("acknowledged", "Revoke", "Give back", "Assign", "Snooze", "Dismiss");
        await incident.SnoozeAsync();
        await ShowsAsync("snoozed", "Revoke", "Acknowledge", "Give back", "Assign", "Snooze", "Dismiss");
        await incident.DismissAsync();
        var page = await ShowsAsync("resolved", "Revoke", "Reopen");
        Assert.Equal("active", page.TextOf("[data-validity]"));
        await incident.DoAsync("Revoke");
        page = await ShowsAsync("resolved");
        Assert.Equal("revoked", page.TextOf("[data-validity]"));

        async Task<IHtmlDocument> ShowsAsync(string state, params string[] buttons)
        {
            var page = await incident.PageAsync();
            Assert.Equal(state, page.QuerySelector("[data-alert]")!.GetAttribute("data-state"));
            var shown = page.Buttons().Where(button => button is not ("Mark done" or "Not done yet" or "Comment"));
            Assert.Equal(buttons, shown);
            var all = page.Buttons().Distinct().ToList();
            Assert.DoesNotContain(all, one => all.Any(
                other => other != one && other.Contains(one, StringComparison.OrdinalIgnoreCase)));
            return page;
        }
    }

    [Fact]
    public async Task After_a_refusal_the_form_stands_open_with_what_was_typed()
    {
        var (incident, _) = await stage.IncidentAsync("Refused");
        await incident.ReportAsync("https://refused.example/a");
        using var refused = await incident.TryAsync("Dismiss", ("comment", "Nobody <reads> it."), ("reason", ""));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var page = await refused.ReadAsync();
        Assert.Contains("Say why", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        var open = Assert.Single(page.QuerySelectorAll("details[open]"));
        Assert.Equal("Nobody <reads> it.", open.QuerySelector("textarea")!.TextContent);
        Assert.Equal("", page.QuerySelector("#snooze-comment")!.TextContent);
    }

    [Fact]
    public async Task The_page_costs_the_same_for_a_long_incident_and_at_most_eight_statements()
    {
        var (incident, organization) = await stage.IncidentAsync("Costs");
        await incident.ReportAsync("https://costs.example/0");
        using var ann = await stage.SignedInAsync(organization.Admin);
        var here = await incident.AddressAsync();
        var few = await CredentialStage.CostAsync(ann, here);
        for (var number = 1; number < 15; number++)
        {
            await incident.ReportAsync($"https://costs.example/{number}");
            await incident.DoAsync("Comment", ("comment", $"Note {number}"));
            await stage.AddPersonAsync(organization, $"p{number}@costs.example", role: "Datadog Admin Role");
        }

        await stage.AddCallersAsync(incident.Key.Id, 0, 20, 3);
        await incident.DismissAsync();
        await incident.ReportAsync("https://costs.example/again");
        Assert.Equal(few, await CredentialStage.CostAsync(ann, here));
        Assert.InRange(few, 1, 8);
    }

    [Fact]
    public async Task Nobody_of_another_organization_can_do_anything_to_it()
    {
        var (incident, _) = await stage.IncidentAsync("Mine");
        await incident.ReportAsync("https://mine.example/a");
        var (other, globex) = await stage.IncidentAsync("Theirs");
        await other.ReportAsync("https://theirs.example/a");
        using var carl = await stage.SignedInAsync(globex.Admin);
        var id = (await incident.RowAsync()).Id;
        foreach (var act in new[] { "Assign", "Release", "Snooze", "Dismiss", "Reopen", "Object", "Comment", "Tick" })
        {
            using var answer = await carl.ForceAsync(
                globex.SafetyCenter("alerts"),
                $"{globex.SafetyCenter($"alerts/{id}")}?handler={act}",
                ("comment", "Mine now."), ("days", "3"), ("reason", "WontFix"), ("step", "2"), ("done", "true"));
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{act} answered {(int)answer.StatusCode}");
        }

        Assert.Equal([AlertEventKind.Raised], (await incident.RowAsync()).Events.Select(happened => happened.Kind));
    }

    private static string DoneOf(IHtmlDocument page) => string.Join(
        ' ', page.QuerySelectorAll("[data-step]").Select(step => step.GetAttribute("data-done")));

    private static (string By, string? At) HandOf(IHtmlDocument page, string name)
    {
        var row = page.QuerySelector($"[data-hand={name}]")!;
        return (row.QuerySelector("td:last-child")!.TextContent.Trim(), row.QuerySelector("time")?.GetAttribute("datetime"));
    }
}
