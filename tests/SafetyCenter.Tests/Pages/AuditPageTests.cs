using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Credentials;

namespace SafetyCenter.Tests.Pages;

/// <summary>The audit trail as people read it.</summary>
public sealed class AuditPageTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task A_row_says_who_did_what_when_from_where_and_what_was_before()
    {
        var organization = await app.CreateOrganizationAsync("Told", adminName: "Ann Admin");
        using var admin = await app.SignedInAsync(organization.Admin);
        var caller = ApiCaller.AdminOf(app, organization);
        var made = await caller.PostAsync("/api/v2/api_keys", "api_keys", new { name = "ci" });
        await caller.PatchAsync($"/api/v2/api_keys/{made.Id}", "api_keys", made.Id, new { name = "ci 2" });
        var page = await admin.PageAsync(AuditOf(organization));
        var row = page.QuerySelector("[data-event]")!;
        Assert.Equal("renamed", row.GetAttribute("data-name"));
        Assert.Contains("Ann Admin renamed API key “ci 2”.", row.TextContent, StringComparison.Ordinal);
        Assert.Contains(organization.Admin.Email, row.TextContent, StringComparison.Ordinal);
        Assert.Contains("with the application key “main”", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", row.TextContent, StringComparison.Ordinal);
        Assert.NotNull(row.QuerySelector("time[datetime]"));
        Assert.Equal(
            ("ci", "ci 2"), (row.QuerySelector("details del")!.TextContent, row.QuerySelector("details ins")!.TextContent));

        (await caller.DeleteAsync($"/api/v2/api_keys/{made.Id}")).Must(HttpStatusCode.NoContent);
        var revoked = (await admin.PageAsync(AuditOf(organization))).QuerySelector("[data-event] details")!.TextContent;
        Assert.Contains("by hand", revoked, StringComparison.Ordinal);
        Assert.Matches(@"\d\d:\d\d UTC", revoked);

        // Newest first, and what the operator did is there too.
        Assert.Equal(["renamed", "created"], NamesOn(page).Take(2));
        Assert.Equal((await app.EventsAsync(organization)).Count - 1, page.QuerySelectorAll("[data-event]").Length);
        Assert.Contains(
            page.QuerySelectorAll("nav a"), link => link.GetAttribute("href") == AuditOf(organization));
    }

    [Fact]
    public async Task Pages_go_on_by_a_link_that_keeps_the_filters()
    {
        var organization = await app.CreateOrganizationAsync("Long trail");
        for (var number = 0; number < 60; number++)
        {
            await app.IssueApiKeyAsync(organization, $"key {number}");
        }

        using var admin = await app.SignedInAsync(organization.Admin);
        var seen = new List<string>();
        var address = AuditOf(organization) + "?type=api_key&q=key";
        while (address is not null)
        {
            var page = await admin.PageAsync(address);
            seen.AddRange(page.QuerySelectorAll("[data-event]").Select(row => row.GetAttribute("data-event")!));
            address = page.QuerySelector("a[rel=next]")?.GetAttribute("href");
            Assert.True(address is null || address.Contains("type=api_key", StringComparison.Ordinal));
        }

        var expected = (await app.EventsAsync(organization)).Where(row => row.AssetType == "api_key").Select(row => row.Id);
        Assert.Equal(expected.Reverse().Select(id => id.ToString()), seen);
    }

    [Fact]
    public async Task Every_filter_stands_in_the_address_and_in_the_form()
    {
        var organization = await app.CreateOrganizationAsync("Filtered", "ann@filtered.example", "Ann Admin");
        await app.AddPersonAsync(organization, "bob@filtered.example", "Bob Builder");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await app.ActAsync(organization, (db, actor, _) => Revoking.RevokeAsync(
            db, actor, [spare.Id], RevocationReason.ByHand, app.Now, CancellationToken.None));
        using var admin = await app.SignedInAsync(organization.Admin);
        var today = $"{app.Now.UtcDateTime:yyyy-MM-dd}";
        var tomorrow = $"{app.Now.UtcDateTime.AddDays(1):yyyy-MM-dd}";
        Assert.Equal(["revoked"], await FoundAsync("q=revoked"));
        Assert.Equal(["revoked"], await FoundAsync($"q=%40network.client.ip%3A{AuditStage.Address}"));
        Assert.Equal(["signed_in", "revoked"], await FoundAsync("person=ann%20adm"));
        Assert.Equal(["signed_in", "revoked"], await FoundAsync("person=ANN%40filtered"));
        Assert.Equal(["signed_in"], await FoundAsync("action=login"));
        Assert.Equal(["revoked"], await FoundAsync("action=deleted"));
        Assert.Equal(["revoked", "created"], await FoundAsync($"asset={spare.Id}"));
        Assert.Equal(["signed_in", "created", "created"], await FoundAsync("type=user"));
        Assert.Equal(["revoked"], await FoundAsync($"action=deleted&from={today}&to={tomorrow}"));
        Assert.Empty(await FoundAsync("to=2001-01-01"));
        Assert.Empty(await FoundAsync("q=nobody-did-this"));

        var page = await admin.PageAsync(
            AuditOf(organization) + $"?q=a&person=b&action=created&type=user&asset={spare.Id}&from={today}&to={tomorrow}");
        string[] texts = ["q", "person", "asset", "from", "to"];
        Assert.Equal(
            ["a", "b", spare.Id.ToString(), today, tomorrow],
            texts.Select(id => ((IHtmlInputElement)page.GetElementById(id)!).Value));
        string[] choices = ["action", "type"];
        Assert.Equal(["created", "user"], choices.Select(id => ((IHtmlSelectElement)page.GetElementById(id)!).Value));
        Assert.All(page.QuerySelectorAll("form[role=search] input, form[role=search] select"), field =>
            Assert.NotNull(page.QuerySelector($"label[for={field.Id}]")));
        Assert.Contains("Nothing was found", page.Body!.TextContent, StringComparison.Ordinal);

        async Task<IEnumerable<string>> FoundAsync(string query) =>
            NamesOn(await admin.PageAsync($"{AuditOf(organization)}?{query}"));
    }

    [Theory]
    [InlineData("q=%40color%3Ared", "color")]
    [InlineData("q=a+OR+b", "OR")]
    [InlineData("action=7", "actions in the list")]
    [InlineData("asset=mine", "looks like")]
    [InlineData("from=yesterday", "2027-01-31")]
    [InlineData("to=2026-13-01", "2027-01-31")]
    public async Task A_filter_that_cannot_be_is_told_beside_the_form(string query, string reason)
    {
        var organization = await app.CreateOrganizationAsync($"Odd {Guid.NewGuid():N}");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var refused = await admin.GetAsync($"{AuditOf(organization)}?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var page = await refused.DocumentAsync();
        Assert.Contains(reason, page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.NotNull(page.QuerySelector("form[role=search]"));
    }

    [Fact]
    public async Task Hostile_names_are_only_text()
    {
        const string hostile = "</td><script>alert(1)</script><img src=x onerror=alert(1)> {{more}}";
        var organization = await app.CreateOrganizationAsync("Hostile", adminName: "<b>Ann</b>");
        using var admin = await app.SignedInAsync(organization.Admin);
        await app.ActAsync(organization, async (db, actor, services) => await Issuing.ClientTokenAsync(
            db, actor, services.GetRequiredService<SecretFormat>(), hostile + new string('x', 150), null, app.Now,
            CancellationToken.None));
        var page = await admin.PageAsync(AuditOf(organization));
        Assert.Contains(hostile, page.QuerySelector("[data-event]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("<b>Ann</b>", page.QuerySelector("[data-event]")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("main script, main img, main b"));
    }

    [Fact]
    public async Task It_takes_the_permission_and_shows_only_ones_own_organization()
    {
        var organization = await app.CreateOrganizationAsync("Closed");
        var other = await app.CreateOrganizationAsync("Closed too");
        var eve = await app.AddPersonAsync(organization, "eve@closed.example", role: Role.ReadOnlyName);
        using var reader = await app.SignedInAsync(eve);
        using var refused = await reader.GetAsync(AuditOf(organization));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var admin = await app.SignedInAsync(organization.Admin);
        using var foreign = await admin.GetAsync(AuditOf(other));
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Empty(NamesOn(await admin.PageAsync($"{AuditOf(organization)}?asset={other.ApiKey.Id}")));
    }

    [Fact]
    public async Task It_asks_the_database_as_often_for_many_rows_as_for_few()
    {
        var organization = await app.CreateOrganizationAsync("Counted trail");
        using var admin = await app.SignedInAsync(organization.Admin);
        var few = await StatementsOfAsync();
        for (var number = 0; number < 30; number++)
        {
            await app.IssueApiKeyAsync(organization, $"key {number}");
        }

        Assert.Equal(few, await StatementsOfAsync());
        Assert.InRange(few, 1, 3);

        async Task<int> StatementsOfAsync()
        {
            using var statements = new Statements();
            using var request = new HttpRequestMessage(HttpMethod.Get, AuditOf(organization));
            request.Headers.Add("traceparent", statements.TraceParent);
            (await admin.SendAsync(request)).Dispose();
            return statements.Texts.Count;
        }
    }

    [Fact]
    public async Task What_was_done_to_an_alert_stands_in_it_with_what_was_said()
    {
        var organization = await app.CreateOrganizationAsync("Alerts told");
        await app.ReportAsync(new Match(organization.ApiKey.Secret));
        using var admin = await app.SignedInAsync(organization.Admin);
        var list = await admin.PageAsync(organization.SafetyCenter("alerts"));
        var alert = list.QuerySelector("[data-alert] h2 a")!.GetAttribute("href")!;
        foreach (var (button, words) in new[] { ("Comment", "Ask the platform team."), ("Snooze", "They are asleep.") })
        {
            using var done = await admin.PostFormAsync(alert, button, ("comment", words));
            Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        }

        var page = await admin.PageAsync(AuditOf(organization));
        Assert.Equal(["snoozed", "commented", "seen"], NamesOn(page).Take(3));
        var told = page.QuerySelector("[data-name=snoozed]")!.TextContent;
        Assert.Contains("They are asleep.", told, StringComparison.Ordinal);
        Assert.Contains(Moment.Exact(app.Now.AddDays(1))[..11], told, StringComparison.Ordinal);
        var said = page.QuerySelector("[data-name=commented] ins")!.TextContent;
        Assert.Equal("Ask the platform team.", said);
    }

    private static string AuditOf(TestOrganization organization) => $"/o/{organization.Slug}/organization-settings/audit";

    private static IEnumerable<string> NamesOn(IHtmlDocument page) =>
        page.QuerySelectorAll("[data-event]").Select(row => row.GetAttribute("data-name")!);
}
