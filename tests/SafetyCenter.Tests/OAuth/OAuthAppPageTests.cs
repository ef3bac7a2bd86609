using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>The page of an app: what it tells, and what each of its actions ends and brings back.</summary>
public sealed class OAuthAppPageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const string Writing = "dashboards_write";

    [Fact]
    public async Task It_tells_what_the_app_is_what_it_holds_and_does_and_who_calls_summed_over_its_users()
    {
        var organization = await stage.CreateOrganizationAsync("Telling");
        var bob = await stage.BobAsync(organization);
        var app = await TestApps.AppAsync(stage, organization, "Board", "user_access_read", AppSight.Reading, Writing);
        var hers = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read", AppSight.Reading);
        var his = await TestApps.GrantAsync(stage, app.Id, bob.Id, "user_access_read");
        foreach (var grant in new[] { hers, his })
        {
            var caller = new ApiCaller(
                stage,
                ("Authorization", $"Bearer {await TestApps.AccessTokenAsync(stage, grant)}"),
                ("DD-SERVICE", "lobby"));
            (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);
        }

        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("DD-API-KEY", organization.ApiKey.Secret));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.PageOf(app));
        Assert.Equal("Enabled", page.TextOf("[data-state]"));
        Assert.Contains(app.ClientId.ToString(), page.TextOf("main"), StringComparison.Ordinal);
        Assert.Contains(TestApps.Callback, page.TextOf("main"), StringComparison.Ordinal);
        Assert.Contains("Public: it has no secret", page.TextOf("main"), StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("[data-dynamic]"));
        Assert.Equal("WillBreak", page.QuerySelector("[data-verdict]")!.GetAttribute("data-verdict"));
        Assert.Contains("if it is disabled", page.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Contains("2 calls in the last 30 days", page.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Contains("lobby", page.TextOf("[data-callers] tbody"), StringComparison.Ordinal);
        Assert.Equal("2", page.TextOf("[data-callers] tbody [data-label=Calls]"));
        Assert.Contains("2 calls in all", page.TextOf("svg desc"), StringComparison.Ordinal);

        Assert.Equal("2", page.QuerySelector("[data-scope=user_access_read]")!.GetAttribute("data-held"));
        Assert.Null(page.QuerySelector("[data-scope=user_access_read] [data-unused]"));
        Assert.Equal("1", page.QuerySelector($"[data-scope={AppSight.Reading}]")!.GetAttribute("data-held"));
        Assert.Equal("held, but not seen in use", page.TextOf($"[data-scope={AppSight.Reading}] [data-unused]"));
        Assert.Equal("0", page.QuerySelector($"[data-scope={Writing}]")!.GetAttribute("data-held"));
        Assert.Contains("not seen using 1 scope", page.TextOf("[data-suggestion]"), StringComparison.Ordinal);

        var row = page.QuerySelector($"[data-grant='{his}']")!;
        Assert.Equal(organization.Settings($"credentials/{his}"), row.QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("Bob Builder", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("Reads: user_access_read", row.TextContent, StringComparison.Ordinal);
        Assert.NotNull(page.QuerySelector($"a[href='{organization.Settings($"audit?asset={app.Id}")}']"));
    }

    [Fact]
    public async Task Revoking_one_persons_grant_ends_it_alone_and_can_be_undone_on_its_page()
    {
        var organization = await stage.CreateOrganizationAsync("One grant");
        var bob = await stage.BobAsync(organization);
        var app = await TestApps.AppAsync(stage, organization, "Board", "user_access_read");
        var (hers, his) = (
            await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read"),
            await TestApps.GrantAsync(stage, app.Id, bob.Id, "user_access_read"));
        var (herToken, hisToken) = (
            await TestApps.AccessTokenAsync(stage, hers), await TestApps.AccessTokenAsync(stage, his));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var gone = Assert.Single(await stage.EventsOfAsync(organization, async () =>
        {
            using var answer = await admin.PostFormAsync(organization.PageOf(app), "Revoke", $"[data-grant='{his}']");
            var said = await admin.DoneAsync(answer);
            Assert.Contains("“Board” cannot act for Bob Builder any more", said, StringComparison.Ordinal);
            Assert.Contains("You can undo this until", said, StringComparison.Ordinal);
        }));
        Assert.Equal(("revoked", "oauth_grant"), (gone.Name, gone.AssetType));
        await CallsAsync(hisToken, HttpStatusCode.Forbidden);
        await CallsAsync(herToken, HttpStatusCode.OK);

        var page = await admin.PageAsync(organization.PageOf(app));
        Assert.Null(page.QuerySelector($"[data-grant='{his}']"));
        Assert.Contains("Bob Builder, ended", page.TextOf("[data-ended]"), StringComparison.Ordinal);
        Assert.Contains("by hand", page.TextOf("[data-ended]"), StringComparison.Ordinal);
        using var undone = await admin.PostFormAsync(organization.Settings($"credentials/{his}"), "Undo");
        Assert.Contains("Brought back what “Board” may do", await admin.DoneAsync(undone), StringComparison.Ordinal);
        await CallsAsync(hisToken, HttpStatusCode.OK);
    }

    [Fact]
    public async Task Disabling_shows_first_what_it_breaks_and_undoing_it_in_time_brings_the_same_access_back()
    {
        var organization = await stage.CreateOrganizationAsync("Off and on");
        var app = await TestApps.AppAsync(stage, organization, "Board", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var token = await TestApps.AccessTokenAsync(stage, grant);
        await stage.CallAsync("Authorization", $"Bearer {token}", "lobby");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.PageOf(app);
        Assert.Equal(
            address + "/disable", (await admin.PageAsync(address)).QuerySelector("main a.btn-danger")!.GetAttribute("href"));
        var asked = await admin.PageAsync(address + "/disable");
        Assert.Contains("Will break if it is disabled", asked.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Contains("lobby", asked.TextOf("[data-callers]"), StringComparison.Ordinal);
        Assert.Contains("1 user would have to authorize it anew", asked.TextOf("[data-consent]"), StringComparison.Ordinal);
        var undo = $"You can undo this until {Moment.Exact(stage.Now.AddDays(7))}";
        Assert.Contains(undo, asked.TextOf("[data-undo]"), StringComparison.Ordinal);

        using var disabled = await admin.PostFormAsync(address + "/disable", "Disable");
        Assert.Contains("Its access has ended", await admin.DoneAsync(disabled), StringComparison.Ordinal);
        await CallsAsync(token, HttpStatusCode.Forbidden);
        var page = await admin.PageAsync(address);
        Assert.Equal("Disabled", page.TextOf("[data-state]"));
        Assert.Contains("1 grant that ended with it would come back", page.TextOf("[data-undo]"), StringComparison.Ordinal);
        Assert.Contains("its app was disabled", page.TextOf("[data-ended]"), StringComparison.Ordinal);
        Assert.DoesNotContain(address + "/disable", page.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));
        var deleting = await admin.PageAsync(address + "/delete");
        Assert.Contains("nobody lets it act now", deleting.TextOf("[data-blast-radius]"), StringComparison.Ordinal);
        Assert.Null(deleting.QuerySelector("[data-verdict]"));
        using var again = await admin.GetAsync(address + "/disable");
        Assert.Equal(address, again.Headers.Location!.ToString());

        using var undone = await admin.PostFormAsync(address, "Undo");
        Assert.Contains("nobody has to authorize it anew", await admin.DoneAsync(undone), StringComparison.Ordinal);
        await CallsAsync(token, HttpStatusCode.OK);
        Assert.DoesNotContain("Undo", (await admin.PageAsync(address)).Buttons());
    }

    [Fact]
    public async Task After_the_time_for_it_nothing_is_undone_and_enabling_brings_no_access_back()
    {
        var organization = await stage.CreateOrganizationAsync("Off for long");
        var app = await TestApps.AppAsync(stage, organization, "Board", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        await stage.ChangeAsync(app.Id, row => row.Disable(organization.Admin.Id, stage.Now));
        stage.Time.Jump(TimeSpan.FromDays(7));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.PageOf(app);
        var page = await admin.PageAsync(address);
        Assert.Equal(["Enable"], page.Buttons().Intersect(["Enable", "Undo"]));
        Assert.Contains("too late to undo", page.TextOf("[data-undo]"), StringComparison.Ordinal);
        using var late = await admin.PostWithTokenOfAsync(address, address + "?handler=Undo");
        Assert.Contains("too late", await late.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);

        using var enabled = await admin.PostFormAsync(address, "Enable");
        Assert.Contains("authorizes it anew", await admin.DoneAsync(enabled), StringComparison.Ordinal);
        Assert.True((await stage.RowAsync(app.Id)).IsUsable);
        Assert.False((await stage.GrantRowAsync(grant)).IsActive);
    }

    [Fact]
    public async Task What_is_in_use_is_deleted_only_by_typing_its_name_and_with_it_go_grants_and_secrets()
    {
        var organization = await stage.CreateOrganizationAsync("Deleting");
        var (app, secret) = await TestApps.ConfidentialAsync(stage, organization, "Export", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var token = await TestApps.AccessTokenAsync(stage, grant);
        await stage.CallAsync("Authorization", $"Bearer {token}");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.PageOf(app));
        Assert.Contains($"ends in {secret.Secret[^4..]}", page.TextOf("[data-secrets]"), StringComparison.Ordinal);
        Assert.NotNull(page.QuerySelector($"[data-secrets] a[href='{organization.Settings($"credentials/{secret.Id}")}']"));
        Assert.Contains("Confidential", page.TextOf("main"), StringComparison.Ordinal);

        var address = organization.PageOf(app, "/delete");
        Assert.Contains(
            "Will break if it is deleted",
            (await admin.PageAsync(address)).TextOf("[data-blast-radius]"),
            StringComparison.Ordinal);
        using var blind = await admin.PostFormAsync(address, "Delete");
        Assert.Contains("Type its name", await blind.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        await CallsAsync(token, HttpStatusCode.OK);
        using var deleted = await admin.PostFormAsync(address, "Delete", ("confirm", " Export "));
        Assert.Contains("Deleted “Export”", await admin.DoneAsync(deleted), StringComparison.Ordinal);
        await CallsAsync(token, HttpStatusCode.Forbidden);
        Assert.False((await stage.RowAsync<OAuthClientSecret>(secret.Id)).IsActive);
        Assert.Equal(HttpStatusCode.NotFound, await admin.StatusOfAsync(organization.PageOf(app)));
        Assert.Equal(HttpStatusCode.NotFound, await admin.StatusOfAsync(address));

        var unused = await TestApps.AppAsync(stage, organization, "Unused", AppSight.Reading);
        stage.Time.Jump(TimeSpan.FromDays(30));
        using var later = await stage.SignedInAsync(organization.Admin);
        using var easily = await later.PostFormAsync(organization.PageOf(unused, "/delete"), "Delete");
        await later.DoneAsync(easily);
        Assert.NotNull((await stage.RowAsync(unused.Id)).DeletedAt);
    }

    [Fact]
    public async Task Restricting_says_how_many_grants_would_end_before_it_ends_them()
    {
        var organization = await stage.CreateOrganizationAsync("Restricting");
        var bob = await stage.BobAsync(organization);
        var app = await TestApps.AppAsync(stage, organization, "Board", AppSight.Reading, Writing);
        var (wide, narrow) = (
            await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, AppSight.Reading, Writing),
            await TestApps.GrantAsync(stage, app.Id, bob.Id, AppSight.Reading));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.PageOf(app);
        using var none = await admin.PostFormAsync(address, "Restrict", ("scopes", ""));
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
        using var unknown = await admin.PostFormAsync(address, "Restrict", ("scopes", "api_keys_write"));
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);

        using var asked = await admin.PostFormAsync(address, "Restrict", ("scopes", AppSight.Reading));
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var page = await asked.ReadAsync();
        Assert.Equal("1", page.QuerySelector("[data-ending]")!.GetAttribute("data-ending"));
        Assert.Equal(
            [AppSight.Reading], page.QuerySelectorAll("[name=scopes][checked]").Select(box => box.GetAttribute("value")));
        Assert.Null((await stage.RowAsync(app.Id)).RestrictedTo);
        Assert.True((await stage.GrantRowAsync(wide)).IsActive);

        // Another number than was shown is asked once more.
        using var stale = await admin.PostFormAsync(address, "Restrict", ("scopes", AppSight.Reading), ("ending", "2"));
        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.True((await stage.GrantRowAsync(wide)).IsActive);

        using var done = await admin.PostFormAsync(address, "Restrict", ("scopes", AppSight.Reading), ("ending", "1"));
        Assert.Contains("1 grant that held more ended", await admin.DoneAsync(done), StringComparison.Ordinal);
        Assert.Equal(RevocationReason.ScopeRemoved, (await stage.GrantRowAsync(wide)).RevokedBecause);
        Assert.True((await stage.GrantRowAsync(narrow)).IsActive);
        Assert.Equal([AppSight.Reading], (await stage.RowAsync(app.Id)).Scopes);
        var restricted = await admin.PageAsync(address);
        Assert.Contains("taken away", restricted.TextOf($"[data-scope={Writing}]"), StringComparison.Ordinal);

        using var lifted = await admin.PostFormAsync(address, "Lift");
        Assert.Contains("is not restricted any more", await admin.DoneAsync(lifted), StringComparison.Ordinal);
        Assert.Null((await stage.RowAsync(app.Id)).RestrictedTo);
        Assert.False((await stage.GrantRowAsync(wide)).IsActive);
    }

    [Fact]
    public async Task One_that_registered_itself_says_so_and_waits_for_approval_where_that_is_asked_for()
    {
        var organization = await stage.CreateOrganizationAsync("Itself");
        var app = await stage.RegisteredItselfAsync(organization, "Pair", isApproved: false);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.PageOf(app));
        Assert.Contains("nobody has checked", page.TextOf("[data-dynamic]"), StringComparison.Ordinal);
        Assert.Equal("Waiting for approval", page.TextOf("[data-state]"));
        using var approved = await admin.PostFormAsync(organization.PageOf(app), "Approve");
        await admin.DoneAsync(approved);
        var row = await stage.RowAsync(app.Id);
        Assert.Equal((organization.Admin.Id, stage.Now), (row.ApprovedBy, row.ApprovedAt));
        Assert.DoesNotContain("Approve", (await admin.PageAsync(organization.PageOf(app))).Buttons());
    }

    [Fact]
    public async Task Grants_come_in_pages_at_the_same_cost_for_many_as_for_few()
    {
        var organization = await stage.CreateOrganizationAsync("Many grants");
        var app = await TestApps.AppAsync(stage, organization, "Board", AppSight.Reading, Writing);
        await AddAsync(0, 3);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.PageOf(app);
        var few = await CredentialStage.CostAsync(admin, address);
        await AddAsync(3, 50);
        Assert.Equal(few, await CredentialStage.CostAsync(admin, address));
        Assert.InRange(few, 1, 10);

        var first = await admin.PageAsync(address);
        Assert.Equal("53", first.QuerySelector("[data-grants]")!.GetAttribute("data-grants"));
        var second = await admin.PageAsync(first.QuerySelector("a[rel=next]")!.GetAttribute("href")!);
        Assert.Null(second.QuerySelector("a[rel=next]"));
        var ids = new[] { first, second }
            .SelectMany(page => page.QuerySelectorAll("[data-grant]").Select(row => row.GetAttribute("data-grant")))
            .ToList();
        Assert.Equal((53, 53), (ids.Count, ids.Distinct().Count()));

        async Task AddAsync(int from, int count)
        {
            for (var number = from; number < from + count; number++)
            {
                var user = await stage.AddPersonAsync(organization, $"user{number}@many-grants.example");
                var grant = await TestApps.GrantAsync(stage, app.Id, user.Id, AppSight.Reading);
                await stage.AddCallersAsync(grant, from: number % 30, count: 1, calls: 2);
            }
        }
    }

    [Fact]
    public async Task Who_may_read_sees_it_and_does_nothing_and_another_organization_sees_nothing()
    {
        var organization = await stage.CreateOrganizationAsync("App readers");
        var other = await stage.CreateOrganizationAsync("App strangers");
        var bob = await stage.BobAsync(organization);
        var app = await TestApps.AppAsync(stage, organization, "Board", AppSight.Reading);
        var elsewhere = await TestApps.AppAsync(stage, organization, "Other", AppSight.Reading);
        var hers = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, AppSight.Reading);
        var his = await TestApps.GrantAsync(stage, app.Id, bob.Id, AppSight.Reading);
        using var reader = await stage.SignedInAsync(bob);
        var address = organization.PageOf(app);
        var page = await reader.PageAsync(address);

        // His own grant is his to end.
        Assert.Equal(["Revoke"], page.Buttons());
        Assert.NotNull(page.QuerySelector($"[data-grant='{his}'] button"));
        foreach (var handler in new[]
        {
            "Approve", "Enable", "Undo", "Restrict&scopes=dashboards_read", "Lift", $"Revoke&grant={hers}",
        })
        {
            using var refused = await reader.PostWithTokenOfAsync(address, $"{address}?handler={handler}");
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        foreach (var below in new[] { "/disable", "/delete" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await reader.StatusOfAsync(address + below));
            using var refused = await reader.PostWithTokenOfAsync(address, address + below);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        using var admin = await stage.SignedInAsync(organization.Admin);
        using var mixed = await admin.PostWithTokenOfAsync(
            address, $"{organization.PageOf(elsewhere)}?handler=Revoke&grant={his}");
        Assert.Equal(HttpStatusCode.NotFound, mixed.StatusCode);
        using var carl = await stage.SignedInAsync(other.Admin);
        var his404 = other.Apps($"/{app.Id}");
        Assert.Equal(HttpStatusCode.NotFound, await carl.StatusOfAsync(his404));
        Assert.Equal(HttpStatusCode.NotFound, await carl.StatusOfAsync(other.Apps("/nonsense")));
        foreach (var act in new[]
        {
            "?handler=Approve", "?handler=Enable", "?handler=Undo", "?handler=Restrict&scopes=dashboards_read", "?handler=Lift",
            $"?handler=Revoke&grant={his}", "/disable", "/delete",
        })
        {
            using var foreign = await carl.PostWithTokenOfAsync(other.SafetyCenter(), his404 + act);
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }

        Assert.True((await stage.RowAsync(app.Id)).IsUsable);
        Assert.True((await stage.GrantRowAsync(hers)).IsActive);
        Assert.True((await stage.GrantRowAsync(his)).IsActive);
    }

    private async Task CallsAsync(string token, HttpStatusCode status) =>
        (await TestApps.CallerWith(stage, token).GetAsync("/api/v2/users")).Must(status);
}
