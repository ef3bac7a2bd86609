using System.Net;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;
using static SafetyCenter.Tests.Support.Factors;

namespace SafetyCenter.Tests.Pages;

/// <summary>Password and then a code: who gets in, once, and who does not.</summary>
public sealed class SecondFactorTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string SecondStep = "/sign-in/second-factor";

    [Fact]
    public async Task The_password_alone_lets_nobody_in_and_with_the_code_they_come_where_they_wanted_to_go()
    {
        var (organization, phone) = await WithPhoneAsync("Both");
        using var visitor = app.NewClient();
        var alerts = organization.SafetyCenter("alerts");
        var returnUrl = $"?returnUrl={Uri.EscapeDataString(alerts)}";
        await visitor.TypePasswordAsync(organization.Admin, returnUrl);
        using var outside = await visitor.GetAsync(alerts);
        Assert.StartsWith("/sign-in?", outside.Headers.Location?.PathAndQuery, StringComparison.Ordinal);

        using var inside = await visitor.TypeCodeAsync(phone.CodeAt(app.Now), returnUrl);
        Assert.Equal(alerts, inside.Headers.Location?.ToString());
        await visitor.PageAsync(alerts);
        var login = await app.LoginOfAsync(organization.Admin);
        var sessions = await app.RowsAsync<Session>(all => all
            .Where(session => session.LoginId == login.Id).OrderBy(session => session.StartedAt));
        Assert.Equal(2, sessions.Count);
        Assert.True(sessions[1].HasSecondFactor);

        // The step is behind them: it cannot be taken again.
        using var again = await visitor.GetAsync(SecondStep);
        Assert.Equal("/sign-in", again.Headers.Location?.ToString());
    }

    [Fact]
    public async Task The_second_step_leads_nowhere_else()
    {
        var (organization, phone) = await WithPhoneAsync("Elsewhere");
        using var visitor = app.NewClient();
        await visitor.TypePasswordAsync(organization.Admin);
        using var home = await visitor.TypeCodeAsync(phone.CodeAt(app.Now), "?returnUrl=https%3A%2F%2Fevil.example%2F");
        Assert.Equal("/", home.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_code_is_good_once_and_so_are_those_before_it()
    {
        var (organization, phone) = await WithPhoneAsync("Once");
        await AssertAsync(HttpStatusCode.Redirect, phone.CodeAt(app.Now, steps: 1));
        await AssertAsync(HttpStatusCode.BadRequest, phone.CodeAt(app.Now, steps: 1));
        await AssertAsync(HttpStatusCode.BadRequest, phone.CodeAt(app.Now));
        app.Time.Jump(TimeSpan.FromSeconds(30));
        await AssertAsync(HttpStatusCode.BadRequest, phone.CodeAt(app.Now));
        await AssertAsync(HttpStatusCode.Redirect, phone.CodeAt(app.Now, steps: 1));

        async Task AssertAsync(HttpStatusCode expected, string code)
        {
            using var visitor = app.NewClient();
            await visitor.TypePasswordAsync(organization.Admin);
            using var answer = await visitor.TypeCodeAsync(code);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Of_two_browsers_with_one_code_at_once_one_gets_in()
    {
        var (organization, phone) = await WithPhoneAsync("Twice");
        var code = phone.RecoveryCodes[3];
        HttpClient[] visitors = [.. Enumerable.Range(0, 4).Select(_ => app.NewClient())];
        foreach (var visitor in visitors)
        {
            await visitor.TypePasswordAsync(organization.Admin);
        }

        var answers = await Task.WhenAll(visitors.Select(visitor => visitor.TypeCodeAsync(code)));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.BadRequest));
        Assert.All(answers, answer => answer.Dispose());
        Assert.All(visitors, visitor => visitor.Dispose());
    }

    [Fact]
    public async Task A_recovery_code_lets_in_once_says_how_many_are_left_and_is_told_by_email()
    {
        var (organization, phone) = await WithPhoneAsync("Recovered");
        using var visitor = app.NewClient();
        var alerts = organization.SafetyCenter("alerts");
        var returnUrl = $"?returnUrl={Uri.EscapeDataString(alerts)}";
        await visitor.TypePasswordAsync(organization.Admin, returnUrl);
        using var answer = await visitor.TypeCodeAsync(phone.RecoveryCodes[4].ToUpperInvariant().Replace('-', ' '), returnUrl);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = await answer.DocumentAsync();
        Assert.Contains(
            "You have 9 recovery codes left.", page.QuerySelector("[data-codes-left]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains(alerts, page.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));
        await visitor.PageAsync(alerts);
        Assert.Single(
            await app.EmailsAsync(EmailKind.LoginChanged),
            email => email.Recipient == organization.Admin.Email && email.Details
                == "Somebody signed in with your password and a recovery code. 9 of them are left.\n127.0.0.1");

        using var other = app.NewClient();
        await other.TypePasswordAsync(organization.Admin);
        using var refused = await other.TypeCodeAsync(phone.RecoveryCodes[4]);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("Second step", (await refused.DocumentAsync()).QuerySelector("h1")!.TextContent);
        using var next = await other.TypeCodeAsync(phone.RecoveryCodes[0]);
        Assert.Equal("8", (await next.DocumentAsync()).QuerySelector("[data-codes-left]")!.GetAttribute("data-codes-left"));
    }

    [Fact]
    public async Task Five_wrong_codes_lock_out_even_the_right_code_for_ten_minutes_as_wrong_passwords_do()
    {
        var (organization, phone) = await WithPhoneAsync("Guessed");
        using var visitor = app.NewClient();
        await visitor.TypePasswordAsync(organization.Admin);
        foreach (var wrong in new[] { phone.CodeAt(app.Now, 5), "", "abcd-efgh-jkmn-pqrs", phone.CodeAt(app.Now, 9), "000" })
        {
            using var answer = await visitor.TypeCodeAsync(wrong);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains(
                "wrong, too old, or was used already",
                (await answer.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent,
                StringComparison.Ordinal);
        }

        using var right = await visitor.TypeCodeAsync(phone.CodeAt(app.Now));
        Assert.Equal(HttpStatusCode.BadRequest, right.StatusCode);
        using var recovery = await visitor.TypeCodeAsync(phone.RecoveryCodes[0]);
        Assert.Equal(HttpStatusCode.BadRequest, recovery.StatusCode);
        Assert.Equal(app.Now + Lockout.Pause, (await app.LoginOfAsync(organization.Admin)).LockoutEnd);

        app.Time.Jump(Lockout.Pause);
        await visitor.TypePasswordAsync(organization.Admin);
        using var inside = await visitor.TypeCodeAsync(phone.CodeAt(app.Now));
        Assert.Equal(HttpStatusCode.Redirect, inside.StatusCode);
        var login = await app.LoginOfAsync(organization.Admin);
        Assert.Equal((0, null), (login.AccessFailedCount, login.LockoutEnd));
    }

    [Fact]
    public async Task Nobody_comes_to_the_second_step_without_the_first_and_it_waits_for_five_minutes_only()
    {
        var (organization, _) = await WithPhoneAsync("Waiting");
        using var visitor = app.NewClient();
        using var stranger = await visitor.GetAsync($"{SecondStep}?returnUrl=%2Fx");
        Assert.Equal("/sign-in?ReturnUrl=%2Fx", stranger.Headers.Location?.ToString());

        await visitor.TypePasswordAsync(organization.Admin);
        app.Time.Jump(TimeSpan.FromMinutes(4.5));
        await visitor.PageAsync(SecondStep);
        app.Time.Jump(TimeSpan.FromMinutes(1));
        using var late = await visitor.GetAsync(SecondStep);
        Assert.Equal("/sign-in", late.Headers.Location?.ToString());
    }

    private async Task<(TestOrganization Organization, Phone Phone)> WithPhoneAsync(string name)
    {
        var organization = await app.CreateOrganizationAsync(name);
        using var ann = await app.SignedInAsync(organization.Admin);
        var phone = await ann.AddPhoneAsync(app);

        // The code that was typed to add it is used up.
        app.Time.Jump(TimeSpan.FromMinutes(1));
        return (organization, phone);
    }
}
