using AngleSharp.Html.Dom;
using SafetyCenter.Tests.Leaks;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>The list of alerts and what the Overview says of them.</summary>
public sealed class AlertListTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task It_is_sorted_and_filtered_by_state_severity_and_whose_it_is_and_the_Overview_counts()
    {
        var organization = await stage.CreateOrganizationAsync("Listed", adminName: "Ann Admin");
        var incidents = new Dictionary<string, Incident>();
        foreach (var name in new[] { "snoozed", "dismissed", "revoked", "taken", "open", "private" })
        {
            var incident = await stage.IncidentAsync(organization, await stage.IssueApiKeyAsync(organization, name));
            incidents[name] = incident;
            await (name == "private"
                ? incident.ReportPrivatelyAsync("wiki/1", "listed")
                : incident.ReportAsync($"https://listed.example/{name}"));
            stage.Time.Jump(TimeSpan.FromSeconds(1));
        }

        await incidents["taken"].ReportAsync("https://listed.example/more");
        await incidents["snoozed"].SnoozeAsync(30);
        await incidents["dismissed"].DismissAsync();
        await incidents["revoked"].DoAsync("Revoke");
        await incidents["taken"].DoAsync("Acknowledge");
        Assert.Equal(["private", "open", "taken", "snoozed", "revoked", "dismissed"], await NamesAsync(""));
        Assert.Equal(["private", "open"], await NamesAsync("?state=open"));
        Assert.Equal(["taken"], await NamesAsync("?state=acknowledged"));
        Assert.Equal(["snoozed"], await NamesAsync("?state=snoozed"));
        Assert.Equal(["dismissed"], await NamesAsync("?state=dismissed"));
        Assert.Equal(["revoked", "dismissed"], await NamesAsync("?state=resolved"));
        Assert.Equal(["private"], await NamesAsync("?severity=high"));
        Assert.Equal(["taken"], await NamesAsync("?mine=true"));
        Assert.Empty(await NamesAsync("?state=overdue"));
        var page = await PageAsync("");
        Assert.Contains("Dismissed, still active", TextOf(page, "dismissed"), StringComparison.Ordinal);
        Assert.Contains("Ann Admin has it. Seen at 2 places.", TextOf(page, "taken"), StringComparison.Ordinal);
        Assert.Contains("Put off, opens again", TextOf(page, "snoozed"), StringComparison.Ordinal);
        Assert.Contains("Found where it must not be", TextOf(page, "private"), StringComparison.Ordinal);
        Assert.Contains("Due", TextOf(page, "open"), StringComparison.Ordinal);
        Assert.Equal(("4", null, "1", "1"), await OverviewAsync());

        // What is critical is due in a day, what was put off is not.
        stage.Time.Jump(TimeSpan.FromHours(25));
        Assert.Equal(["open", "taken"], await NamesAsync("?state=overdue"));
        Assert.Contains("Overdue since", TextOf(await PageAsync(""), "open"), StringComparison.Ordinal);
        Assert.Equal(("4", "2", "1", "1"), await OverviewAsync());

        async Task<IHtmlDocument> PageAsync(string query)
        {
            using var ann = await stage.SignedInAsync(organization.Admin);
            return await ann.PageAsync(organization.SafetyCenter($"alerts{query}"));
        }

        async Task<List<string>> NamesAsync(string query)
        {
            var cards = (await PageAsync(query)).QuerySelectorAll("[data-alert]");
            return [.. cards.Select(card => incidents.Single(
                pair => $"{pair.Value.Key.Id}" == card.GetAttribute("data-subject")).Key)];
        }

        string TextOf(IHtmlDocument page, string name) => page.TextOf($"[data-subject='{incidents[name].Key.Id}']");

        async Task<(string? Open, string? Overdue, string? Snoozed, string? Dismissed)> OverviewAsync()
        {
            using var ann = await stage.SignedInAsync(organization.Admin);
            var card = (await ann.PageAsync(organization.SafetyCenter())).QuerySelector("[data-rule=security-alerts]")!;
            return (
                card.QuerySelector("[data-count]")!.GetAttribute("data-count"), Of("overdue"), Of("snoozed"), Of("dismissed"));

            string? Of(string name) => card.QuerySelector($"[data-{name}]")?.GetAttribute($"data-{name}");
        }
    }

    [Fact]
    public async Task Pages_of_it_keep_the_filters_and_cost_the_same_for_many_alerts()
    {
        var organization = await stage.CreateOrganizationAsync("Many listed");
        using var ann = await stage.SignedInAsync(organization.Admin);
        var here = organization.SafetyCenter("alerts");
        await ReportAsync(await stage.IssueManyAsync(organization, 2));
        var few = await CredentialStage.CostAsync(ann, here);
        var many = await stage.IssueManyAsync(organization, 120);
        await ReportAsync(many);
        Assert.Equal(few, await CredentialStage.CostAsync(ann, here));
        Assert.InRange(few, 1, 6);

        await stage.InScopeAsync(db => Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlAsync(
            db.Database,
            $"""
            UPDATE alerts SET dismissed_at = {stage.Now}, dismissed_by = {organization.Admin.Id.Value}, dismissed_as = 'WontFix'
            WHERE organization_id = {organization.Id.Value}
            """));
        var seen = new List<string>();
        for (var address = $"{here}?state=dismissed&severity=critical"; address is not null;)
        {
            var page = await ann.PageAsync(address);
            seen.AddRange(page.QuerySelectorAll("[data-alert]").Select(card => card.GetAttribute("data-alert")!));
            address = page.QuerySelectorAll("a").SingleOrDefault(link => link.TextContent == "Older alerts")
                ?.GetAttribute("href");
            Assert.True(address?.Contains("state=dismissed&severity=critical", StringComparison.Ordinal) != false);
        }

        Assert.Equal(122, seen.Distinct().Count());
        Assert.Equal(122, seen.Count);

        Task ReportAsync(string[] secrets) => stage.ReportAsync([.. secrets.Select(secret => new Match(secret))]);
    }

    [Fact]
    public async Task A_filter_that_is_none_shows_everything()
    {
        var (incident, organization) = await stage.IncidentAsync("Odd filter");
        await incident.ReportAsync("https://odd.example/a");
        using var ann = await stage.SignedInAsync(organization.Admin);
        foreach (var query in new[] { "state=nonsense", "severity=99", "mine=perhaps", "after=nonsense" })
        {
            var page = await ann.PageAsync(organization.SafetyCenter($"alerts?{query}"));
            Assert.NotNull(page.QuerySelector("form[aria-label='Which alerts']"));
        }
    }
}
