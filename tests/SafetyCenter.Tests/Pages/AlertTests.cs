using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Pages;

/// <summary>The card of a leaked key: what it says, what it must never do, and every way in which it closes.</summary>
public sealed class AlertTests(App app, TestPostgres postgres) : IClassFixture<App>
{
    [Fact]
    public async Task A_place_is_shown_in_full_and_linked_only_when_a_browser_may_follow_it()
    {
        var organization = await app.CreateOrganizationAsync("Places");
        string[] places =
        [
            "https://github.com/acme/repo/blob/main/a b?x=1&y=<2>", "javascript:alert(document.cookie)",
            "https://user:password@evil.example/", "file:///etc/passwd", "\u202ereversed", "\"><script>alert(1)</script>",
            " https://github.com/leading/blank ", "https://xn--mnchen-3ya.example/\r\nInjected: yes",
        ];
        await app.ReportAsync([.. places.Select(place => new Match(organization.ApiKey.Secret, Url: place))]);
        using var admin = await app.SignedInAsync(organization.Admin);
        var list = await admin.PageAsync(organization.SafetyCenter("alerts"));
        var card = list.QuerySelector($"[data-rule=leaked-api-key][data-subject='{organization.ApiKey.Id}']")!;
        Assert.Equal("open", card.GetAttribute("data-state"));

        var page = await admin.PageAsync(card.QuerySelector("a")!.GetAttribute("href")!);
        var links = page.QuerySelectorAll(".place a").Select(link => link.GetAttribute("href")!).ToList();
        Assert.Equal(2, links.Count);
        Assert.All(links, link => Assert.StartsWith("https://github.com/", link, StringComparison.Ordinal));
        Assert.All(page.QuerySelectorAll(".place a"), link => Assert.Contains("noreferrer", link.GetAttribute("rel")!));
        var text = page.Body!.TextContent;
        Assert.Contains("javascript:alert(document.cookie)", text, StringComparison.Ordinal);
        Assert.Contains("\\u202ereversed", text, StringComparison.Ordinal);
        Assert.Contains("<script>alert(1)</script>", text, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Scripts, script => string.IsNullOrEmpty(script.GetAttribute("src")));
    }

    [Fact]
    public async Task It_tells_the_last_use_before_and_after_the_report_and_who_will_stop_working()
    {
        var clock = new ManualClock();
        await using var own = await App.StartAsync(postgres, clock);
        var organization = await own.CreateOrganizationAsync("Uses");
        await UseAsync("before/1.0");
        var before = own.Now;
        clock.Jump(TimeSpan.FromHours(3));
        await own.ReportAsync(new Match(organization.ApiKey.Secret));
        clock.Jump(TimeSpan.FromHours(2));
        await UseAsync("thief/2.0");

        using var admin = await own.SignedInAsync(organization.Admin);
        var page = await AlertPageAsync(own, admin, organization);
        var facts = page.QuerySelectorAll("dl").ToDictionary(
            fact => fact.QuerySelector("dt")!.TextContent.Trim(), fact => fact.QuerySelector("time")?.GetAttribute("datetime"));
        Assert.Equal(Iso(before), facts["Last used before the report"]);
        Assert.Equal(Iso(own.Now), facts["Last used after the report"]);
        var consequence = page.QuerySelector("#consequence")!.TextContent;
        Assert.Contains("before/1.0", consequence, StringComparison.Ordinal);
        Assert.Contains("thief/2.0", consequence, StringComparison.Ordinal);

        async Task UseAsync(string client)
        {
            using var caller = own.NewClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
            request.Headers.Add("DD-API-KEY", organization.ApiKey.Secret);
            request.Headers.TryAddWithoutValidation("User-Agent", client);
            (await caller.SendAsync(request)).EnsureSuccessStatusCode().Dispose();
            await own.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        }

        static string Iso(DateTimeOffset at) =>
            at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("card")]
    [InlineData("key page")]
    public async Task Revoking_by_any_path_closes_the_alert_tells_the_contacts_once_and_is_told_to_the_second_admin(string path)
    {
        var organization = await app.CreateOrganizationAsync($"Paths {path}", adminName: "Ann Admin");
        var leaked = await app.IssueApiKeyAsync(organization, "leaked");
        await app.ReportAsync(new Match(leaked.Secret));
        using var admin = await app.SignedInAsync(organization.Admin);
        var late = await admin.PageAsync(organization.SafetyCenter("alerts"));

        using var revoked = path == "card"
            ? await admin.PostFormAsync(organization.SafetyCenter("alerts"), "Revoke")
            : await admin.PostFormAsync(
                $"/o/{organization.Slug}/organization-settings/api-keys", "Revoke", $"[data-key='{leaked.Id}']");
        Assert.Equal(HttpStatusCode.Redirect, revoked.StatusCode);
        var page = await AlertPageAsync(app, admin, organization);
        Assert.Equal("resolved", page.QuerySelector("[data-rule=leaked-api-key]")!.GetAttribute("data-state"));
        var key = Assert.Single(await app.RowsAsync<ApiKey>(all => all.Where(row => row.Id == leaked.Id)));
        Assert.Equal(organization.Admin.Id, key.RevokedBy);

        // The second admin presses the button of a page that was loaded before.
        var form = (AngleSharp.Html.Dom.IHtmlFormElement)late.QuerySelector($"[data-subject='{leaked.Id}'] form")!;
        using var again = await admin.PostAsync(form.GetAttribute("action"), new FormUrlEncodedContent(
            form.QuerySelectorAll("input").OfType<AngleSharp.Html.Dom.IHtmlInputElement>()
                .Select(input => KeyValuePair.Create(input.Name!, input.Value))));
        var told = await admin.PageAsync(again.Headers.Location!.ToString());
        Assert.Contains(
            "already revoked by Ann Admin", told.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Single(
            await app.EmailsAsync(EmailKind.LeakClosed), email => email.OrganizationId == organization.Id);
    }

    [Fact]
    public async Task An_application_key_has_its_own_rule_and_is_critical()
    {
        var organization = await app.CreateOrganizationAsync("Application", adminName: "Ann Admin");
        await app.ReportAsync(new Match(organization.ApplicationKey.Secret));
        using var admin = await app.SignedInAsync(organization.Admin);
        var page = await AlertPageAsync(app, admin, organization);
        var card = page.QuerySelector("[data-rule=leaked-application-key]")!;
        Assert.Contains("Critical", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("everything its owner may do", card.TextContent, StringComparison.Ordinal);
        Assert.Contains("Ann Admin", card.TextContent, StringComparison.Ordinal);
        using var revoked = await admin.PostFormAsync(organization.SafetyCenter("alerts"), "Revoke");
        Assert.Equal(HttpStatusCode.Redirect, revoked.StatusCode);
        Assert.Equal("0", (await admin.PageAsync(organization.SafetyCenter()))
            .QuerySelector("[data-rule=security-alerts] [data-count]")!.GetAttribute("data-count"));
    }

    [Fact]
    public async Task The_last_key_cannot_be_revoked_from_the_card_until_a_replacement_is_made()
    {
        var organization = await app.CreateOrganizationAsync("Replacement");
        await app.ReportAsync(new Match(organization.ApiKey.Secret));
        using var admin = await app.SignedInAsync(organization.Admin);
        var page = await AlertPageAsync(app, admin, organization);
        var here = $"{organization.SafetyCenter("alerts")}/{page.QuerySelector("[data-alert]")!.GetAttribute("data-alert")}";
        using var refused = await admin.PostFormAsync(here, "Revoke");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("Create a replacement", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var made = await admin.PostFormAsync(
            page.QuerySelectorAll("a").Single(link => link.TextContent == "Create replacement").GetAttribute("href")!,
            "Create API key");
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        using var revoked = await admin.PostFormAsync(here, "Revoke");
        Assert.Equal(HttpStatusCode.Redirect, revoked.StatusCode);
    }

    [Fact]
    public async Task Acknowledging_says_who_and_when_and_keeps_the_first()
    {
        var organization = await app.CreateOrganizationAsync("Acknowledging", adminName: "Ann Admin");
        await app.ReportAsync(new Match(organization.ApiKey.Secret));
        using var admin = await app.SignedInAsync(organization.Admin);
        var page = await AlertPageAsync(app, admin, organization);
        var here = $"{organization.SafetyCenter("alerts")}/{page.QuerySelector("[data-alert]")!.GetAttribute("data-alert")}";
        (await admin.PostFormAsync(here, "Acknowledge")).Dispose();
        Assert.Contains(
            "Acknowledged by Ann Admin", (await admin.PageAsync(here)).Body!.TextContent, StringComparison.Ordinal);
        var alert = Assert.Single(await app.RowsAsync<Alert>(all => all.Where(row => row.OrganizationId == organization.Id)));
        Assert.Equal(organization.Admin.Id, alert.AcknowledgedBy);
    }

    [Fact]
    public async Task A_cookie_of_one_instance_is_good_at_another()
    {
        var organization = await app.CreateOrganizationAsync("Instances");
        await using var other = await App.JoinAsync(app);
        using var person = await app.SignedInAsync(organization.Admin);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(other.Address, organization.SafetyCenter()));
        using var answer = await person.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<AngleSharp.Html.Dom.IHtmlDocument> AlertPageAsync(
        App app, HttpClient admin, TestOrganization organization)
    {
        var alert = Assert.Single(await app.RowsAsync<Alert>(all => all.Where(row => row.OrganizationId == organization.Id)));
        return await admin.PageAsync($"{organization.SafetyCenter("alerts")}/{alert.Id}");
    }
}
