using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Pages.Me;

namespace SafetyCenter.Tests.Pages;

/// <summary>How a session begins and how it ends: by hand, from elsewhere, and by the clock.</summary>
public sealed class SessionsTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Page = "/me/security";

    [Fact]
    public async Task An_old_cookie_opens_nothing_after_its_session_was_signed_out()
    {
        var organization = await app.CreateOrganizationAsync("Replayed");
        var cookies = new CookieContainer();
        using var browser = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = app.Address };
        await browser.SignInAsync(organization.Admin.Email, organization.Admin.Password);
        using var thief = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = app.Address };
        thief.DefaultRequestHeaders.Add("Cookie", cookies.GetCookieHeader(app.Address));
        Assert.Equal(HttpStatusCode.OK, await thief.StatusOfAsync(organization.SafetyCenter()));

        using var left = await browser.PostFormAsync("/sign-out", "Sign out", "main", ("", ""));
        Assert.Equal("/sign-in", left.Headers.Location!.ToString());
        foreach (var path in new[] { organization.SafetyCenter(), Page, "/" })
        {
            using var refused = await thief.GetAsync(path);
            Assert.StartsWith("/sign-in?", refused.Headers.Location?.PathAndQuery, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Signing_in_again_begins_a_new_session_and_ends_the_one_of_that_browser()
    {
        var organization = await app.CreateOrganizationAsync("Twice");
        using var browser = app.NewClient();
        await browser.SignInAsync(organization.Admin.Email, organization.Admin.Password);
        var first = Assert.Single(await SessionsAsync(organization.Admin));
        app.Time.Advance(TimeSpan.FromMinutes(1));

        // A sign-in page that was left open in another tab.
        using var again = await browser.PostWithTokenOfAsync(
            Page, "/sign-in", ("email", organization.Admin.Email), ("password", People.Password));
        Assert.Equal("/", again.Headers.Location!.ToString());
        var all = await SessionsAsync(organization.Admin);
        Assert.Equal(2, all.Count);
        Assert.Equal(app.Now, all.Single(session => session.Id == first.Id).EndedAt);
        Assert.Null(all.Single(session => session.Id != first.Id).EndedAt);
        Assert.Equal(HttpStatusCode.OK, await browser.StatusOfAsync(organization.SafetyCenter()));
    }

    [Fact]
    public async Task A_session_ends_after_twelve_hours_without_use()
    {
        var organization = await app.CreateOrganizationAsync("Idle");
        using var used = await app.SignedInAsync(organization.Admin);
        app.Time.Jump(Session.IdleMax - TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await used.StatusOfAsync(organization.SafetyCenter()));
        using var idle = await app.SignedInAsync(organization.Admin);
        app.Time.Jump(Session.IdleMax);
        Assert.Equal(HttpStatusCode.Redirect, await used.StatusOfAsync(organization.SafetyCenter()));
        Assert.Equal(HttpStatusCode.Redirect, await idle.StatusOfAsync(Page));
    }

    [Fact]
    public async Task A_session_ends_after_seven_days_however_much_it_is_used()
    {
        var organization = await app.CreateOrganizationAsync("Busy");
        using var browser = await app.SignedInAsync(organization.Admin);
        for (var hours = 0; hours < 7 * 24 - 6; hours += 6)
        {
            app.Time.Jump(TimeSpan.FromHours(6));
            Assert.Equal(HttpStatusCode.OK, await browser.StatusOfAsync(organization.SafetyCenter()));
        }

        app.Time.Jump(TimeSpan.FromHours(6));
        Assert.Equal(HttpStatusCode.Redirect, await browser.StatusOfAsync(organization.SafetyCenter()));
        Assert.Equal(HttpStatusCode.Redirect, await browser.StatusOfAsync(Page));
    }

    [Fact]
    public async Task People_see_their_own_sessions_and_end_them_one_by_one()
    {
        var organization = await app.CreateOrganizationAsync("Seen");
        var bob = await app.AddPersonAsync(organization, "bob@seen.example");
        using var his = await app.SignedInAsync(bob);
        using var phone = app.NewClient();
        phone.DefaultRequestHeaders.UserAgent.ParseAdd(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1");
        await phone.SignInAsync(organization.Admin.Email, organization.Admin.Password);
        app.Time.Advance(TimeSpan.FromMinutes(1));
        using var desk = await app.SignedInAsync(organization.Admin);

        var rows = (await desk.PageAsync(Page)).QuerySelectorAll("[data-session]");
        Assert.Equal(2, rows.Length);
        Assert.Contains("this browser", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("Safari on iPhone", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", rows[1].TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("this browser", rows[1].TextContent, StringComparison.Ordinal);

        // Bob's is not theirs to end, and is not even there.
        var ended = rows[1].GetAttribute("data-session");
        var foreign = (await SessionsAsync(bob)).Single().Id.ToString();
        using var away = await desk.PostFormAsync(Page, "Sign out", $"[data-session='{ended}']");
        Assert.Contains("Signed out there.", await desk.DoneAsync(away), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await phone.StatusOfAsync(Page));
        using var unknown = await PressAsync(desk, "SignOut", foreign);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await his.StatusOfAsync(Page));

        var own = (await desk.PageAsync(Page)).QuerySelector("[data-session]")!.GetAttribute("data-session")!;
        using var left = await PressAsync(desk, "SignOut", own);
        Assert.Equal("/sign-in", left.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.Redirect, await desk.StatusOfAsync(Page));
    }

    [Fact]
    public async Task Signing_out_everywhere_else_spares_this_browser_and_signing_out_everywhere_does_not()
    {
        var organization = await app.CreateOrganizationAsync("Everywhere");
        using var one = await app.SignedInAsync(organization.Admin);
        using var two = await app.SignedInAsync(organization.Admin);
        using var three = await app.SignedInAsync(organization.Admin);
        using var elsewhere = await one.PostFormAsync(Page, "Sign out everywhere else");
        Assert.Contains("2 sessions ended", await one.DoneAsync(elsewhere), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await two.StatusOfAsync(organization.SafetyCenter()));
        Assert.Equal(HttpStatusCode.Redirect, await three.StatusOfAsync(Page));

        using var four = await app.SignedInAsync(organization.Admin);
        using var everywhere = await one.PostFormAsync(Page, "Sign out everywhere");
        Assert.Equal("/sign-in", everywhere.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.Redirect, await one.StatusOfAsync(Page));
        Assert.Equal(HttpStatusCode.Redirect, await four.StatusOfAsync(Page));
    }

    [Fact]
    public async Task The_page_costs_as_many_statements_for_many_sessions_as_for_few_and_says_that_there_are_more()
    {
        var organization = await app.CreateOrganizationAsync("Many sessions");
        using var browser = await app.SignedInAsync(organization.Admin);
        var few = await StatementsAsync();
        await app.InScopeAsync(async db =>
        {
            var loginId = (await db.Users.SingleAsync(login => login.Email == organization.Admin.Email)).Id;
            db.AddRange(Enumerable.Range(0, SecurityModel.SessionsMax + 10)
                .Select(_ => new Session(loginId, false, "192.0.2.1", "curl/8", app.Now.AddHours(-1))));
            await db.SaveChangesAsync();
        });
        Assert.Equal(few, await StatementsAsync());
        Assert.InRange(few, 1, 6);
        var page = await browser.PageAsync(Page);
        Assert.Equal(SecurityModel.SessionsMax, page.QuerySelectorAll("[data-session]").Length);
        Assert.Contains("this browser", page.QuerySelector("[data-session]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("There are more sessions", page.Body!.TextContent, StringComparison.Ordinal);

        async Task<int> StatementsAsync()
        {
            using var statements = new Statements();
            using var request = new HttpRequestMessage(HttpMethod.Get, Page);
            request.Headers.Add("traceparent", statements.TraceParent);
            using var answer = await browser.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return statements.Texts.Count;
        }
    }

    [Fact]
    public async Task A_sign_in_stands_in_the_trail_of_each_organization_of_the_person_and_a_refused_one_in_none()
    {
        var first = await app.CreateOrganizationAsync("Trail one", "dora@trail.example", "Dora");
        var second = await app.CreateOrganizationAsync("Trail two", "dora@trail.example", "Dora");
        var third = await app.CreateOrganizationAsync("Trail three");
        using var wrong = await app.NewClient().TryToSignInAsync("dora@trail.example", "wrong wrong wrong");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var browser = await app.SignedInAsync(first.Admin);

        foreach (var organization in new[] { first, second })
        {
            var told = Assert.Single(await app.EventsAsync(organization), row => row.Action == AuditAction.Login);
            Assert.Equal(("signed_in", "user", organization.Admin.Id.Value), (told.Name, told.AssetType, told.AssetId));
            Assert.Equal(("SESSION", "127.0.0.1", "Dora signed in."), (told.Method, told.Address, told.Message));
            Assert.Equal(organization.Admin.Id, told.ActorId);
        }

        Assert.DoesNotContain(await app.EventsAsync(third), row => row.Action == AuditAction.Login);
        var users = await app.RowsAsync<User>(all => all.Where(user => user.Email == "dora@trail.example"));
        Assert.Equal([app.Now, app.Now], users.Select(user => user.LastSignInAt));

        var query = Uri.EscapeDataString("@action:login @evt.name:Authentication");
        var found = await browser.PageAsync($"/o/{first.Slug}/organization-settings/audit?q={query}");
        var listed = Assert.Single(found.QuerySelectorAll("[data-event]"));
        Assert.Contains("Dora signed in.", listed.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Windows")]
    [InlineData("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1 Version/18 Safari/605.1", "Safari on Mac")]
    [InlineData("curl/8.9", "curl/8.9")]
    [InlineData("", "a browser that does not say its name")]
    public void Browsers_are_called_by_the_names_people_know(string userAgent, string name) =>
        Assert.Equal(name, BrowserName.Of(userAgent));

    [Fact]
    public async Task Sessions_are_forgotten_a_month_after_their_last_use()
    {
        var organization = await app.CreateOrganizationAsync("Forgotten");
        using (await app.SignedInAsync(organization.Admin))
        {
            app.Time.Jump(ForgetSessions.Remembered);
            await app.RunAsync<ForgetSessions>();
            Assert.Single(await SessionsAsync(organization.Admin));
            app.Time.Jump(TimeSpan.FromMinutes(1));
            await app.RunAsync<ForgetSessions>();
            Assert.Empty(await SessionsAsync(organization.Admin));
        }
    }

    [Fact]
    public async Task A_form_for_an_action_that_a_page_does_not_have_is_404_whichever_it_is()
    {
        var organization = await app.CreateOrganizationAsync("Unknown action");
        using var browser = await app.SignedInAsync(organization.Admin);
        foreach (var address in new[]
        {
            $"{Page}?handler=Nothing", "/operator", "/organizations", "/me/security/passkeys?handler=Nothing",
            organization.SafetyCenter("users?handler=Nothing"),
        })
        {
            using var answer = await browser.PostWithTokenOfAsync(Page, address);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{address}: {(int)answer.StatusCode}");
        }
    }

    private Task<List<Session>> SessionsAsync(Person person) => app.InScopeAsync(db => (
        from session in db.Sessions
        join login in db.Users on session.LoginId equals login.Id
        where login.Email == person.Email
        select session).ToListAsync());

    private static Task<HttpResponseMessage> PressAsync(HttpClient browser, string handler, string session) =>
        browser.PostWithTokenOfAsync(Page, $"{Page}?ended={session}&handler={handler}");
}
