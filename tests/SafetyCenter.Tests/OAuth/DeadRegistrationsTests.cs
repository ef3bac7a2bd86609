using System.Net;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>
/// Which registrations of a program that registers itself again and again are dead, and that cleaning up deletes these and
/// no others.
/// </summary>
public sealed class DeadRegistrationsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Superseded = TimeSpan.FromDays(Registrations.SupersededDays);

    [Theory]
    [InlineData("dashboards_read", 60)]
    [InlineData("dashboards_write", 30)]
    public async Task One_that_nobody_used_for_the_number_of_days_is_dead_and_not_a_moment_earlier(string scope, int days)
    {
        var organization = await stage.CreateOrganizationAsync($"Quiet {scope}");
        var bob = await stage.BobAsync(organization);
        var (his, _) = await stage.LetInAsync(organization, "Pair", bob, 40001, scope);
        stage.Time.Jump(Hour);
        var (hers, used) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40002, scope);
        stage.Time.Jump(Hour);
        await stage.UsedAsync(used);

        stage.Time.Jump(TimeSpan.FromDays(days) - Hour - Hour - FindingsStage.Tick);
        Assert.Empty(await stage.DeadAsync(organization));
        stage.Time.Jump(FindingsStage.Tick);
        Assert.Equal([his.Id], await stage.DeadAsync(organization));
        stage.Time.Jump(Hour + Hour - FindingsStage.Tick);
        Assert.Equal([his.Id], await stage.DeadAsync(organization));
        stage.Time.Jump(FindingsStage.Tick);
        Assert.Equal(new[] { his.Id, hers.Id }.Order(), (await stage.DeadAsync(organization)).Order());
    }

    [Fact]
    public async Task One_whose_user_has_had_a_newer_one_for_a_week_and_left_it_alone_since_is_dead()
    {
        var organization = await stage.CreateOrganizationAsync("Superseded");
        var (old, used) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40001);
        stage.Time.Jump(Hour);
        await stage.UsedAsync(used);
        stage.Time.Jump(Hour);
        await stage.LetInAsync(organization, "Pair", organization.Admin, 40002);
        stage.Time.Jump(Superseded - FindingsStage.Tick);
        Assert.Empty(await stage.DeadAsync(organization));
        stage.Time.Jump(FindingsStage.Tick);
        Assert.Equal([old.Id], await stage.DeadAsync(organization));
    }

    [Fact]
    public async Task One_that_is_still_used_on_another_machine_is_alive_however_many_newer_ones_there_are()
    {
        var organization = await stage.CreateOrganizationAsync("Two machines");
        var (_, used) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40001);
        stage.Time.Jump(Hour);
        var (second, _) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40002);
        stage.Time.Jump(FindingsStage.Tick);
        await stage.UsedAsync(used);
        stage.Time.Jump(Superseded + Superseded);
        Assert.Empty(await stage.DeadAsync(organization));

        // A third makes the second superseded, and the first once it has been left alone for a week from then on.
        await stage.LetInAsync(organization, "Pair", organization.Admin, 40003);
        stage.Time.Jump(Hour);
        await stage.UsedAsync(used);
        stage.Time.Jump(Superseded - Hour);
        Assert.Equal([second.Id], await stage.DeadAsync(organization));
    }

    [Fact]
    public async Task A_newer_one_of_somebody_else_of_another_program_or_elsewhere_supersedes_nothing()
    {
        var organization = await stage.CreateOrganizationAsync("Not the same");
        var elsewhere = await stage.CreateOrganizationAsync("Elsewhere");
        var bob = await stage.BobAsync(organization);
        var (hers, _) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40001);
        var (both, _) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40002);
        await TestApps.GrantAsync(stage, both.Id, bob.Id, AppSight.Reading);
        await stage.LetInAsync(organization, "Other", organization.Admin, 40003);
        await stage.LetInAsync(elsewhere, "Pair", elsewhere.Admin, 40004);
        stage.Time.Jump(Hour);
        await stage.LetInAsync(organization, "Pair", bob, 40005);
        await stage.LetInAsync(organization, "Other", organization.Admin, 40006);
        stage.Time.Jump(Superseded);

        // Bob has a newer one than that which acts for both; Ann has none newer than hers. "Other" is two of its own.
        var dead = await stage.DeadAsync(organization);
        Assert.DoesNotContain(hers.Id, dead);
        Assert.DoesNotContain(both.Id, dead);
        Assert.Single(dead);
        Assert.Empty(await stage.DeadAsync(elsewhere));
    }

    [Fact]
    public async Task One_that_nobody_lets_act_is_dead_unless_it_waits_was_approved_just_now_or_is_disabled()
    {
        var organization = await stage.CreateOrganizationAsync("Nobody");
        var (ended, grant) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40001);
        var (stopped, _) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40002);
        var waiting = await stage.RegisteredItselfAsync(organization, "Pair", 40003, isApproved: false);
        var approved = await stage.RegisteredItselfAsync(organization, "Pair", 40004, isApproved: false);
        await stage.RegisteredItselfAsync(organization, "Alone", 40005);
        await stage.ChangeAsync(stopped.Id, app => app.Disable(organization.Admin.Id, stage.Now));
        await stage.ChangeAsync(approved.Id, app => app.Approve(organization.Admin.Id, stage.Now));
        Assert.Empty(await stage.DeadAsync(organization));

        await stage.EndAsync(organization, grant);
        Assert.Equal([ended.Id], await stage.DeadAsync(organization));
        stage.Time.Jump(TimeSpan.FromDays(Registrations.ApprovedDays) - FindingsStage.Tick);
        Assert.Equal([ended.Id], await stage.DeadAsync(organization));
        stage.Time.Jump(FindingsStage.Tick);
        Assert.Equal(new[] { ended.Id, approved.Id }.Order(), (await stage.DeadAsync(organization)).Order());
        Assert.Null((await stage.RowAsync(waiting.Id)).ApprovedAt);
    }

    [Fact]
    public async Task Clean_up_deletes_the_dead_ones_and_ends_their_grants_as_one_act()
    {
        var organization = await stage.CreateOrganizationAsync("Sweeping");
        var elsewhere = await stage.CreateOrganizationAsync("Not swept");
        var (old, oldGrant) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40001);
        await stage.LetInAsync(elsewhere, "Pair", elsewhere.Admin, 40001);
        stage.Time.Jump(Hour);
        var (kept, keptGrant) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40002);
        await stage.LetInAsync(elsewhere, "Pair", elsewhere.Admin, 40002);
        var alone = await TestApps.AppAsync(stage, organization, "Pair", AppSight.Reading);
        stage.Time.Jump(Superseded);
        var token = await TestApps.AccessTokenAsync(stage, oldGrant);
        (await TestApps.CallerWith(stage, token).GetAsync("/verify")).Must(HttpStatusCode.OK);

        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.Apps());
        Assert.Equal("2 registrations of Pair, 1 in use", page.TextOf("[data-program] [id^=program-]"));
        Assert.Equal("1", page.QuerySelector("[data-dead-count]")!.GetAttribute("data-dead-count"));
        Assert.Contains("clean up deletes it", page.TextOf("[data-dead=true]"), StringComparison.Ordinal);

        using var swept = await admin.PostFormAsync(organization.Apps(), "Clean up");
        Assert.Contains("Deleted 1 of 2 registrations of “Pair”", await admin.DoneAsync(swept), StringComparison.Ordinal);
        Assert.Equal(stage.Now, (await stage.RowAsync(old.Id)).DeletedAt);
        Assert.Null((await stage.RowAsync(kept.Id)).DeletedAt);
        Assert.Null((await stage.RowAsync(alone.Id)).DeletedAt);
        Assert.False((await stage.GrantRowAsync(oldGrant)).IsActive);
        Assert.True((await stage.GrantRowAsync(keptGrant)).IsActive);
        (await TestApps.CallerWith(stage, token).GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        Assert.DoesNotContain("Clean up", (await admin.PageAsync(organization.Apps())).Buttons());
        Assert.Single(await stage.DeadAsync(elsewhere));
    }

    [Fact]
    public async Task What_is_used_between_the_page_and_the_press_of_the_button_is_kept()
    {
        var organization = await stage.CreateOrganizationAsync("Judged again");
        var (old, used) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40001);
        stage.Time.Jump(Hour);
        await stage.LetInAsync(organization, "Pair", organization.Admin, 40002);
        stage.Time.Jump(Superseded);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.Apps());
        Assert.Contains("Clean up", page.Buttons());
        var address = page.QuerySelector("[data-program] > td:last-child form")!.GetAttribute("action")!;

        await stage.UsedAsync(used);
        using var swept = await admin.PostWithTokenOfAsync(organization.Apps(), address);
        Assert.Contains("Deleted none", await admin.DoneAsync(swept), StringComparison.Ordinal);
        Assert.Null((await stage.RowAsync(old.Id)).DeletedAt);
    }

    [Fact]
    public async Task Only_who_may_change_apps_cleans_up_and_only_at_home()
    {
        var organization = await stage.CreateOrganizationAsync("Whose broom");
        var other = await stage.CreateOrganizationAsync("Other broom");
        var bob = await stage.BobAsync(organization);
        var (old, grant) = await stage.LetInAsync(organization, "Pair", organization.Admin, 40001);
        await stage.LetInAsync(organization, "Pair", organization.Admin, 40002);
        await stage.EndAsync(organization, grant);
        using var reader = await stage.SignedInAsync(bob);
        var page = await reader.PageAsync(organization.Apps());
        Assert.Equal(["Search"], page.Buttons());
        var program = page.QuerySelector("[data-program]")!.GetAttribute("data-program")!;
        using var refused = await reader.ForceAsync(
            organization.Apps(), organization.Apps($"?handler=CleanUp&program={program}"));
        Assert.Contains(
            "org_authorized_apps_write", await refused.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);

        using var carl = await stage.SignedInAsync(other.Admin);
        using var foreign = await carl.ForceAsync(other.Apps(), other.Apps($"?handler=CleanUp&program={program}"));
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Null((await stage.RowAsync(old.Id)).DeletedAt);
    }
}
