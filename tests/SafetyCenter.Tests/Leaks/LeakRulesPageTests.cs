using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Leaks;

/// <summary>The page on which an organization says how it answers leaks, and tries it first.</summary>
public sealed class LeakRulesPageTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Page = "configuration/leaks";

    [Fact]
    public async Task What_is_saved_is_in_force_shown_and_told()
    {
        var organization = await app.CreateOrganizationAsync("Saving");
        using var admin = await app.SignedInAsync(organization.Admin);
        var link = (await admin.PageAsync(organization.SafetyCenter("configuration")))
            .QuerySelector($"a[href='{organization.SafetyCenter(Page)}']");
        Assert.NotNull(link);
        using var saved = await admin.PostFormAsync(
            organization.SafetyCenter(Page),
            "Save",
            ("Typed.ApiKeys.Action", "RevokeLater"), ("Typed.ApiKeys.Minutes", "90"),
            ("Typed.AccessTokens.Action", "Revoke"),
            ("Typed.OAuthApps.Action", "Rotate"), ("Typed.OAuthApps.Minutes", "1440"),
            ("Typed.RevokesShown", "false"), ("Typed.CriticalDueHours", "4"));
        Assert.Equal(HttpStatusCode.Redirect, saved.StatusCode);
        var rules = await RulesAsync(organization);
        Assert.Equal(
            new LeakRules
            {
                ApiKeys = new LeakResponse(LeakAction.RevokeLater, 90),
                AccessTokens = new LeakResponse(LeakAction.Revoke, 60),
                OAuthApps = new LeakResponse(LeakAction.Rotate, 1440),
                RevokesShown = false,
                CriticalDueHours = 4,
            },
            rules);

        var page = await admin.PageAsync(saved.Headers.Location!.ToString());
        Assert.Contains("Saved", page.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(
            "RevokeLater",
            page.QuerySelector("[data-kind=ApiKeys] option[selected]")!.GetAttribute("value"));
        Assert.Equal("90", page.QuerySelector("[name='Typed.ApiKeys.Minutes']")!.GetAttribute("value"));
        Assert.Null(page.QuerySelector("[name='Typed.RevokesShown'][checked]"));
        Assert.NotNull(page.QuerySelector("[name='Typed.ReopensWhenSeenAgain'][checked]"));
        Assert.Single(await app.RowsAsync<AuditEvent>(all => all
            .Where(row => row.OrganizationId == organization.Id && row.Name == "leak_rules_changed")));
    }

    [Theory]
    [InlineData("Typed.ApiKeys.Minutes", "0", "between 1 and 20160 minutes")]
    [InlineData("Typed.OAuthApps.Minutes", "20161", "between 1 and 20160 minutes")]
    [InlineData("Typed.HighDueHours", "721", "1 to 720 hours")]
    [InlineData("Typed.CriticalDueHours", "", "1 to 720 hours")]
    [InlineData("Typed.ApplicationKeys.Action", "Shout", "Choose an answer for each kind")]
    [InlineData("Typed.ApiKeys.Minutes", "soon", "Choose an answer for each kind")]
    public async Task What_cannot_be_is_refused_with_what_was_typed_kept_by_either_button(
        string field, string value, string because)
    {
        var organization = await app.CreateOrganizationAsync($"Refused {field} {value}");
        using var admin = await app.SignedInAsync(organization.Admin);
        foreach (var button in new[] { "Save", "Try" })
        {
            using var refused = await admin.PostFormAsync(
                organization.SafetyCenter(Page), button, ("Typed.AccessTokens.Action", "Revoke"), (field, value));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            var page = await refused.DocumentAsync();
            Assert.Contains(because, page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
            Assert.Null(page.QuerySelector("[data-tried]"));
            Assert.Equal(
                "Revoke", page.QuerySelector("[data-kind=AccessTokens] option[selected]")!.GetAttribute("value"));
        }

        Assert.Equal(new LeakRules(), await RulesAsync(organization));
    }

    [Fact]
    public async Task A_form_that_says_nothing_is_refused()
    {
        var organization = await app.CreateOrganizationAsync("Nothing said");
        using var admin = await app.SignedInAsync(organization.Admin);
        foreach (var handler in new[] { "Save", "Try" })
        {
            using var refused = await admin.PostWithTokenOfAsync(
                organization.SafetyCenter(Page), $"{organization.SafetyCenter(Page)}?handler={handler}");
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Saving_asks_who_it_is_after_ten_minutes_and_trying_does_not()
    {
        var organization = await app.CreateOrganizationAsync("Proof");
        using var admin = await app.SignedInAsync(organization.Admin);
        app.Time.Advance(TimeSpan.FromMinutes(10));
        using var tried = await admin.PostFormAsync(organization.SafetyCenter(Page), "Try");
        Assert.Equal(HttpStatusCode.OK, tried.StatusCode);
        using var asked = await admin.PostFormAsync(
            organization.SafetyCenter(Page), "Save", ("Typed.ApiKeys.Action", "Revoke"));
        Assert.Equal(HttpStatusCode.Forbidden, asked.StatusCode);
        using var saved = await admin.SendOnAsync(asked, ("proof_password", People.Password));
        Assert.Equal(HttpStatusCode.Redirect, saved.StatusCode);
        Assert.Equal(LeakAction.Revoke, (await RulesAsync(organization)).ApiKeys.Action);
    }

    [Fact]
    public async Task A_try_tells_what_the_rules_would_have_done_to_the_leaks_of_this_organization_and_saves_nothing()
    {
        var organization = await app.CreateOrganizationAsync("Trying");
        var other = await app.CreateOrganizationAsync("Somebody else");
        await app.ReportAsync(new Match(other.ApiKey.Secret), new Match(other.ApplicationKey.Secret));

        // The last key then; another came later. It is used before the report and after it.
        Assert.True(await app.OpensAsync(organization.ApiKey));
        app.Time.Jump(TimeSpan.FromDays(1));
        await app.ReportAsync(new Match(organization.ApiKey.Secret));
        app.Time.Jump(TimeSpan.FromMinutes(1));
        var used = await app.IssueApiKeyAsync(organization, "used");
        var quick = await app.IssueApiKeyAsync(organization, "quick");
        var before = await app.IssueApiKeyAsync(organization, "revoked before");
        await app.RevokeAsync(organization, before);
        await app.ReportAsync(new Match(used.Secret), new Match(quick.Secret), new Match(before.Secret));
        app.Time.Jump(TimeSpan.FromMinutes(30));
        await app.RevokeAsync(organization, quick);
        app.Time.Jump(TimeSpan.FromHours(2));
        Assert.True(await app.OpensAsync(used));
        await app.FlushAsync();
        app.Time.Jump(TimeSpan.FromHours(1));

        var row = await TryAsync("Revoke");
        Assert.Equal(("3", "2", "0", "1", "1", "0"), Figures(row));
        Assert.Contains("2 at once", row.TextContent, StringComparison.Ordinal);
        Assert.Equal(("3", "0", "1", "1", "1", "1"), Figures(await TryAsync("RevokeLater", 60)));
        Assert.Equal(("3", "0", "1", "0", "1", "1"), Figures(await TryAsync("RevokeLater", 180)));
        Assert.Equal(("3", "0", "0", "0", "0", "0"), Figures(await TryAsync("Notify")));
        Assert.True((await app.RowAsync(used.Id)).IsActive);
        Assert.Equal(new LeakRules(), await RulesAsync(organization));

        // What is longer ago than 90 days does not count.
        app.Time.Jump(TimeSpan.FromDays(90));
        Assert.Equal("0", (await TryAsync("Revoke")).GetAttribute("data-leaks"));

        async Task<AngleSharp.Dom.IElement> TryAsync(string action, int minutes = 60)
        {
            using var admin = await app.SignedInAsync(organization.Admin);
            using var tried = await admin.PostFormAsync(
                organization.SafetyCenter(Page),
                "Try",
                ("Typed.ApiKeys.Action", action), ("Typed.ApiKeys.Minutes", $"{minutes}"));
            Assert.Equal(HttpStatusCode.OK, tried.StatusCode);
            var page = await tried.DocumentAsync();
            Assert.Equal(action, page.QuerySelector("[data-kind=ApiKeys] option[selected]")!.GetAttribute("value"));
            Assert.Equal("0", page.QuerySelector("[data-tried-kind=ApplicationKeys]")!.GetAttribute("data-leaks"));
            return page.QuerySelector("[data-tried-kind=ApiKeys]")!;
        }

        static (string?, string?, string?, string?, string?, string?) Figures(AngleSharp.Dom.IElement row) =>
        (
            row.GetAttribute("data-leaks"), row.GetAttribute("data-at-once"), row.GetAttribute("data-later"),
            row.GetAttribute("data-still-used"), row.GetAttribute("data-refused"), row.GetAttribute("data-ended-before"));
    }

    [Fact]
    public async Task A_try_asks_the_database_as_often_for_many_leaks_as_for_few()
    {
        var organization = await app.CreateOrganizationAsync("Counting");
        var few = await CountAsync(3);
        Assert.Equal(few, await CountAsync(60));
        Assert.InRange(few, 1, 6);

        async Task<int> CountAsync(int leaks)
        {
            var secrets = await app.IssueManyAsync(organization, leaks);
            await app.ReportAsync([.. secrets.Select(secret => new Match(secret))]);
            using var admin = await app.SignedInAsync(organization.Admin);
            var form = (await admin.PageAsync(organization.SafetyCenter(Page))).QuerySelector("main form")!;
            using var statements = new Statements();
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{organization.SafetyCenter(Page)}?handler=Try");
            request.Headers.Add("traceparent", statements.TraceParent);
            request.Content = new FormUrlEncodedContent(form.QuerySelectorAll("input[name],select[name]")
                .Select(field => KeyValuePair.Create(
                    field.GetAttribute("name")!,
                    field is AngleSharp.Html.Dom.IHtmlSelectElement select ? select.Value : field.GetAttribute("value") ?? "")));
            using var answer = await admin.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.NotNull((await answer.DocumentAsync()).QuerySelector("[data-tried]"));
            return statements.Texts.Count;
        }
    }

    [Fact]
    public async Task Whoever_is_no_admin_there_neither_sees_nor_saves()
    {
        var organization = await app.CreateOrganizationAsync("Closed rules");
        var bob = await app.AddPersonAsync(organization, "bob@closed-rules.example");
        var carl = await app.CreateOrganizationAsync("Carls rules");
        foreach (var (person, own, status) in new[]
        {
            (bob, "/me/security", HttpStatusCode.Forbidden),
            (carl.Admin, carl.SafetyCenter(Page), HttpStatusCode.NotFound),
        })
        {
            using var client = await app.SignedInAsync(person);
            Assert.Equal(status, await client.StatusOfAsync(organization.SafetyCenter(Page)));
            using var refused = await client.PostWithTokenOfAsync(
                own, $"{organization.SafetyCenter(Page)}?handler=Save", ("Typed.ApiKeys.Action", "Revoke"));
            Assert.Equal(status, refused.StatusCode);
        }
    }

    private async Task<LeakRules> RulesAsync(TestOrganization organization) =>
        Assert.Single(await app.RowsAsync<Organization>(all => all.Where(row => row.Id == organization.Id))).LeakRules;
}
