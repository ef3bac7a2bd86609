using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;
using static SafetyCenter.Tests.OAuth.AuthorizeStage;

namespace SafetyCenter.Tests.OAuth;

/// <summary>What changes between the page and the button, or at the same moment.</summary>
public sealed class AuthorizeRaceTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task Two_consents_at_once_make_one_app_one_grant_and_two_codes()
    {
        var organization = await app.CreateOrganizationAsync("Twice");
        var program = await app.DynamicAsync("Twice", "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);
        var address = AddressOf(program.Id);

        var answers = await WhileLockedAsync(
            organization,
            _ => Task.CompletedTask,
            () => client.PressAsync(address, "Authorize"),
            () => client.PressAsync(address, "Authorize"));
        Assert.NotEqual(answers[0]["code"], answers[1]["code"]);
        Assert.Single(await app.RowsAsync<OAuthApp>(all => all.Where(row => row.ClientId == program.Id)));
        var grant = Assert.Single(await app.GrantsAsync(program.Id));
        Assert.Equal(2, (await app.CodesAsync(grant)).Count);
    }

    [Fact]
    public async Task An_app_that_is_disabled_while_somebody_agrees_gets_nothing_and_the_page_says_why()
    {
        var organization = await app.CreateOrganizationAsync("Late no", adminName: "Ann Admin");
        var made = await TestApps.AppAsync(app, organization, "Late", "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);
        var address = AddressOf(made.ClientId);

        var refused = await WhileLockedAsync(
            organization,
            async db => (await OwnAsync(db, made)).Disable(organization.Admin.Id, app.Now),
            () => client.PostFormAsync(address, "Authorize", within: "main"));
        Assert.Equal(HttpStatusCode.Forbidden, refused[0].StatusCode);
        Assert.Equal("This app is disabled", (await refused[0].DocumentAsync()).QuerySelector("h1")!.TextContent);
        Assert.Empty(await app.GrantsAsync(made.ClientId));
        Assert.Empty(await app.RowsAsync<OAuthCode>(all => all.Where(code => code.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Remembered_consent_ends_with_the_app_also_in_the_same_moment()
    {
        var organization = await app.CreateOrganizationAsync("Late end");
        var made = await TestApps.AppAsync(app, organization, "Ending", "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);
        var address = AddressOf(made.ClientId);
        await client.PressAsync(address, "Authorize");

        var refused = await WhileLockedAsync(
            organization,
            async db => (await OwnAsync(db, made)).Disable(organization.Admin.Id, app.Now),
            () => client.GetAsync(address));
        Assert.Equal(HttpStatusCode.Forbidden, refused[0].StatusCode);

        // Enabled again, it is asked for anew, and what comes is another grant.
        await app.ChangeAsync(made.Id, row => row.Enable());
        await client.PressAsync(address, "Authorize");
        Assert.Equal([false, true], (await app.GrantsAsync(made.ClientId)).Select(grant => grant.IsActive).Order());
    }

    [Fact]
    public async Task Who_is_disabled_while_they_agree_lets_nothing_in()
    {
        var organization = await app.CreateOrganizationAsync("Late leave");
        var bob = await app.AddPersonAsync(organization, "bob@late-leave.example");
        var made = await TestApps.AppAsync(app, organization, "Leaving", "user_access_read");
        using var client = await app.SignedInAsync(bob);

        var refused = await WhileLockedAsync(
            organization,
            db => db.People.IgnoreQueryFilters().Where(user => user.Id == bob.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(user => user.DisabledAt, app.Now)),
            () => client.PostFormAsync(AddressOf(made.ClientId), "Authorize", within: "main"));
        Assert.Equal(HttpStatusCode.BadRequest, refused[0].StatusCode);
        Assert.Empty(await app.GrantsAsync(made.ClientId));
    }

    [Fact]
    public async Task An_organization_that_is_disabled_meanwhile_lets_nothing_in()
    {
        var organization = await app.CreateOrganizationAsync("Late close");
        var made = await TestApps.AppAsync(app, organization, "Closing", "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);

        var refused = await WhileLockedAsync(
            organization,
            db => db.Organizations.Where(row => row.Id == organization.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.DisabledAt, app.Now)),
            () => client.PostFormAsync(AddressOf(made.ClientId), "Authorize", within: "main"));
        Assert.Equal(HttpStatusCode.Forbidden, refused[0].StatusCode);
        Assert.Empty(await app.GrantsAsync(made.ClientId));
    }

    [Fact]
    public async Task Two_people_who_ask_for_approval_at_once_ask_once()
    {
        var organization = await app.CreateOrganizationAsync("Asking twice");
        var bob = await app.AddPersonAsync(organization, "bob@asking-twice.example");
        await app.SetPolicyAsync(organization, policies => policies.RequiresAppApproval = true);
        var program = await app.DynamicAsync("Wanted", "user_access_read");
        using var first = await app.SignedInAsync(organization.Admin);
        using var second = await app.SignedInAsync(bob);

        var asked = await WhileLockedAsync(
            organization,
            _ => Task.CompletedTask,
            () => first.PostWithTokenOfAsync("/organizations", AddressOf(program.Id), ("answer", "ask")),
            () => second.PostWithTokenOfAsync("/organizations", AddressOf(program.Id), ("answer", "ask")));
        Assert.All(asked, answer => Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode));
        Assert.Single(await app.RowsAsync<OAuthApp>(all => all.Where(row => row.ClientId == program.Id)));
    }

    [Fact]
    public async Task A_consent_is_to_what_was_read_and_not_to_what_the_app_may_have_meanwhile()
    {
        var organization = await app.CreateOrganizationAsync("Growing");
        var made = await TestApps.AppAsync(app, organization, "Growing", "user_access_read", "metrics_read");
        await app.ChangeAsync(made.Id, row => row.Restrict(["user_access_read"]));
        using var client = await app.SignedInAsync(organization.Admin);
        var address = AddressOf(made.ClientId, ("scope", null));
        var page = await client.PageAsync(address);
        var terms = page.QuerySelector("[name=terms]")!.GetAttribute("value")!;

        await app.ChangeAsync(made.Id, row => row.Restrict(null));
        using var refused = await client.PostWithTokenOfAsync(address, address, ("answer", "authorize"), ("terms", terms));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var anew = await refused.DocumentAsync();
        Assert.Contains("has changed meanwhile", anew.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(2, anew.QuerySelectorAll("[data-scope]").Length);
        using var without = await client.PostWithTokenOfAsync(address, address, ("answer", "authorize"));
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        Assert.Empty(await app.GrantsAsync(made.ClientId));
    }

    private static Task<OAuthApp> OwnAsync(SafetyCenterDb db, OAuthApp made) =>
        db.OAuthApps.IgnoreQueryFilters([CurrentOrganization.Filter]).SingleAsync(row => row.Id == made.Id);

    // Everything that is done waits for the lock; then what comes between is saved first.
    private async Task<T[]> WhileLockedAsync<T>(
        TestOrganization organization, Func<SafetyCenterDb, Task> between, params Func<Task<T>>[] acts)
    {
        var running = new List<Task<T>>();
        await app.WhileLockedAsync(organization, acts.Length, () => running.AddRange(acts.Select(act => act())), between);
        return await Task.WhenAll(running);
    }
}
