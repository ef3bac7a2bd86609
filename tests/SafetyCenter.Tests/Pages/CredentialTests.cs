using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>The page of one credential: what it tells, and what can be done there by whom.</summary>
public sealed class CredentialTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const string ApiKeyHeader = "DD-API-KEY";

    [Fact]
    public async Task A_key_in_use_tells_who_uses_it_in_a_chart_a_table_and_a_verdict()
    {
        var organization = await stage.CreateOrganizationAsync("In use");
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync(ApiKeyHeader, organization.ApiKey.Secret, "billing", "agent/7"));
        await stage.CallAsync(ApiKeyHeader, organization.ApiKey.Secret, "billing", "agent/7");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.PageOf(organization.ApiKey));
        Assert.Equal("Active", page.TextOf("[data-standing]"));
        Assert.Equal("WillBreak", page.QuerySelector("[data-verdict]")!.GetAttribute("data-verdict"));
        Assert.Contains("Will break", page.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Contains("something uses it now", page.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Contains("uses are tracked since", page.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Contains("billing agent/7", page.TextOf("[data-callers] tbody tr"), StringComparison.Ordinal);

        Assert.Single(page.QuerySelectorAll("svg rect.bar"));
        var named = page.QuerySelector("svg[role=img]")!.GetAttribute("aria-labelledby")!.Split(' ');
        Assert.Contains("Calls per day", page.GetElementById(named[0])!.TextContent, StringComparison.Ordinal);
        Assert.Contains("2 calls in all", page.GetElementById(named[1])!.TextContent, StringComparison.Ordinal);
        Assert.Equal($"{Moment.Exact(stage.Now)[..^10]} 2", page.TextOf(".usage-chart details tbody tr"));
        Assert.Empty(page.QuerySelectorAll("[style]"));
    }

    [Fact]
    public async Task Revoking_what_is_in_use_shows_first_what_breaks_and_asks_for_the_name()
    {
        var organization = await stage.CreateOrganizationAsync("Eyes open");
        var key = await stage.IssueApiKeyAsync(organization, "shop");
        await stage.CallAsync(ApiKeyHeader, key.Secret, "checkout");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.PageOf(key) + "/revoke";
        var page = await admin.PageAsync(address);
        Assert.Equal("Revoke this API key?", page.TextOf("h1"));
        Assert.Contains("Will break", page.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Contains("checkout", page.TextOf("[data-callers]"), StringComparison.Ordinal);
        var undo = $"You can undo this until {Moment.Exact(stage.Now.AddDays(7))}.";
        Assert.Equal(undo, page.TextOf("[data-undo]"));

        using var blind = await admin.PostFormAsync(address, "Revoke", ("confirm", "shopp"));
        Assert.Contains("Type its name", await blind.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.True((await stage.RowAsync<ApiKey>(key.Id)).IsActive);

        using var revoked = await admin.PostFormAsync(address, "Revoke", ("confirm", " shop "));
        var said = await admin.DoneAsync(revoked);
        Assert.Contains("Revoked “shop”", said, StringComparison.Ordinal);
        Assert.Contains(undo, said, StringComparison.Ordinal);
        Assert.Equal(RevocationReason.ByHand, (await stage.RowAsync<ApiKey>(key.Id)).RevokedBecause);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync(ApiKeyHeader, key.Secret));

        using var undone = await admin.PostFormAsync(organization.PageOf(key), "Undo");
        Assert.Contains("The same secret works again", await admin.DoneAsync(undone), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync(ApiKeyHeader, key.Secret));
    }

    [Fact]
    public async Task What_nobody_uses_is_revoked_without_typing_its_name()
    {
        var organization = await stage.CreateOrganizationAsync("Unused");
        var key = await stage.IssueApiKeyAsync(organization, "dusty");
        using var admin = await stage.SignedInAsync(organization.Admin);
        Assert.Null((await admin.PageAsync(organization.PageOf(key) + "/revoke")).QuerySelector("#confirm"));
        using var revoked = await admin.PostFormAsync(organization.PageOf(key) + "/revoke", "Revoke");
        await admin.DoneAsync(revoked);
        Assert.False((await stage.RowAsync<ApiKey>(key.Id)).IsActive);

        using var last = await admin.PostFormAsync(organization.PageOf(organization.ApiKey) + "/revoke", "Revoke");
        Assert.Contains("last active API key", await last.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revocation_cannot_be_undone_after_its_time_nor_when_the_key_leaked()
    {
        var organization = await stage.CreateOrganizationAsync("Too late");
        var (late, leaked) = (
            await stage.IssueApiKeyAsync(organization, "late"), await stage.IssueApiKeyAsync(organization, "leaked"));
        await stage.ReportAsync(new Match(leaked.Secret, Url: "https://example.org/paste"));
        using (var admin = await stage.SignedInAsync(organization.Admin))
        {
            foreach (var key in new[] { late, leaked })
            {
                using var revoked = await admin.PostFormAsync(organization.PageOf(key) + "/revoke", "Revoke");
                await admin.DoneAsync(revoked);
            }

            var page = await admin.PageAsync(organization.PageOf(leaked));
            Assert.Contains("seen in public, so it stays revoked", page.TextOf("[data-undo]"), StringComparison.Ordinal);
            Assert.DoesNotContain("Undo", page.Buttons());
            using var forced = await admin.ForceAsync(
                organization.PageOf(late), organization.PageOf(leaked) + "?handler=Undo");
            Assert.Contains(
                "stays revoked", await forced.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
            Assert.Contains("Undo", (await admin.PageAsync(organization.PageOf(late))).Buttons());
        }

        stage.Time.Jump(TimeSpan.FromDays(7));
        using var again = await stage.SignedInAsync(organization.Admin);
        Assert.DoesNotContain("Undo", (await again.PageAsync(organization.PageOf(late))).Buttons());
        using var tooLate = await again.ForceAsync(
            organization.PageOf(organization.ApiKey), organization.PageOf(late) + "?handler=Undo");
        Assert.Contains(
            "could be brought back until", await tooLate.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.False((await stage.RowAsync<ApiKey>(late.Id)).IsActive);
    }

    [Fact]
    public async Task A_test_turns_a_key_off_tells_who_failed_and_turns_it_on_again()
    {
        var organization = await stage.CreateOrganizationAsync("Brownout");
        var (secret, address) = (organization.ApiKey.Secret, organization.PageOf(organization.ApiKey));
        using var admin = await stage.SignedInAsync(organization.Admin);
        foreach (var minutes in new[] { "0", "16" })
        {
            using var refused = await admin.PostFormAsync(address, "Turn off for a test", ("minutes", minutes));
            Assert.Contains(
                "from 1 to 15 minutes", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        }

        using var begun = await admin.PostFormAsync(address, "Turn off for a test", ("minutes", "3"));
        Assert.Contains("comes back by itself at", await admin.DoneAsync(begun), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync(ApiKeyHeader, secret, "payroll", "java/21"));
        var running = await admin.PageAsync(address);
        Assert.Equal("Off for a test", running.TextOf("[data-standing]"));
        Assert.Contains("payroll java/21", running.TextOf("[data-refused] tbody"), StringComparison.Ordinal);
        Assert.DoesNotContain("Turn off for a test", running.Buttons());

        using var ended = await admin.PostFormAsync(address, "Turn on again");
        await admin.DoneAsync(ended);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync(ApiKeyHeader, secret));

        using var second = await admin.PostFormAsync(address, "Turn off for a test", ("minutes", "1"));
        await admin.DoneAsync(second);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync(ApiKeyHeader, secret));
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync(ApiKeyHeader, secret));
        Assert.Equal("Active", (await admin.PageAsync(address)).TextOf("[data-standing]"));
    }

    [Fact]
    public async Task Name_scopes_and_end_can_be_changed_and_an_end_lifted()
    {
        var organization = await stage.CreateOrganizationAsync("Changes");
        var key = await stage.IssueApplicationKeyAsync(
            organization.Admin, "before", "dashboards_read", "monitors_read", "api_keys_read");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.PageOf(key);
        using var renamed = await admin.PostFormAsync(address, "Rename", ("name", " after "));
        Assert.Contains("“after”", await admin.DoneAsync(renamed), StringComparison.Ordinal);
        using var blank = await admin.PostFormAsync(address, "Rename", ("name", "  "));
        Assert.Contains("blank", await blank.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var unknown = await admin.PostFormAsync(address, "Save scopes", ("scopes", "dashboards_read\nDashboards_Read"));
        Assert.Contains("case counts", await unknown.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var scoped = await admin.PostFormAsync(address, "Save scopes", ("scopes", "dashboards_read, monitors_write"));
        await admin.DoneAsync(scoped);
        using var past = await admin.PostFormAsync(address, "Set end", ("expiresAt", "2020-01-01T10:00"));
        Assert.Contains("has passed", await past.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var ending = await admin.PostFormAsync(address, "Set end", ("expiresAt", "2027-01-01T10:00"));
        await admin.DoneAsync(ending);
        var row = await stage.RowAsync<ApplicationKey>(key.Id);
        Assert.Equal("after", row.Name);
        Assert.Equal(["dashboards_read", "monitors_write"], row.Scopes);
        Assert.Equal(new DateTimeOffset(2027, 1, 1, 10, 0, 0, TimeSpan.Zero), row.ExpiresAt);

        using var lifted = await admin.PostFormAsync(address, "Lift end");
        await admin.DoneAsync(lifted);
        Assert.Null((await stage.RowAsync<ApplicationKey>(key.Id)).ExpiresAt);
    }

    [Fact]
    public async Task Scopes_that_are_not_used_can_be_dropped_in_one_click()
    {
        var organization = await stage.CreateOrganizationAsync("Fewer scopes");
        var key = await stage.IssueApplicationKeyAsync(
            organization.Admin, "wide", "api_keys_read", "dashboards_read", "monitors_write");
        await ApiCaller.With(stage, organization.ApiKey.Secret, key.Secret).GetAsync("/api/v2/api_keys");
        await stage.CallAsync(ApiKeyHeader, organization.ApiKey.Secret);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.PageOf(key));
        Assert.Contains("Uses 1 of 3 scopes in 90 days.", page.TextOf("[data-scopes]"), StringComparison.Ordinal);
        using var kept = await admin.PostFormAsync(organization.PageOf(key), "Keep only what it uses");
        await admin.DoneAsync(kept);
        Assert.Equal(["api_keys_read"], (await stage.RowAsync<ApplicationKey>(key.Id)).Scopes);
    }

    [Fact]
    public async Task Names_and_callers_that_are_markup_stay_text()
    {
        var organization = await stage.CreateOrganizationAsync("Hostile");
        const string name = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";
        var key = await stage.IssueApiKeyAsync(organization, name);
        await stage.CallAsync(ApiKeyHeader, key.Secret, "<b>svc</b>", "<script>alert(3)</script>");
        using var admin = await stage.SignedInAsync(organization.Admin);
        foreach (var path in new[] { "", "/revoke", "/rotate" })
        {
            var page = await admin.PageAsync(organization.PageOf(key) + path);
            Assert.Contains(name, page.Body!.TextContent, StringComparison.Ordinal);
            Assert.DoesNotContain(page.Scripts, script => string.IsNullOrEmpty(script.GetAttribute("src")));
            Assert.Empty(page.QuerySelectorAll("main img, main b"));
        }

        var list = await admin.PageAsync(organization.Settings("api-keys"));
        Assert.Equal(name, list.QuerySelector($"[data-key='{key.Id}'] a strong")!.TextContent);
    }

    [Fact]
    public async Task Who_may_only_look_sees_no_button_and_is_refused_when_they_post_all_the_same()
    {
        var organization = await stage.CreateOrganizationAsync("Lookers");
        var looker = await stage.AddPersonWhoMayAsync(organization, Permission.ApiKeysRead);
        using var client = await stage.SignedInAsync(looker);
        var address = organization.PageOf(organization.ApiKey);
        Assert.Empty((await client.PageAsync(address)).Buttons());
        string[] actions =
            ["Rename", "End", "Lift", "Undo", "Test&minutes=3", "StopTest", "Retire&retire=7", "RetireNow", "Scopes"];
        foreach (var action in actions)
        {
            using var refused = await client.ForceAsync(address, $"{address}?handler={action}", ("name", "x"));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        foreach (var path in new[] { "/revoke", "/rotate" })
        {
            using var shown = await client.GetAsync(address + path);
            Assert.Equal(HttpStatusCode.Forbidden, shown.StatusCode);
            using var refused = await client.ForceAsync(address, address + path, ("confirm", "main"));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        // Another kind, of which they may not even know, is not there.
        using var other = await client.GetAsync(organization.PageOf(organization.ApplicationKey));
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        Assert.True((await stage.RowAsync<ApiKey>(organization.ApiKey.Id)) is { IsActive: true, Name: "main" });
    }

    [Fact]
    public async Task Another_organizations_credential_is_not_there()
    {
        var (acme, globex) = (
            await stage.CreateOrganizationAsync("Acme C"), await stage.CreateOrganizationAsync("Globex C"));
        using var carl = await stage.SignedInAsync(globex.Admin);
        foreach (var path in new[] { "", "/revoke", "/rotate" })
        {
            var foreign = globex.PageOf(acme.ApiKey) + path;
            using var shown = await carl.GetAsync(foreign);
            Assert.Equal(HttpStatusCode.NotFound, shown.StatusCode);
            using var posted = await carl.ForceAsync(globex.PageOf(globex.ApiKey), foreign, ("confirm", "main"));
            Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        }

        foreach (var action in new[] { "Rename", "Test", "Undo", "Scopes", "End", "Lift", "StopTest", "Retire", "RetireNow" })
        {
            using var posted = await carl.ForceAsync(
                globex.PageOf(globex.ApiKey), $"{globex.PageOf(acme.ApiKey)}?handler={action}", ("name", "mine"));
            Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        }

        Assert.Equal("main", (await stage.RowAsync<ApiKey>(acme.ApiKey.Id)).Name);
    }

    [Fact]
    public async Task A_form_without_its_token_does_nothing()
    {
        var organization = await stage.CreateOrganizationAsync("No token");
        var key = await stage.IssueApiKeyAsync(organization, "spare");
        using var admin = await stage.SignedInAsync(organization.Admin);
        foreach (var path in new[] { "/revoke", "/rotate", "?handler=Rename", "?handler=Test&minutes=3" })
        {
            using var content = new FormUrlEncodedContent([KeyValuePair.Create("name", "stolen")]);
            using var refused = await admin.PostAsync(organization.PageOf(key) + path, content);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        Assert.True(await stage.RowAsync<ApiKey>(key.Id) is { IsActive: true, Name: "spare", ReplacedBy: null });
    }

    [Fact]
    public async Task The_page_asks_the_database_as_often_for_many_callers_as_for_few()
    {
        var organization = await stage.CreateOrganizationAsync("Counted key");
        var key = await stage.IssueApplicationKeyAsync(organization.Admin, "counted", "api_keys_read");
        using var admin = await stage.SignedInAsync(organization.Admin);
        await stage.AddCallersAsync(key.Id, from: 0, count: 3, calls: 10);
        var few = await CredentialStage.CostAsync(admin, organization.PageOf(key));
        await stage.AddCallersAsync(key.Id, from: 3, count: 40, calls: 10);
        var many = await CredentialStage.CostAsync(admin, organization.PageOf(key));
        Assert.Equal(few, many);
        Assert.InRange(many, 1, 9);
        var page = await admin.PageAsync(organization.PageOf(key));
        Assert.Equal(20, page.QuerySelectorAll("[data-callers] tbody tr").Length);
        Assert.Contains("20 of 43 callers", page.TextOf("[data-callers] caption"), StringComparison.Ordinal);
        Assert.Equal(43, page.QuerySelectorAll("svg rect.bar").Length);
    }
}
