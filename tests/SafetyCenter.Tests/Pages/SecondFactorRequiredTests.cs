using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>Who has a second factor is asked for it on every way in; who has none is kept out where it is required.</summary>
public sealed class SecondFactorRequiredTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task An_organization_that_requires_one_turns_away_who_has_only_a_password_and_says_what_to_do()
    {
        var strict = await app.CreateOrganizationAsync("Strict", "dora@strict.example");
        var easy = await app.CreateOrganizationAsync("Easy", "dora@strict.example");
        using var dora = await app.SignedInAsync(strict.Admin);
        Assert.Equal(HttpStatusCode.OK, await dora.StatusOfAsync(strict.SafetyCenter()));
        var keys = $"/o/{strict.Slug}/organization-settings/api-keys";
        var open = await dora.PageAsync(keys);
        await app.RequireSecondFactorAsync(strict);

        using var turned = await dora.GetAsync(strict.SafetyCenter());
        Assert.Equal($"/me/security?required={strict.Slug}", turned.Headers.Location!.ToString());
        var page = await dora.PageAsync(turned.Headers.Location.ToString());
        Assert.Contains(
            "Strict requires a second factor.", page.QuerySelector("[data-required]")!.TextContent, StringComparison.Ordinal);
        Assert.NotNull(page.QuerySelector("main a[href='/me/security/authenticator']"));
        Assert.NotNull(page.QuerySelector("main a[href='/me/security/passkeys']"));
        Assert.Contains("Required by Strict.", page.Body!.TextContent, StringComparison.Ordinal);

        // A form from before it was required.
        var token = open.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var refused = await dora.PostAsync($"{keys}?handler=Create", new FormUrlEncodedContent(
            [KeyValuePair.Create("__RequestVerificationToken", token), KeyValuePair.Create("name", "late")]));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains(
            "Strict requires a second factor", (await refused.DocumentAsync()).QuerySelector("h1")!.TextContent,
            StringComparison.Ordinal);
        Assert.Single(await app.RowsAsync<ApiKey>(all => all.Where(key => key.OrganizationId == strict.Id)));

        Assert.Equal(HttpStatusCode.OK, await dora.StatusOfAsync(easy.SafetyCenter()));
        var caller = ApiCaller.AdminOf(app, strict);
        (await caller.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);

        // Named by somebody who is not in there, it is not named.
        using var stranger = await app.SignedInAsync((await app.CreateOrganizationAsync("Stranger")).Admin);
        var theirs = await stranger.PageAsync($"/me/security?required={strict.Slug}");
        Assert.DoesNotContain("Strict", theirs.Body!.TextContent, StringComparison.Ordinal);

        await app.InScopeAsync(db => db.Sessions.Where(session => session.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(session => session.HasSecondFactor, true)));
        Assert.Equal(HttpStatusCode.OK, await dora.StatusOfAsync(strict.SafetyCenter()));
    }

    [Fact]
    public async Task A_password_alone_begins_no_session_for_who_has_a_second_factor()
    {
        var organization = await app.CreateOrganizationAsync("Half");
        await EnableSecondFactorAsync(organization.Admin);
        using var visitor = app.NewClient();
        using var half = await visitor.TryToSignInAsync(
            organization.Admin.Email, People.Password, $"/sign-in?returnUrl={organization.SafetyCenter("alerts")}");
        Assert.Equal(
            $"/sign-in/second-factor?returnUrl={Uri.EscapeDataString(organization.SafetyCenter("alerts"))}",
            half.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.Redirect, await visitor.StatusOfAsync("/me/security"));
        Assert.Empty(await SessionsAsync(organization.Admin));

        // Who is waited for stands in the cookie, as Identity reads it.
        var cookie = Assert.Single(
            half.Headers.GetValues("Set-Cookie"), set => set.Contains("TwoFactor", StringComparison.Ordinal));
        var pending = await app.InScopeAsync(async (IServiceProvider services) =>
        {
            var signIn = services.GetRequiredService<SignInManager<Login>>();
            signIn.Context = new DefaultHttpContext { RequestServices = services };
            signIn.Context.Request.Headers.Cookie = cookie.Split(';')[0];
            return await signIn.GetTwoFactorAuthenticationUserAsync();
        });
        Assert.Equal(organization.Admin.Email, pending!.Email);
    }

    [Fact]
    public async Task The_right_password_gives_no_tries_back_while_the_second_factor_is_missing()
    {
        var organization = await app.CreateOrganizationAsync("Tries");
        await EnableSecondFactorAsync(organization.Admin);
        using var visitor = app.NewClient();
        for (var attempt = 1; attempt < Lockout.TriesMax; attempt++)
        {
            using var wrong = await visitor.TryToSignInAsync(organization.Admin.Email, "wrong wrong wrong");
        }

        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var right = await visitor.TryToSignInAsync(organization.Admin.Email, People.Password);
            Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        }

        using var last = await visitor.TryToSignInAsync(organization.Admin.Email, "wrong wrong wrong");
        using var locked = await visitor.TryToSignInAsync(organization.Admin.Email, People.Password);
        Assert.Equal(HttpStatusCode.BadRequest, locked.StatusCode);
    }

    [Fact]
    public async Task An_invite_for_a_login_that_has_one_leads_through_signing_in()
    {
        var home = await app.CreateOrganizationAsync("Home");
        var inviting = await app.CreateOrganizationAsync("Inviting");
        await EnableSecondFactorAsync(home.Admin);
        var link = await app.InScopeAsync(async (IServiceProvider services) =>
        {
            var db = services.GetRequiredService<SafetyCenterDb>();
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(role => role.OrganizationId == inviting.Id && role.Name == Role.StandardName).ToListAsync();
            var user = new User(inviting.Id, home.Admin.Email, null, roles, app.Now);
            var invite = new Invite(user, null, TimeSpan.FromDays(2), app.Now);
            db.AddRange(user, invite);
            await db.SaveChangesAsync();
            return new Uri(services.GetRequiredService<EmailLinks>().ToAccept(invite)).PathAndQuery;
        });
        using var visitor = app.NewClient();
        var page = await visitor.PageAsync(link);
        Assert.DoesNotContain(page.QuerySelectorAll("button"), button => button.TextContent == "Accept");
        Assert.Single(page.QuerySelectorAll("main a[href^='/sign-in?returnUrl=']"));

        // A form that was open before they set up the second factor.
        using var half = await visitor.PostWithTokenOfAsync("/sign-in", link, ("password", People.Password));
        Assert.Equal(HttpStatusCode.Conflict, half.StatusCode);
        Assert.Empty(await SessionsAsync(home.Admin));
    }

    private async Task EnableSecondFactorAsync(Person person) => await app.InScopeAsync(db => db.Users
        .Where(login => login.Email == person.Email)
        .ExecuteUpdateAsync(set => set.SetProperty(login => login.TwoFactorEnabled, true)));

    private Task<List<Session>> SessionsAsync(Person person) => app.InScopeAsync(db => (
        from session in db.Sessions
        join login in db.Users on session.LoginId equals login.Id
        where login.Email == person.Email
        select session).ToListAsync());
}
