using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using static SafetyCenter.Tests.OAuth.AuthorizeStage;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Into which organization an app is let, and what an organization puts in its way.</summary>
public sealed class AuthorizePlacesTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task Who_is_in_several_organizations_chooses_and_the_app_gets_into_that_one_alone()
    {
        var first = await app.CreateOrganizationAsync("First choice", "eve@choice.example");
        var second = await app.CreateOrganizationAsync("Second choice", "eve@choice.example");
        var other = await app.CreateOrganizationAsync("Not hers");
        var program = await app.DynamicAsync("Chooser", "user_access_read", "metrics_read");
        using var eve = await app.SignedInAsync(first.Admin);
        var address = AddressOf(program.Id, ("state", "x & y"));

        var page = await eve.PageAsync(address);
        Assert.Equal(
            ["First choice", "Second choice"],
            page.QuerySelectorAll("main [type=radio]").Select(radio => radio.ParentElement!.TextContent.Trim()));
        Assert.Empty(page.QuerySelectorAll("main [checked]"));
        Assert.Equal(
            ["client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "scope", "state"],
            page.QuerySelectorAll("main [method=get] [type=hidden]").Select(field => field.GetAttribute("name")).Order());
        Assert.Equal("interaction_required", (await eve.FollowAsync($"{address}&prompt=none"))["error"]);

        // One that she is not in is no choice.
        Assert.NotNull((await eve.PageAsync($"{address}&organization={other.Slug}")).QuerySelector("main [type=radio]"));

        var chosen = $"{address}&organization={second.Slug}";
        var consent = await eve.PageAsync(chosen);
        Assert.Equal("Second choice", consent.QuerySelector("[data-organization]")!.TextContent);
        Assert.NotNull(consent.QuerySelector("[data-unverified]"));
        Assert.Contains("https://itself.example/about", consent.Body!.TextContent, StringComparison.Ordinal);
        Assert.Null(consent.QuerySelector("a[href*='itself.example']"));
        Assert.Equal("x & y", (await eve.PressAsync(chosen, "Authorize"))["state"]);

        var grant = Assert.Single(await app.GrantsAsync(program.Id));
        Assert.Equal((second.Id, second.Admin.Id), (grant.OrganizationId, grant.OwnerId));
        var made = Assert.Single(await app.RowsAsync<OAuthApp>(all => all.Where(row => row.ClientId == program.Id)));
        Assert.Equal((second.Id, second.Admin.Id, app.Now), (made.OrganizationId, made.CreatedBy, made.ApprovedAt));

        // What she agreed to there holds there alone.
        Assert.NotNull((await eve.FollowAsync($"{chosen}&prompt=none"))["code"]);
        Assert.Equal("consent_required", (await eve.FollowAsync($"{address}&organization={first.Slug}&prompt=none"))["error"]);
    }

    [Fact]
    public async Task An_app_of_an_organization_is_for_its_people_alone()
    {
        var cast = await app.CastAsync();
        var made = await TestApps.AppAsync(app, cast.Acme, "Acme only", "user_access_read");
        using var carl = await app.SignedInAsync(cast.Carl);
        foreach (var address in new[]
        {
            AddressOf(made.ClientId), AddressOf(made.ClientId, ("organization", cast.Acme.Slug)),
            AddressOf(made.ClientId, ("organization", cast.Globex.Slug)),
        })
        {
            var page = await carl.PageAsync(address, HttpStatusCode.BadRequest);
            Assert.DoesNotContain("Acme", page.Body!.TextContent, StringComparison.Ordinal);
            using var forced = await carl.PostWithTokenOfAsync(
                "/organizations", address, ("answer", "authorize"), ("terms", $"{cast.Acme.Id} user_access_read"));
            Assert.Equal(HttpStatusCode.BadRequest, forced.StatusCode);
        }

        Assert.Empty(await app.GrantsAsync(made.ClientId));

        // Who has left is nobody here any more, in the same words.
        using var bob = await app.SignedInAsync(cast.Bob);
        await bob.PageAsync(AddressOf(made.ClientId));
        await app.InScopeAsync((SafetyCenterDb db) => db.People.IgnoreQueryFilters().Where(user => user.Id == cast.Bob.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.DisabledAt, app.Now)));
        await bob.PageAsync(AddressOf(made.ClientId), HttpStatusCode.BadRequest);
        var program = await app.DynamicAsync("Homeless", "user_access_read");
        var homeless = await bob.PageAsync(AddressOf(program.Id), HttpStatusCode.Forbidden);
        Assert.Equal("You are in no organization", homeless.QuerySelector("h1")!.TextContent);
    }

    [Fact]
    public async Task Where_approval_is_demanded_people_ask_once_and_wait()
    {
        var organization = await app.CreateOrganizationAsync("Approving");
        var bob = await app.AddPersonAsync(organization, "bob@approving.example", "Bob Builder");
        var program = await app.DynamicAsync("Applicant", "user_access_read");
        await RequireApprovalAsync(organization, true);
        using var client = await app.SignedInAsync(bob);
        var address = AddressOf(program.Id);

        var page = await client.PageAsync(address, HttpStatusCode.Forbidden);
        Assert.Equal("This app needs approval", page.QuerySelector("h1")!.TextContent);
        Assert.Equal("access_denied", (await client.FollowAsync($"{address}&prompt=none"))["error"]);
        for (var time = 0; time < 2; time++)
        {
            using var asked = await client.PostWithTokenOfAsync("/organizations", address, ("answer", "ask"));
            Assert.Equal(time == 0 ? HttpStatusCode.SeeOther : HttpStatusCode.Forbidden, asked.StatusCode);
        }

        var waiting = Assert.Single(await app.RowsAsync<OAuthApp>(all => all.Where(row => row.ClientId == program.Id)));
        Assert.Equal((bob.Id, null), (waiting.CreatedBy, waiting.ApprovedAt));
        page = await client.PageAsync(address, HttpStatusCode.Forbidden);
        Assert.Equal("This app waits for approval", page.QuerySelector("h1")!.TextContent);
        Assert.Null(page.QuerySelector("main button[value=ask]"));

        // A form that leaves the page out gets no further.
        using var forced = await client.PostWithTokenOfAsync(
            "/organizations", address, ("answer", "authorize"), ("terms", $"{organization.Id} user_access_read"));
        Assert.Equal(HttpStatusCode.Forbidden, forced.StatusCode);
        Assert.Empty(await app.GrantsAsync(program.Id));

        await app.ChangeAsync(waiting.Id, row => row.Approve(organization.Admin.Id, app.Now));
        Assert.NotNull((await client.PressAsync(address, "Authorize"))["code"]);
    }

    [Fact]
    public async Task One_that_waits_is_approved_by_consent_when_approval_is_demanded_no_more()
    {
        var organization = await app.CreateOrganizationAsync("Relaxed");
        var program = await app.DynamicAsync("Patient", "user_access_read");
        await RequireApprovalAsync(organization, true);
        using var admin = await app.SignedInAsync(organization.Admin);
        (await admin.PostWithTokenOfAsync("/organizations", AddressOf(program.Id), ("answer", "ask"))).Dispose();
        await RequireApprovalAsync(organization, false);

        Assert.NotNull((await admin.PressAsync(AddressOf(program.Id), "Authorize"))["code"]);
        var approved = Assert.Single(await app.RowsAsync<OAuthApp>(all => all.Where(row => row.ClientId == program.Id)));
        Assert.Equal((organization.Admin.Id, app.Now), (approved.ApprovedBy, approved.ApprovedAt));
    }

    [Fact]
    public async Task A_disabled_disallowed_or_deleted_app_is_said_to_be_so_by_name_and_leads_back_with_a_no()
    {
        var organization = await app.CreateOrganizationAsync("Closing", adminName: "Ann Admin");
        var bob = await app.AddPersonAsync(organization, "bob@closing.example");
        using var client = await app.SignedInAsync(bob);
        var made = await TestApps.AppAsync(app, organization, "Off", "user_access_read");
        await client.PressAsync(AddressOf(made.ClientId), "Authorize");

        await app.ChangeAsync(made.Id, row => row.Disable(organization.Admin.Id, app.Now));
        var page = await MustStopAsync(AddressOf(made.ClientId), "This app is disabled");
        Assert.Contains("Ann Admin disabled “Off” in Closing just now", page, StringComparison.Ordinal);

        var program = await app.DynamicAsync("Unwanted", "user_access_read");
        await app.SetPolicyAsync(
            organization, policies => policies.DisallowOAuthClients([program.Id.ToString().ToUpperInvariant()]));
        await MustStopAsync(AddressOf(program.Id), "This app is not allowed");

        var gone = await app.DynamicAsync("Gone", "user_access_read");
        await client.PressAsync(AddressOf(gone.Id), "Authorize");
        var there = Assert.Single(await app.RowsAsync<OAuthApp>(all => all.Where(row => row.ClientId == gone.Id)));
        await app.ChangeAsync(there.Id, row => row.Delete(app.Now));
        await MustStopAsync(AddressOf(gone.Id), "This app was deleted");

        async Task<string> MustStopAsync(string address, string title)
        {
            var page = await client.PageAsync(address, HttpStatusCode.Forbidden);
            Assert.Equal(title, page.QuerySelector("h1")!.TextContent);
            Assert.Null(page.QuerySelector("main button:not([value=switch])"));
            var back = page.QuerySelector("main a[href^='https://app.example.com/callback?']")!.GetAttribute("href")!;
            Assert.Contains("error=access_denied", back, StringComparison.Ordinal);
            Assert.Contains("state=a%20state", back, StringComparison.Ordinal);
            Assert.Equal("access_denied", (await client.FollowAsync($"{address}&prompt=none"))["error"]);
            using var forced = await client.PostWithTokenOfAsync(
                "/organizations", address, ("answer", "authorize"), ("terms", $"{organization.Id} user_access_read"));
            Assert.Equal(HttpStatusCode.Forbidden, forced.StatusCode);
            return page.Body!.TextContent;
        }
    }

    [Fact]
    public async Task A_disabled_organization_and_one_that_requires_a_second_factor_let_nobody_through()
    {
        var organization = await app.CreateOrganizationAsync("Strict app", "fay@strict-app.example");
        var made = await TestApps.AppAsync(app, organization, "Strict", "user_access_read");
        using var fay = await app.SignedInAsync(organization.Admin);
        var address = AddressOf(made.ClientId);
        await fay.PressAsync(address, "Authorize");

        await app.RequireSecondFactorAsync(organization);
        var page = await fay.PageAsync(address, HttpStatusCode.Forbidden);
        Assert.Equal("Strict app requires a second factor", page.QuerySelector("h1")!.TextContent);
        Assert.NotNull(page.QuerySelector($"main a[href='/me/security?required={organization.Slug}']"));
        Assert.Equal("interaction_required", (await fay.FollowAsync($"{address}&prompt=none"))["error"]);
        await app.InScopeAsync((SafetyCenterDb db) => db.Sessions
            .ExecuteUpdateAsync(set => set.SetProperty(session => session.HasSecondFactor, true)));
        Assert.NotNull((await fay.FollowAsync(address))["code"]);

        await app.InScopeAsync((SafetyCenterDb db) => db.Organizations.Where(row => row.Id == organization.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.DisabledAt, app.Now)));
        page = await fay.PageAsync(address, HttpStatusCode.Forbidden);
        Assert.Equal("This organization is disabled", page.QuerySelector("h1")!.TextContent);
        Assert.Equal("access_denied", (await fay.FollowAsync($"{address}&prompt=none"))["error"]);

        // For an app that is nobody's own the other organization is left.
        await app.CreateOrganizationAsync("Easy app", "fay@strict-app.example");
        var program = await app.DynamicAsync("Either", "user_access_read");
        page = await fay.PageAsync(AddressOf(program.Id));
        Assert.Equal("Easy app", page.QuerySelector("[data-organization]")!.TextContent);
    }

    [Fact]
    public async Task What_the_organization_restricts_the_app_to_is_all_it_can_ask_for()
    {
        var organization = await app.CreateOrganizationAsync("Restricting");
        var made = await TestApps.AppAsync(app, organization, "Restricted", "user_access_read", "metrics_read");
        using var client = await app.SignedInAsync(organization.Admin);
        await app.ChangeAsync(made.Id, row => row.Restrict(["metrics_read"]));

        Assert.Equal("invalid_scope", (await client.FollowAsync(AddressOf(made.ClientId)))["error"]);
        var page = await client.PageAsync(AddressOf(made.ClientId, ("scope", null)));
        Assert.Equal("metrics_read", Assert.Single(page.QuerySelectorAll("[data-scope]")).GetAttribute("data-scope"));
        await app.ChangeAsync(made.Id, row => row.Restrict(["events_read"]));
        Assert.Equal("invalid_scope", (await client.FollowAsync(AddressOf(made.ClientId, ("scope", null))))["error"]);
    }

    [Fact]
    public async Task The_page_asks_the_database_as_often_for_many_organizations_as_for_few()
    {
        var first = await app.CreateOrganizationAsync("Counting", "gus@counting.example");
        var program = await app.DynamicAsync("Counter", "user_access_read");
        using var gus = await app.SignedInAsync(first.Admin);
        var address = AddressOf(program.Id, ("organization", first.Slug));
        await gus.PressAsync(address, "Authorize");
        address += "&prompt=consent";
        await gus.PageAsync(address);

        var few = await CountAsync();
        for (var number = 0; number < 5; number++)
        {
            await app.CreateOrganizationAsync($"Counting {number}", "gus@counting.example");
        }

        Assert.Equal(few, await CountAsync());
        Assert.InRange(few, 1, 6);

        async Task<int> CountAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            return await gus.StatementsAsync(request);
        }
    }

    private Task RequireApprovalAsync(TestOrganization organization, bool isRequired) =>
        app.SetPolicyAsync(organization, policies => policies.RequiresAppApproval = isRequired);
}
