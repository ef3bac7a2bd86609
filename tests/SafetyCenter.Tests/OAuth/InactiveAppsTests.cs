using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What the tab Access &amp; Sharing says of inactive apps, and how many are disabled at a time.</summary>
public sealed class InactiveAppsTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Fact]
    public async Task Each_app_says_why_it_is_listed_and_leads_to_its_page()
    {
        var organization = await stage.CreateOrganizationAsync("Why listed");
        var (secretOnly, _) = await TestApps.ConfidentialAsync(stage, organization, "Export", AppSight.Reading);
        stage.Time.Jump(Month);
        var writer = await TestApps.AppAsync(stage, organization, "Writer", "dashboards_write", AppSight.Reading);
        await TestApps.GrantAsync(stage, writer.Id, organization.Admin.Id, "dashboards_write", AppSight.Reading);
        var since = stage.Now + Month;
        await stage.ScanAfterAsync(Month);
        stage.Time.Jump(TimeSpan.FromDays(1));

        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.SafetyCenter("access-sharing"));
        var row = $"[data-rule=inactive-oauth-app][data-subject='{writer.Id}']";
        var why = page.TextOf($"{row} [data-label='Why it is listed']");
        Assert.Contains("Not used for 30 days with write access", why, StringComparison.Ordinal);
        Assert.Contains(Moment.Exact(since), why, StringComparison.Ordinal);
        Assert.Equal("Can write: dashboards_read, dashboards_write", page.TextOf($"{row} [data-label=Access]"));
        Assert.Equal("1", page.TextOf($"{row} [data-label=Users]"));
        Assert.Equal("never since it was authorized", page.TextOf($"{row} [data-label='Last used']"));
        Assert.Equal(organization.PageOf(writer), page.QuerySelector($"{row} a")!.GetAttribute("href"));

        var other = $"[data-rule=inactive-oauth-app][data-subject='{secretOnly.Id}']";
        Assert.Contains("Not used for 60 days", page.TextOf(other), StringComparison.Ordinal);
        Assert.Equal("never since it was registered", page.TextOf($"{other} [data-label='Last used']"));
        Assert.Equal("0", page.TextOf($"{other} [data-label=Users]"));
    }

    [Fact]
    public async Task Several_are_disabled_together_and_what_was_stopped_meanwhile_is_said()
    {
        var organization = await stage.CreateOrganizationAsync("Several apps");
        var apps = new List<Id<OAuthApp>>();
        for (var number = 0; number < 4; number++)
        {
            apps.Add(await stage.AuthorizeAppAsync(organization, "dashboards_write"));
        }

        await stage.ScanAfterAsync(Month);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var here = organization.SafetyCenter("access-sharing");
        using var none = await admin.PostFormAsync(here, "Disable chosen apps");
        Assert.Contains("Choose at least one app", await none.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);

        // Another admin disables one and deletes one while this page is open.
        var disable = (await admin.PageAsync(here)).QuerySelector("#apps-form")!.GetAttribute("action")!;
        await stage.ChangeAsync(apps[1], app => app.Disable(organization.Admin.Id, stage.Now));
        await stage.ChangeAsync(apps[2], app => app.Delete(stage.Now));
        using var answer = await admin.PostWithTokenOfAsync(
            here, disable, [.. apps.Take(3).Select(app => ("apps", app.ToString()))]);
        var said = await admin.DoneAsync(answer);
        Assert.Contains("Disabled “App”", said, StringComparison.Ordinal);
        Assert.Contains("was already disabled", said, StringComparison.Ordinal);
        Assert.Contains("was already deleted", said, StringComparison.Ordinal);
        Assert.NotNull((await stage.RowAsync(apps[0])).DisabledAt);
        Assert.Equal(
            apps[3].Value, Assert.Single(await stage.OpenAsync(organization, FindingRule.InactiveOAuthApp)).SubjectId);

        using var unknown = await admin.PostWithTokenOfAsync(
            here, disable, ("apps", apps[3].ToString()), ("apps", Guid.NewGuid().ToString()));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Null((await stage.RowAsync(apps[3])).DisabledAt);
    }

    [Fact]
    public async Task Registrations_of_one_program_are_one_row_whose_button_disables_the_inactive_ones_alone()
    {
        var organization = await stage.CreateOrganizationAsync("Inactive program");
        var elsewhere = await stage.CreateOrganizationAsync("Inactive elsewhere");
        var quiet = new List<Id<OAuthApp>>();
        for (var port = 0; port < 3; port++)
        {
            quiet.Add((await stage.LetInAsync(organization, "Pair", organization.Admin, 40001 + port)).App.Id);
            await stage.LetInAsync(elsewhere, "Pair", elsewhere.Admin, 40001 + port);
        }

        var lone = await stage.LetInAsync(organization, "Lone", organization.Admin);
        stage.Time.Jump(Month);
        var (busy, _) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40010);
        await stage.ScanAfterAsync(Month);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var here = organization.SafetyCenter("access-sharing");
        var page = await admin.PageAsync(here);
        Assert.Contains("3 inactive registrations of Pair", page.TextOf("tr[data-program]"), StringComparison.Ordinal);
        Assert.Equal(
            quiet.Select(id => id.ToString()).Order(),
            page.QuerySelectorAll("tr[data-program] [data-rule=inactive-oauth-app]")
                .Select(item => item.GetAttribute("data-subject")!).Order());
        Assert.NotNull(page.QuerySelector($"tr[data-subject='{lone.App.Id}']"));
        var address = page.QuerySelector("tr[data-program] form")!.GetAttribute("action")!;

        using var disabled = await admin.PostFormAsync(here, "Disable", "tr[data-program]");
        Assert.Contains("Disabled 3 apps", await admin.DoneAsync(disabled), StringComparison.Ordinal);
        foreach (var id in quiet)
        {
            Assert.NotNull((await stage.RowAsync(id)).DisabledAt);
        }

        Assert.Null((await stage.RowAsync(busy.Id)).DisabledAt);
        Assert.Null((await stage.RowAsync(lone.App.Id)).DisabledAt);
        Assert.Equal(3, (await stage.OpenAsync(elsewhere, FindingRule.InactiveOAuthApp)).Count);

        using var again = await admin.PostWithTokenOfAsync(here, address);
        Assert.Contains("None of them is inactive any more", await admin.DoneAsync(again), StringComparison.Ordinal);
        using var nothing = await admin.PostWithTokenOfAsync(here, $"{here}?handler=Disable&program=nonsense");
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
    }

    [Fact]
    public async Task The_tab_asks_the_database_as_often_for_many_registrations_as_for_few()
    {
        var organization = await stage.CreateOrganizationAsync("Counted programs");
        await AddAsync(0, 3);
        using var early = await stage.SignedInAsync(organization.Admin);
        var few = await CredentialStage.CostAsync(early, organization.SafetyCenter("access-sharing"));
        await AddAsync(3, 40);
        using var late = await stage.SignedInAsync(organization.Admin);
        Assert.Equal(few, await CredentialStage.CostAsync(late, organization.SafetyCenter("access-sharing")));
        Assert.InRange(few, 1, 6);

        async Task AddAsync(int from, int count)
        {
            for (var number = from; number < from + count; number++)
            {
                await stage.LetInAsync(organization, "Pair", organization.Admin, 40000 + number);
                await TestApps.ConfidentialAsync(stage, organization, $"App {number}", AppSight.Reading);
            }

            await stage.ScanAfterAsync(TimeSpan.FromDays(60));
        }
    }
}
