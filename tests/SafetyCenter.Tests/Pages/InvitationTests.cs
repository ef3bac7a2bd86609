using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Identity;
using static SafetyCenter.Tests.Pages.InviteStage;

namespace SafetyCenter.Tests.Pages;

/// <summary>What the link of an invite shows, and to whom; how people come in by it.</summary>
public sealed class InvitationTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    [Fact]
    public async Task A_newcomer_chooses_a_password_is_in_and_stands_in_the_audit_trail_by_their_name()
    {
        var (organization, link) = await InvitedAsync("Newcomers", "gus@new.example");
        using var gus = stage.NewClient();
        var page = await gus.PageAsync(link);
        Assert.Contains("Join Newcomers", page.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("gus@new.example", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal("new-password", page.QuerySelector("#password")!.GetAttribute("autocomplete"));

        var events = await stage.EventsOfAsync(
            organization, () => AcceptAsync(gus, link, HttpStatusCode.Redirect, "Gus Gray"));
        var accepted = Assert.Single(events, row => row.Name == "accepted");
        var user = await stage.UserAsync(organization, "gus@new.example");
        Assert.Equal(
            (user.Id, "Gus Gray", "gus@new.example"), (accepted.ActorId!.Value, accepted.ActorName, accepted.ActorEmail));
        Assert.All(events, row => Assert.Equal(AuditActor.User, row.Actor));
        Assert.Equal((UserStatus.Active, "Gus Gray", stage.Now), (user.Status, user.Name, user.LastSignInAt!.Value));
        Assert.Equal(Role.StandardName, Assert.Single(user.Roles).Name);

        // The cookie is theirs, and the password is the one they chose.
        using var home = await gus.GetAsync("/");
        Assert.Equal($"/o/{organization.Slug}/safety-center", home.Headers.Location!.ToString());
        using var elsewhere = await stage.SignedInAsync(new Person(user.Id, user.Email, People.Password));
    }

    [Theory]
    [InlineData("o'hara+{x}@odd.example", "o'hara+{x}@odd.example")]
    [InlineData("gus@bücher.example", "gus@xn--bcher-kva.example")]
    [InlineData("iva@xn--bcher-kva.example", "iva@Bücher.example")]
    public async Task Whatever_address_was_invited_signs_in_with_it_however_its_domain_is_written(string invited, string typed)
    {
        var organization = await stage.CreateOrganizationAsync($"Odd {invited.Length}");
        using var admin = await stage.SignedInAsync(organization.Admin);
        await admin.InviteAsync(organization, invited);
        using var newcomer = stage.NewClient();
        await AcceptAsync(newcomer, await stage.LinkAsync(Text.Email(invited)), HttpStatusCode.Redirect);
        foreach (var written in new[] { invited, typed })
        {
            using var again = stage.NewClient();
            await again.SignInAsync(written, People.Password);
        }
    }

    [Fact]
    public async Task Following_the_link_is_noted_once_and_changes_nothing_else()
    {
        var (organization, link) = await InvitedAsync("Opened", "gus@opened.example");
        var opened = stage.Now;
        using var scanner = stage.NewClient();
        Assert.Empty(await stage.EventsOfAsync(organization, () => scanner.PageAsync(link)));
        stage.Time.Jump(TimeSpan.FromHours(1));
        await scanner.PageAsync(link);
        var invite = Assert.Single(await stage.InvitesOfAsync("gus@opened.example"));
        Assert.Equal((opened, UserStatus.Pending), (invite.OpenedAt!.Value, invite.User.Status));
        Assert.True(invite.CanBeAcceptedAt(stage.Now));
    }

    [Fact]
    public async Task A_late_link_says_so_and_whom_to_ask()
    {
        var (organization, link) = await InvitedAsync("Late", "gus@late.example");
        using var gus = stage.NewClient();
        var early = await gus.PageAsync(link);
        stage.Time.Jump(TimeSpan.FromDays(2) - FindingsStage.Tick);
        await gus.PageAsync(link);
        stage.Time.Jump(FindingsStage.Tick);
        using var late = await gus.GetAsync(link);
        Assert.Equal(HttpStatusCode.Gone, late.StatusCode);
        var page = await late.DocumentAsync();
        Assert.Contains("expired", page.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.Contains($"Ask Ann Admin ({organization.Admin.Email})", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("#content form"));

        using var posted = await PostAsync(gus, link, early, "Gus", People.Password);
        Assert.Equal(HttpStatusCode.Gone, posted.StatusCode);
        Assert.Equal(UserStatus.Pending, (await stage.UserAsync(organization, "gus@late.example")).Status);
        Assert.Empty(await stage.RowsAsync<Login>(all => all.Where(login => login.Email == "gus@late.example")));
    }

    [Fact]
    public async Task A_link_that_was_used_says_so_and_lets_nobody_in_again()
    {
        var (organization, link) = await InvitedAsync("Twice", "gus@twice.example");
        using var gus = stage.NewClient();
        using var thief = stage.NewClient();
        var seen = await thief.PageAsync(link);
        await AcceptAsync(gus, link, HttpStatusCode.Redirect);
        foreach (var visitor in new[] { gus, thief })
        {
            using var again = await visitor.GetAsync(link);
            Assert.Equal(HttpStatusCode.Gone, again.StatusCode);
            Assert.Contains(
                "was accepted", (await again.DocumentAsync()).QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        }

        using var posted = await PostAsync(thief, link, seen, "Thief", "another long password");
        Assert.Equal(HttpStatusCode.Gone, posted.StatusCode);
        using var home = await thief.GetAsync("/");
        Assert.StartsWith("/sign-in", home.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        Assert.Null((await stage.UserAsync(organization, "gus@twice.example")).Name);
    }

    [Fact]
    public async Task A_deleted_invite_a_link_that_was_replaced_an_unknown_one_and_a_disabled_organization_are_not_there()
    {
        var (organization, first) = await InvitedAsync("Gone", "gus@gone.example");
        using var gus = stage.NewClient();
        var seen = await gus.PageAsync(first);
        using var admin = await stage.SignedInAsync(organization.Admin);
        await PressAsync("Resend");
        var second = await stage.LinkAsync("gus@gone.example");
        Assert.NotEqual(first, second);
        await IsNotThereAsync(first);
        Assert.Null(Assert.Single(await stage.InvitesOfAsync("gus@gone.example")).OpenedAt);
        await gus.PageAsync(second);

        await stage.SqlAsync($"UPDATE organizations SET disabled_at = {stage.Now} WHERE id = {organization.Id.Value}");
        await IsNotThereAsync(second);
        await stage.SqlAsync($"UPDATE organizations SET disabled_at = NULL WHERE id = {organization.Id.Value}");
        await PressAsync("Delete");
        await IsNotThereAsync(second);
        await IsNotThereAsync("/invitations/abcdef");

        async Task IsNotThereAsync(string link)
        {
            using var got = await gus.GetAsync(link);
            using var posted = await PostAsync(gus, link, seen, "Gus", People.Password);
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (got.StatusCode, posted.StatusCode));
        }

        async Task PressAsync(string button)
        {
            using var answer = await admin.PostFormAsync(organization.InvitesPage(), button, within: "[data-invite]");
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Who_is_signed_in_as_somebody_else_does_not_accept_for_them_but_may_sign_out_and_go_on()
    {
        var (organization, link) = await InvitedAsync("Somebody else", "gus@else.example");
        var bob = await stage.AddPersonAsync(organization, "bob@else.example");
        using var browser = await stage.SignedInAsync(bob);
        var page = await browser.PageAsync(link);
        Assert.Contains("signed in as bob@else.example", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("for gus@else.example", page.Body.TextContent, StringComparison.Ordinal);
        using var posted = await PostAsync(browser, link, page, "Bob", bob.Password);
        Assert.Equal(HttpStatusCode.Conflict, posted.StatusCode);
        Assert.Equal(UserStatus.Pending, (await stage.UserAsync(organization, "gus@else.example")).Status);

        using var signedOut = await browser.PostFormAsync(link, "Sign out and continue");
        Assert.Equal(link, signedOut.Headers.Location!.ToString());
        Assert.NotNull((await browser.PageAsync(link)).QuerySelector("#password"));
        await AcceptAsync(browser, link, HttpStatusCode.Redirect);
        Assert.Equal(UserStatus.Active, (await stage.UserAsync(organization, "gus@else.example")).Status);
    }

    [Fact]
    public async Task Who_is_signed_in_as_the_invited_person_presses_one_button_and_is_in_both_organizations()
    {
        var (organization, link) = await InvitedAsync("Both", "carl@both.example");
        var other = await stage.CreateOrganizationAsync("Both other", "carl@both.example", "Carl");
        using var carl = await stage.SignedInAsync(other.Admin);
        var page = await carl.PageAsync(link);
        Assert.Null(page.QuerySelector("#password"));
        var events = await stage.EventsOfAsync(
            organization, async () => (await carl.PostFormAsync(link, "Accept")).Dispose());
        var user = await stage.UserAsync(organization, "carl@both.example");
        Assert.Equal(user.Id, Assert.Single(events, row => row.Name == "accepted").ActorId);
        Assert.Equal((UserStatus.Active, stage.Now), (user.Status, user.LastSignInAt!.Value));
        Assert.Equal((await stage.UserAsync(other, "carl@both.example")).LoginId, user.LoginId);
        Assert.Equal(2, (await carl.PageAsync("/")).QuerySelectorAll("main li").Length);
    }

    [Fact]
    public async Task Who_has_a_password_gives_it_and_wrong_ones_count_toward_the_lockout()
    {
        var (organization, link) = await InvitedAsync("Known", "dora@known.example");
        await stage.CreateOrganizationAsync("Known other", "dora@known.example");
        using var dora = stage.NewClient();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var refused = await AcceptAsync(dora, link, HttpStatusCode.BadRequest, "Dora", "not my password");
            Assert.Contains("not the password", refused.Refusal(), StringComparison.Ordinal);
            Assert.Equal("Dora", refused.QuerySelector("#name")!.GetAttribute("value"));
        }

        await AcceptAsync(dora, link, HttpStatusCode.BadRequest);
        Assert.Equal(UserStatus.Pending, (await stage.UserAsync(organization, "dora@known.example")).Status);

        // Ten minutes later, by whatever clock Identity asks.
        await stage.SqlAsync($"UPDATE logins SET lockout_end = '2020-01-01Z' WHERE email = 'dora@known.example'");
        await AcceptAsync(dora, link, HttpStatusCode.Redirect, "Dora");
        Assert.Equal(UserStatus.Active, (await stage.UserAsync(organization, "dora@known.example")).Status);
    }

    [Fact]
    public async Task Who_signs_in_with_more_than_a_password_signs_in_first_and_comes_back()
    {
        var (organization, link) = await InvitedAsync("Factors", "erik@factors.example");
        await stage.CreateOrganizationAsync("Factors other", "erik@factors.example");
        using var erik = stage.NewClient();
        var seen = await erik.PageAsync(link);
        await stage.SqlAsync($"UPDATE logins SET two_factor_enabled = true WHERE email = 'erik@factors.example'");
        var page = await erik.PageAsync(link);
        Assert.Empty(page.QuerySelectorAll("#content form"));
        var signIn = page.QuerySelector("#content a.btn")!.GetAttribute("href")!;
        Assert.Equal($"/sign-in?returnUrl={Uri.EscapeDataString(link)}", signIn);
        using var posted = await PostAsync(erik, link, seen, "Erik", People.Password);
        Assert.Equal(HttpStatusCode.Conflict, posted.StatusCode);
        Assert.Equal(UserStatus.Pending, (await stage.UserAsync(organization, "erik@factors.example")).Status);
    }

    [Theory]
    [InlineData("short", "Gus Gray", "12 characters")]
    [InlineData(People.Password, "Gus <Gray>", "angle brackets")]
    [InlineData(People.Password, "123456789 123456789 123456789 123456789 123456789 123456", "at most 55")]
    public async Task What_is_refused_keeps_the_name_and_nothing_else(string password, string name, string reason)
    {
        var email = $"gus{name.Length}{password.Length}@refused.example";
        var (organization, link) = await InvitedAsync($"Refused {name.Length} {password.Length}", email);
        using var gus = stage.NewClient();
        var page = await AcceptAsync(gus, link, HttpStatusCode.BadRequest, name, password);
        Assert.Contains(reason, page.Refusal(), StringComparison.Ordinal);
        Assert.Equal(name, page.QuerySelector("#name")!.GetAttribute("value"));
        Assert.Null(page.QuerySelector("#password")!.GetAttribute("value"));
        Assert.Empty(await stage.RowsAsync<Login>(all => all.Where(login => login.Email == email)));
        Assert.Equal(UserStatus.Pending, (await stage.UserAsync(organization, email)).Status);
        await AcceptAsync(gus, link, HttpStatusCode.Redirect, name[..Math.Min(name.IndexOf(' '), 55)]);
    }

    [Fact]
    public async Task Of_two_tabs_that_accept_at_once_one_comes_in_and_the_other_is_told()
    {
        var (organization, link) = await InvitedAsync("Tabs", "gus@tabs.example");
        using var gus = stage.NewClient();
        var page = await gus.PageAsync(link);
        var both = Task.FromResult(Array.Empty<HttpResponseMessage>());
        await stage.WhileLockedAsync(organization, 2, () => both = Task.WhenAll(
            PostAsync(gus, link, page, "Gus", People.Password), PostAsync(gus, link, page, "Gus", People.Password)));
        var answers = await both;
        Assert.Equal([HttpStatusCode.Redirect, HttpStatusCode.Gone], answers.Select(answer => answer.StatusCode).Order());
        Assert.Single(await stage.RowsAsync<Login>(all => all.Where(login => login.Email == "gus@tabs.example")));
        Array.ForEach(answers, answer => answer.Dispose());

        // A third tab, opened before, holds a form that was written for nobody.
        using var third = await PostAsync(gus, link, page, "Gus", People.Password);
        Assert.Equal(HttpStatusCode.Redirect, third.StatusCode);
        Assert.Equal(link, third.Headers.Location!.ToString());
    }

    [Fact]
    public async Task What_is_deleted_while_it_is_accepted_lets_nobody_in()
    {
        var (organization, link) = await InvitedAsync("Races", "gus@races.example");
        using var gus = stage.NewClient();
        var page = await gus.PageAsync(link);
        var accepting = Task.FromResult(new HttpResponseMessage());
        await stage.WhileLockedAsync(
            organization,
            1,
            () => accepting = PostAsync(gus, link, page, "Gus", People.Password),
            async db => (await db.InvitesOf(organization).SingleAsync()).Withdraw(organization.Admin.Id, stage.Now));
        using var answer = await accepting;
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(await stage.RowsAsync<Login>(all => all.Where(login => login.Email == "gus@races.example")));
    }

    [Fact]
    public async Task A_newcomer_in_two_organizations_at_once_has_one_login_with_one_password()
    {
        var (first, firstLink) = await InvitedAsync("First", "gus@two.example");
        var (second, secondLink) = await InvitedAsync("Second", "gus@two.example");
        using var left = stage.NewClient();
        using var right = stage.NewClient();
        var page = await right.PageAsync(secondLink);
        var later = Task.FromResult(new HttpResponseMessage());
        await stage.WhileLockedAsync(
            second,
            1,
            () => later = PostAsync(right, secondLink, page, "Gus", "quite another password"),
            _ => AcceptAsync(left, firstLink, HttpStatusCode.Redirect));
        using var answer = await later;
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var told = await answer.DocumentAsync();
        Assert.Contains("has just signed up", told.Refusal(), StringComparison.Ordinal);
        Assert.Equal("current-password", told.QuerySelector("#password")!.GetAttribute("autocomplete"));
        Assert.Equal(UserStatus.Pending, (await stage.UserAsync(second, "gus@two.example")).Status);

        await AcceptAsync(right, secondLink, HttpStatusCode.Redirect);
        Assert.Equal(
            (await stage.UserAsync(first, "gus@two.example")).LoginId,
            (await stage.UserAsync(second, "gus@two.example")).LoginId);
    }

    [Fact]
    public async Task The_email_says_who_invites_where_as_what_until_when_and_what_to_do_if_it_is_unexpected()
    {
        var (organization, link) = await InvitedAsync("Letters", "gus@letters.example");
        await Eventually.IsTrueAsync(async () => (await LettersAsync()).Count == 1, "the letter lies in the folder");
        var letter = Assert.Single(await LettersAsync());
        Assert.Equal("[Letters] You are invited", letter.Subject);
        string[] said =
        [
            "Ann Admin invites you to the Safety Center of Letters", $"Ann Admin ({organization.Admin.Email})",
            Role.StandardName, Moment.Exact(stage.Now.AddDays(2)), link[..20], "do nothing",
        ];
        Assert.All(said, words => Assert.Contains(words, letter.Text, StringComparison.Ordinal));
        Assert.All(said, words => Assert.Contains(words, letter.Html, StringComparison.Ordinal));

        async Task<List<SmtpSink.Mail>> LettersAsync() =>
            [.. (await stage.WaitForLettersAsync(1)).Where(mail => mail.To == "gus@letters.example")];
    }

    private Task<(TestOrganization Organization, string Link)> InvitedAsync(string name, string email) =>
        InviteStage.InvitedAsync(stage, name, email);
}
