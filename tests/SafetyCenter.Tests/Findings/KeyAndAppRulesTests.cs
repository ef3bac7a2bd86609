using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Findings;

/// <summary>Unused API keys and inactive OAuth apps: to the instant, and cleared by whatever ends the cause.</summary>
public sealed class KeyAndAppRulesTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Fact]
    public async Task A_key_is_unused_from_the_instant_at_which_thirty_days_have_passed()
    {
        var organization = await stage.CreateOrganizationAsync("Boundary");
        await stage.ScanAfterAsync(Month - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));

        await stage.ScanAfterAsync(FindingsStage.Tick);
        var finding = Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
        Assert.Equal(organization.ApiKey.Id.Value, finding.SubjectId);
        Assert.Equal((30, 1, stage.Now), (finding.Threshold, finding.Generation, finding.Since));
    }

    [Fact]
    public async Task The_clock_of_a_used_key_runs_from_its_last_use()
    {
        var organization = await stage.CreateOrganizationAsync("Used");
        stage.Time.Jump(TimeSpan.FromDays(20));
        await UseAsync(organization.ApiKey);
        await stage.ScanAfterAsync(Month - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));

        await stage.ScanAfterAsync(FindingsStage.Tick);
        Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
    }

    [Fact]
    public async Task Use_clears_the_finding_and_it_comes_back_with_its_history()
    {
        var organization = await stage.CreateOrganizationAsync("History");
        await stage.ScanAfterAsync(Month);
        await UseAsync(organization.ApiKey);
        var cleared = Assert.Single(await stage.FindingsAsync(organization, FindingRule.UnusedApiKey));
        Assert.Equal(stage.Now, cleared.ClearedAt);

        await stage.ScanAfterAsync(Month);
        var both = await stage.FindingsAsync(organization, FindingRule.UnusedApiKey);
        Assert.Equal([1, 2], both.Select(finding => finding.Generation));
        Assert.Equal([false, true], both.Select(finding => finding.ClearedAt is null));
    }

    [Fact]
    public async Task A_key_that_was_imported_is_not_judged_before_it_was_watched_for_the_whole_time()
    {
        var organization = await stage.CreateOrganizationAsync("Imported");
        await stage.SqlAsync($"""
            UPDATE credentials SET created_at = created_at - interval '2 years'
            WHERE id = {organization.ApiKey.Id.Value}
            """);
        await stage.ScanAfterAsync(Month - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));

        await stage.ScanAfterAsync(FindingsStage.Tick);
        Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
    }

    [Fact]
    public async Task Scanning_twice_writes_nothing_the_second_time()
    {
        var organization = await stage.CreateOrganizationAsync("Twice");
        await stage.ScanAfterAsync(Month);
        Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
        var before = await VersionsAsync();
        await stage.ScanAfterAsync(TimeSpan.Zero);
        Assert.Equal(before, await VersionsAsync());

        // xmin names the transaction that last wrote a row.
        Task<List<string>> VersionsAsync() => stage.InScopeAsync(db => db.Database
            .SqlQuery<string>($"SELECT id::text || ' ' || xmin::text AS \"Value\" FROM findings ORDER BY id")
            .ToListAsync());
    }

    [Fact]
    public async Task Revoking_from_the_tab_clears_at_once_and_the_last_key_stays()
    {
        var organization = await stage.CreateOrganizationAsync("Revoking");
        var spare = await stage.IssueApiKeyAsync(organization, "spare");
        await stage.ScanAfterAsync(Month);
        Assert.Equal(2, (await stage.OpenAsync(organization, FindingRule.UnusedApiKey)).Count);

        var page = await stage.PressAsync(
            organization, "access-sharing", "Revoke", $"[data-rule=unused-api-key][data-subject='{spare.Id}']");
        Assert.Contains("Revoked “spare”", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector($"[data-subject='{spare.Id}']"));
        Assert.Equal(
            organization.ApiKey.Id.Value, Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey)).SubjectId);

        using var admin = await stage.SignedInAsync(organization.Admin);
        using var refused = await admin.PostFormAsync(organization.SafetyCenter("access-sharing"), "Revoke", "tbody tr");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("last active API key", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
    }

    [Fact]
    public async Task Many_keys_are_revoked_together_or_not_at_all()
    {
        var organization = await stage.CreateOrganizationAsync("Many");
        var second = await stage.IssueApiKeyAsync(organization, "second");
        var third = await stage.IssueApiKeyAsync(organization, "third");
        await stage.ScanAfterAsync(Month);
        using var admin = await stage.SignedInAsync(organization.Admin);
        (string, string) Key(IssuedKey key) => ("keys", key.Id.ToString());
        var here = organization.SafetyCenter("access-sharing");

        using var tooMany = await admin.PostFormAsync(
            here, "Revoke chosen keys", Key(organization.ApiKey), Key(second), Key(third));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, tooMany.StatusCode);
        Assert.Equal(3, (await stage.OpenAsync(organization, FindingRule.UnusedApiKey)).Count);

        using var none = await admin.PostFormAsync(here, "Revoke chosen keys");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, none.StatusCode);

        using var two = await admin.PostFormAsync(here, "Revoke chosen keys", Key(second), Key(third));
        Assert.Equal(System.Net.HttpStatusCode.Redirect, two.StatusCode);
        Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
    }

    [Theory]
    [InlineData("dashboards_read", 60)]
    [InlineData("dashboards_write", 30)]
    public async Task An_app_is_inactive_after_sixty_days_or_thirty_when_it_writes(string scope, int days)
    {
        var organization = await stage.CreateOrganizationAsync($"App {scope}");
        var app = await stage.AuthorizeAppAsync(organization, "monitors_read", scope);
        await stage.ScanAfterAsync(TimeSpan.FromDays(days) - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.InactiveOAuthApp));

        await stage.ScanAfterAsync(FindingsStage.Tick);
        var finding = Assert.Single(await stage.OpenAsync(organization, FindingRule.InactiveOAuthApp));
        Assert.Equal((app.Value, days), (finding.SubjectId, finding.Threshold));
    }

    [Fact]
    public async Task Use_of_any_grant_keeps_an_app_active_and_an_app_without_a_live_grant_is_not_listed()
    {
        var organization = await stage.CreateOrganizationAsync("Grants");
        var used = await stage.AuthorizeAppAsync(organization, "dashboards_write");
        var ended = await stage.AuthorizeAppAsync(organization, "dashboards_write");
        await stage.SqlAsync($"UPDATE credentials SET revoked_at = {stage.Now} WHERE app_id = {ended.Value}");
        stage.Time.Jump(TimeSpan.FromDays(29));
        await stage.InScopeAsync(async db =>
        {
            var app = await db.OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(candidate => candidate.Id == used);
            var another = User.ServiceAccount(organization.Id, "r@example.com", "Robot", title: null, [], stage.Now);
            db.AddRange(another, app.Authorize(another, live: null, ["dashboards_write"], stage.Now));
            await db.SaveChangesAsync();
        });
        await stage.ScanAfterAsync(TimeSpan.FromDays(29));
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.InactiveOAuthApp));

        await stage.ScanAfterAsync(TimeSpan.FromDays(1));
        Assert.Equal(used.Value, Assert.Single(await stage.OpenAsync(organization, FindingRule.InactiveOAuthApp)).SubjectId);
    }

    [Fact]
    public async Task Disabling_an_app_clears_its_finding_ends_its_grants_and_may_be_done_twice()
    {
        var organization = await stage.CreateOrganizationAsync("Disabling");
        var app = await stage.AuthorizeAppAsync(organization, "dashboards_write");
        await stage.ScanAfterAsync(Month);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var here = organization.SafetyCenter("access-sharing");
        var stale = await admin.PageAsync(here);

        await stage.PressAsync(organization, "access-sharing", "Disable", $"[data-subject='{app}']");
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.InactiveOAuthApp));
        var grant = Assert.Single(await stage.RowsAsync<OAuthGrant>(all => all.Where(grant => grant.AppId == app)));
        Assert.Equal((stage.Now, RevocationReason.AppDisabled), (grant.RevokedAt, grant.RevokedBecause));

        // A second admin presses the button of a page that was loaded before.
        var form = (AngleSharp.Html.Dom.IHtmlFormElement)stale.QuerySelector($"[data-subject='{app}'] form")!;
        using var again = await admin.PostAsync(form.GetAttribute("action"), new FormUrlEncodedContent(
            form.QuerySelectorAll("input").OfType<AngleSharp.Html.Dom.IHtmlInputElement>()
                .Select(input => KeyValuePair.Create(input.Name!, input.Value))));
        var told = await admin.PageAsync(again.Headers.Location!.ToString());
        Assert.Contains("was already disabled", told.Body!.TextContent, StringComparison.Ordinal);
    }

    private async Task UseAsync(IssuedKey key)
    {
        using var caller = stage.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.Add("DD-API-KEY", key.Secret);
        using var answer = await caller.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        await stage.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
    }
}
