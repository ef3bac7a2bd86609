using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>How somebody who is in several organizations gets from one to the other.</summary>
public sealed class SwitcherTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task The_organizations_name_leads_from_every_page_to_all_where_one_is_active_and_to_no_other()
    {
        const string email = "ann@several.example";
        var first = await app.CreateOrganizationAsync("Several one", email);
        var second = await app.CreateOrganizationAsync("Several two", email);
        var left = await app.CreateOrganizationAsync("Several left");
        var ann = await app.AddPersonAsync(left, email, role: Role.AdminName);
        await app.InScopeAsync(async db =>
        {
            var user = await db.People.IgnoreQueryFilters().Include(row => row.Roles).SingleAsync(row => row.Id == ann.Id);
            user.Disable(app.Now);
            await db.SaveChangesAsync();
        });
        await app.CreateOrganizationAsync("Several strangers");

        using var person = await app.SignedInAsync(first.Admin);
        var inside = await person.PageAsync(first.SafetyCenter());
        var switcher = inside.QuerySelector("header a[href='/organizations']")!;
        Assert.Contains("Several one", switcher.TextContent, StringComparison.Ordinal);
        Assert.Equal([first.SafetyCenter("")[..^1], second.SafetyCenter("")[..^1]], await LinksAsync());
        foreach (var link in await LinksAsync())
        {
            await person.PageAsync(link);
        }

        // Who is in one alone is not sent on from here: they came to look.
        using var alone = await app.SignedInAsync(left.Admin);
        Assert.Equal(
            [left.SafetyCenter("")[..^1]],
            (await alone.PageAsync("/organizations")).QuerySelectorAll("main li a").Select(link => link.GetAttribute("href")));
        var cost = await CredentialStage.CostAsync(person, "/organizations");
        Assert.Equal(cost, await CredentialStage.CostAsync(alone, "/organizations"));
        Assert.InRange(cost, 1, 6);

        async Task<string[]> LinksAsync() =>
        [
            .. (await person.PageAsync("/organizations")).QuerySelectorAll("main li a")
                .Select(link => link.GetAttribute("href")!),
        ];
    }

    [Fact]
    public async Task A_disabled_one_is_named_without_a_link_and_the_start_leads_past_it()
    {
        const string email = "ann@half.example";
        var stays = await app.CreateOrganizationAsync("Half stays", email);
        var goes = await app.CreateOrganizationAsync("Half goes", email);
        using var person = await app.SignedInAsync(stays.Admin);
        await DisableAsync(goes);
        using var start = await person.GetAsync("/");
        Assert.Equal(stays.SafetyCenter("")[..^1], start.Headers.Location!.ToString());
        var all = await person.PageAsync("/organizations");
        Assert.Single(all.QuerySelectorAll("main li a"));
        Assert.Contains("Half goes was disabled", all.TextOf("main ul"), StringComparison.Ordinal);
        using var keys = await person.GetAsync("/me/application-keys");
        Assert.Equal($"/o/{stays.Slug}/organization-settings/application-keys", keys.Headers.Location!.ToString());

        await DisableAsync(stays);
        var none = await person.PageAsync("/");
        Assert.Empty(none.QuerySelectorAll("main li a"));
        Assert.Equal("Sign out", none.QuerySelector("header button")!.TextContent);
    }

    private Task DisableAsync(TestOrganization organization) => app.InScopeAsync(async db =>
    {
        (await db.Organizations.SingleAsync(row => row.Id == organization.Id)).Disable(app.Now);
        await db.SaveChangesAsync();
    });
}
