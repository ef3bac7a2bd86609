using System.Net;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.OAuth;

/// <summary>The list of apps: what it says of each, what waits, the filter, its pages and its cost.</summary>
public sealed class OAuthAppsPageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task The_list_says_how_each_app_stands_and_who_uses_it()
    {
        var organization = await stage.CreateOrganizationAsync("Standing");
        var bob = await stage.BobAsync(organization);
        var idle = await TestApps.AppAsync(stage, organization, "Idle one", "dashboards_write");
        await TestApps.GrantAsync(stage, idle.Id, bob.Id, "dashboards_write");
        stage.Time.Jump(TimeSpan.FromDays(30));
        var busy = await TestApps.AppAsync(stage, organization, "Busy one", AppSight.Reading);
        var used = await TestApps.GrantAsync(stage, busy.Id, bob.Id, AppSight.Reading);
        await TestApps.GrantAsync(stage, busy.Id, organization.Admin.Id, AppSight.Reading);
        await stage.UsedAsync(used);
        var off = await TestApps.AppAsync(stage, organization, "Switched off", AppSight.Reading);
        await stage.ChangeAsync(off.Id, app => app.Disable(organization.Admin.Id, stage.Now));
        await stage.RegisteredItselfAsync(organization, "Zealous", isApproved: false);
        await stage.RunAsync<ScanFindings>();

        var page = await stage.AppsAsync(organization);
        Assert.Equal(
            ["Zealous", "Busy one", "Idle one", "Switched off"],
            page.QuerySelectorAll("tr[data-app] strong:not([data-state])").Select(item => item.TextContent));
        Assert.Equal(
            ["Waiting for approval", "Enabled", "Idle", "Disabled"],
            page.QuerySelectorAll("[data-state]").Select(item => item.TextContent));
        Assert.Contains("registered itself", page.TextOf("tr[data-app]"), StringComparison.Ordinal);
        Assert.Contains("not used for 30 days", page.TextOf($"[data-app='{idle.Id}']"), StringComparison.Ordinal);
        Assert.Equal("1", page.TextOf($"[data-app='{idle.Id}'] [data-label=Users]"));
        Assert.Equal("Can write", page.TextOf($"[data-app='{idle.Id}'] [data-label=Access]"));
        Assert.Equal("2", page.TextOf($"[data-app='{busy.Id}'] [data-label=Users]"));
        Assert.Equal("Reads", page.TextOf($"[data-app='{busy.Id}'] [data-label=Access]"));
        Assert.StartsWith("just now", page.TextOf($"[data-app='{busy.Id}'] [data-label='Last used']"), StringComparison.Ordinal);
        Assert.Equal("None now", page.TextOf($"[data-app='{off.Id}'] [data-label=Access]"));
        Assert.Equal(
            organization.PageOf(busy), page.QuerySelector($"[data-app='{busy.Id}'] a")!.GetAttribute("href"));
        Assert.NotNull(page.QuerySelector($"a[href='{organization.Apps("/new")}']"));
    }

    [Fact]
    public async Task What_waits_is_approved_or_deleted_on_the_spot_and_what_was_approved_meanwhile_is_not_deleted()
    {
        var organization = await stage.CreateOrganizationAsync("Approving");
        var (wanted, unwanted) = (
            await stage.RegisteredItselfAsync(organization, "Wanted", isApproved: false),
            await stage.RegisteredItselfAsync(organization, "Unwanted", isApproved: false));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var stale = (await admin.PageAsync(organization.Apps()))
            .QuerySelector($"[data-app='{wanted.Id}'] form[action*=Delete]")!.GetAttribute("action")!;

        var approved = Assert.Single(await stage.EventsOfAsync(organization, async () =>
        {
            using var answer = await admin.PostFormAsync(organization.Apps(), "Approve", $"[data-app='{wanted.Id}']");
            Assert.Contains("Approved “Wanted”", await admin.DoneAsync(answer), StringComparison.Ordinal);
        }));
        Assert.Equal(("approved", wanted.Id.Value), (approved.Name, approved.AssetId));
        Assert.True((await stage.RowAsync(wanted.Id)).IsUsable);

        using var late = await admin.PostWithTokenOfAsync(organization.Apps(), stale);
        Assert.Contains("was approved at", await late.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Null((await stage.RowAsync(wanted.Id)).DeletedAt);

        using var deleted = await admin.PostFormAsync(organization.Apps(), "Delete", $"[data-app='{unwanted.Id}']");
        Assert.Contains("Deleted “Unwanted”", await admin.DoneAsync(deleted), StringComparison.Ordinal);
        Assert.Null((await admin.PageAsync(organization.Apps())).QuerySelector($"[data-app='{unwanted.Id}']"));
    }

    [Fact]
    public async Task Registrations_of_one_program_are_one_line_and_each_that_waits_can_be_approved_there()
    {
        var organization = await stage.CreateOrganizationAsync("One line");
        for (var port = 1; port <= 9; port++)
        {
            await stage.RegisteredItselfAsync(organization, "Pair", 40000 + port);
        }

        var waiting = await stage.RegisteredItselfAsync(organization, "Pair", 40010, isApproved: false);
        await TestApps.AppAsync(stage, organization, "Pair", AppSight.Reading);
        var page = await stage.AppsAsync(organization);
        Assert.Equal(2, page.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(10, page.QuerySelectorAll("[data-program] [data-app]").Length);
        Assert.Equal("10 registrations of Pair, 0 in use", page.TextOf("[data-program] [id^=program-]"));
        Assert.NotNull(page.QuerySelector("[data-program] details[open]"));
        Assert.Equal(waiting.Id.ToString(), page.QuerySelector("[data-program] [data-app]")!.GetAttribute("data-app"));

        using var admin = await stage.SignedInAsync(organization.Admin);
        using var answer = await admin.PostFormAsync(organization.Apps(), "Approve", $"[data-app='{waiting.Id}']");
        await admin.DoneAsync(answer);
        Assert.NotNull((await stage.RowAsync(waiting.Id)).ApprovedAt);
    }

    [Fact]
    public async Task The_filter_finds_parts_of_names_and_publishers_and_takes_nothing_as_a_pattern()
    {
        var organization = await stage.CreateOrganizationAsync("Filtering");
        await TestApps.AppAsync(stage, organization, "100% Charts", AppSight.Reading);
        await stage.RegisteredItselfAsync(organization, "Board");
        using var admin = await stage.SignedInAsync(organization.Admin);
        Assert.Equal(["100% Charts"], await FoundAsync("0% ch"));
        Assert.Equal(["Board"], await FoundAsync("BOARD.EXAMPLE"));
        Assert.Equal(["100% Charts", "Board"], await FoundAsync(" "));
        Assert.Empty(await FoundAsync("_oard"));

        async Task<IEnumerable<string>> FoundAsync(string search) =>
            (await admin.PageAsync(organization.Apps($"?search={Uri.EscapeDataString(search)}")))
                .QuerySelectorAll("tr[data-app] strong:not([data-state])").Select(item => item.TextContent).ToList();
    }

    [Fact]
    public async Task Pages_hold_every_line_once_in_order_and_keep_the_filter()
    {
        var organization = await stage.CreateOrganizationAsync("Paged apps");
        var names = Enumerable.Range(0, 60).Select(number => $"App {number:00}").ToList();
        foreach (var name in names)
        {
            await TestApps.AppAsync(stage, organization, name, AppSight.Reading);
        }

        await stage.RegisteredItselfAsync(organization, "App zz", isApproved: false);
        await TestApps.AppAsync(stage, organization, "Elsewhere", AppSight.Reading);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var seen = new List<string>();
        var address = organization.Apps("?search=app");
        for (var pages = 0; address is not null && pages < 5; pages++)
        {
            var page = await admin.PageAsync(address);
            seen.AddRange(page.QuerySelectorAll("tr[data-app] strong:not([data-state])").Select(item => item.TextContent));
            address = page.QuerySelector("a[rel=next]")?.GetAttribute("href");
        }

        Assert.Equal(["App zz", .. names], seen);
        Assert.Equal(
            HttpStatusCode.OK,
            await admin.StatusOfAsync(organization.Apps($"?after={Uri.EscapeDataString("1_nonsense_\0")}")));
    }

    [Fact]
    public async Task The_list_asks_the_database_as_often_for_many_rows_as_for_few()
    {
        var organization = await stage.CreateOrganizationAsync("Counted apps");
        using var admin = await stage.SignedInAsync(organization.Admin);
        await AddAsync(0, 3);
        var few = await CredentialStage.CostAsync(admin, organization.Apps());
        await AddAsync(3, 40);
        var many = await CredentialStage.CostAsync(admin, organization.Apps());
        Assert.Equal(few, many);
        Assert.InRange(many, 1, 6);

        async Task AddAsync(int from, int count)
        {
            for (var number = from; number < from + count; number++)
            {
                await stage.LetInAsync(organization, "Pair", organization.Admin, 40000 + number);
                await stage.LetInAsync(organization, $"Twice {number % 5}", organization.Admin, 41000 + number);
                await TestApps.AppAsync(stage, organization, $"App {number}", AppSight.Reading);
            }
        }
    }

    [Fact]
    public async Task Who_may_read_sees_it_without_buttons_and_who_may_not_is_refused()
    {
        var organization = await stage.CreateOrganizationAsync("Readers of apps");
        var other = await stage.CreateOrganizationAsync("Carl of apps");
        var app = await stage.RegisteredItselfAsync(organization, "Waits", isApproved: false);
        using var reader = await stage.SignedInAsync(await stage.BobAsync(organization));
        var page = await reader.PageAsync(organization.Apps());
        Assert.Equal(["Search"], page.Buttons());
        Assert.Null(page.QuerySelector($"a[href='{organization.Apps("/new")}']"));
        foreach (var handler in new[] { "Approve", "Delete" })
        {
            using var refused = await reader.ForceAsync(
                organization.Apps(), organization.Apps($"?handler={handler}&app={app.Id}"));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        using var readOnly = await stage.SignedInAsync(
            await stage.AddPersonAsync(organization, "eve@readers.example", role: Role.ReadOnlyName));
        Assert.Equal(HttpStatusCode.Forbidden, await readOnly.StatusOfAsync(organization.Apps()));
        using var carl = await stage.SignedInAsync(other.Admin);
        Assert.Equal(HttpStatusCode.NotFound, await carl.StatusOfAsync(organization.Apps()));
        foreach (var handler in new[] { "Approve", "Delete" })
        {
            using var foreign = await carl.ForceAsync(other.Apps(), other.Apps($"?handler={handler}&app={app.Id}"));
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }

        Assert.True(await stage.RowAsync(app.Id) is { ApprovedAt: null, DeletedAt: null });
    }
}
