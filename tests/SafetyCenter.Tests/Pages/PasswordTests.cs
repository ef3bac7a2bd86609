using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Tests.Pages;

/// <summary>Which passwords can be, how one is changed, and how often one may be guessed.</summary>
public sealed class PasswordTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Page = "/me/security";
    private const string New = "a quite different sentence";
    private const string Wrong = "wrong wrong wrong";

    [Theory]
    [InlineData("elevenchars", "at least 12")]
    [InlineData("🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑", "at least 12")]
    [InlineData("password1234", "first")]
    [InlineData("P@ssw0rd!!!!", "first")]
    [InlineData("passwordpassword", "first")]
    [InlineData("Password2026!!", "first")]
    [InlineData("123456789012", "first")]
    [InlineData("098765432109", "first")]
    [InlineData("aaaaaaaaaaaa", "first")]
    [InlineData("abababababab", "first")]
    [InlineData("abcabcabcabcab", "first")]
    [InlineData("qwertyuiop12", "first")]
    [InlineData("asdfghjkl;123", "first")]
    [InlineData("1qaz2wsx3edc", "first")]
    [InlineData("letmeinletmein", "first")]
    [InlineData("LetMeIn-Password", "first")]
    [InlineData("iloveyou-monkey!", "first")]
    [InlineData("safetycenter", "first")]
    [InlineData("Safety-Center-26", "first")]
    [InlineData("ann@acme.example", "first")]
    [InlineData("Ann Lovelace 26", "first")]
    [InlineData("acmerockets2026", "first")]
    [InlineData("Acme R0ckets & Co", "first")]
    public void What_is_guessed_first_is_refused_with_the_reason(string password, string reason) =>
        Assert.Contains(reason, ComplaintAbout(password), StringComparison.Ordinal);

    [Theory]
    [InlineData("safety-first-demo")]
    [InlineData("safety-first-test")]
    [InlineData("correct horse battery staple")]
    [InlineData("the password of my first job")]
    [InlineData("ann rides a green tram")]
    [InlineData("zug um zug nach genf")]
    [InlineData("kD8!fq2_Zr7x")]
    [InlineData("739184620573")]
    [InlineData("🔑🚲🌧️🧀🎻🪁🦔🍐🧭🪜🎈🛶")]
    [InlineData("-.!?#&/(%$=*")]
    public void Sentences_and_what_chance_made_can_be_passwords(string password) =>
        Assert.Equal("", ComplaintAbout(password));

    [Fact]
    public void A_password_can_have_256_characters_and_no_more()
    {
        var long256 = string.Concat(Enumerable.Range(0, 64).Select(number => $"{number * 37 % 90 + 10:00}né"));
        Assert.Equal("", ComplaintAbout(long256));
        Assert.Contains("at most 256", ComplaintAbout(long256 + "x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changing_it_asks_for_the_old_one_ends_all_other_sessions_and_tells_the_person()
    {
        var organization = await app.CreateOrganizationAsync("Changing", adminName: "Ann Lovelace");
        var email = organization.Admin.Email;
        using var browser = await app.SignedInAsync(organization.Admin);
        using var other = await app.SignedInAsync(organization.Admin);
        Assert.Contains("never, since it was first chosen", await TextAsync(browser), StringComparison.Ordinal);

        foreach (var (current, wanted, reason) in new[]
        {
            (Wrong, New, "not your password"), (People.Password, "short", "at least 12"),
            (People.Password, "Changing Changing 1", "first"), (People.Password, "ann-lovelace-2026", "first"),
            (People.Password, $"{email}1", "first"), (People.Password, "", "at least 12"),
        })
        {
            using var refused = await ChangeAsync(browser, current, wanted);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            var text = (await refused.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent;
            Assert.Contains(reason, text, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, await other.StatusOfAsync(Page));
        Assert.Empty(await EmailsToAsync(email));

        using var changed = await ChangeAsync(browser, People.Password, New);
        Assert.Equal(HttpStatusCode.Redirect, changed.StatusCode);
        var page = await TextAsync(browser);
        Assert.Contains("You are signed out everywhere else.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("since it was first chosen", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await other.StatusOfAsync(Page));
        var told = Assert.Single(await EmailsToAsync(email));
        Assert.Equal((EmailKind.LoginChanged, null), (told.Kind, told.OrganizationId));

        using var visitor = app.NewClient();
        using var old = await visitor.TryToSignInAsync(email, People.Password);
        Assert.Equal(HttpStatusCode.BadRequest, old.StatusCode);
        await visitor.SignInAsync(email, New);

        // Other tests of this class have letters sent to the same folder.
        IReadOnlyList<SmtpSink.Mail> letters = [];
        await Eventually.IsTrueAsync(
            async () => (letters = [.. (await app.WaitForLettersAsync(1)).Where(mail => mail.To == email)]).Count > 0,
            $"a letter to {email}");
        var letter = Assert.Single(letters);
        Assert.Contains("[SafetyCenter] The way you sign in was changed", letter.Subject, StringComparison.Ordinal);
        Assert.Contains("What: Your password was changed.", letter.Text, StringComparison.Ordinal);
        Assert.Contains("When: 15 Jan 2026", letter.Text, StringComparison.Ordinal);
        Assert.Contains("From: 127.0.0.1", letter.Text, StringComparison.Ordinal);
        Assert.Contains("/forgot-password", letter.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(New, letter.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_accent_is_the_same_on_every_keyboard()
    {
        var organization = await app.CreateOrganizationAsync("Accents");
        var composed = "un café très noir à dix heures".Normalize(NormalizationForm.FormC);
        var decomposed = composed.Normalize(NormalizationForm.FormD);
        using var browser = await app.SignedInAsync(organization.Admin);
        using var changed = await ChangeAsync(browser, People.Password, decomposed);
        Assert.Equal(HttpStatusCode.Redirect, changed.StatusCode);
        foreach (var typed in new[] { composed, decomposed })
        {
            using var visitor = app.NewClient();
            await visitor.SignInAsync(organization.Admin.Email, typed);
        }

        using var without = await app.NewClient().TryToSignInAsync(
            organization.Admin.Email, "un cafe tres noir a dix heures");
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
    }

    [Fact]
    public async Task Wrong_tries_at_changing_count_like_those_at_signing_in_and_the_lock_opens_after_ten_minutes()
    {
        var organization = await app.CreateOrganizationAsync("Counting");
        using var browser = await app.SignedInAsync(organization.Admin);
        using var visitor = app.NewClient();
        for (var attempt = 0; attempt < Lockout.TriesMax; attempt++)
        {
            using var wrong = attempt % 2 == 0
                ? await ChangeAsync(browser, Wrong, New)
                : await visitor.TryToSignInAsync(organization.Admin.Email, Wrong);
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        }

        foreach (var minutes in new[] { 0, 9 })
        {
            app.Time.Advance(TimeSpan.FromMinutes(minutes));
            using var locked = await visitor.TryToSignInAsync(organization.Admin.Email, People.Password);
            Assert.Equal(HttpStatusCode.BadRequest, locked.StatusCode);
            using var change = await ChangeAsync(browser, People.Password, New);
            Assert.Equal(HttpStatusCode.BadRequest, change.StatusCode);
        }

        app.Time.Advance(TimeSpan.FromMinutes(1));
        await visitor.SignInAsync(organization.Admin.Email, People.Password);
    }

    [Fact]
    public async Task A_right_password_gives_all_tries_back()
    {
        var organization = await app.CreateOrganizationAsync("Forgiven");
        for (var round = 0; round < 2; round++)
        {
            using var visitor = app.NewClient();
            for (var attempt = 1; attempt < Lockout.TriesMax; attempt++)
            {
                using var wrong = await visitor.TryToSignInAsync(organization.Admin.Email, Wrong);
                Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
            }

            await visitor.SignInAsync(organization.Admin.Email, People.Password);
        }
    }

    [Fact]
    public async Task Tries_at_the_same_moment_are_counted_one_by_one()
    {
        var organization = await app.CreateOrganizationAsync("At once");
        var visitors = Enumerable.Range(0, 8).Select(_ => app.NewClient()).ToList();
        var answers = await Task.WhenAll(visitors.Select(
            visitor => visitor.TryToSignInAsync(organization.Admin.Email, Wrong)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode));
        visitors.ForEach(visitor => visitor.Dispose());
        var login = await app.InScopeAsync(db => db.Users.SingleAsync(row => row.Email == organization.Admin.Email));
        Assert.Equal(Lockout.TriesMax, login.AccessFailedCount);
        Assert.Equal(app.Now + Lockout.Pause, login.LockoutEnd);
    }

    [Fact]
    public async Task Trying_one_password_on_many_people_ends_for_the_address_it_comes_from()
    {
        var organization = await app.CreateOrganizationAsync("Sprayed");

        // What other tests failed at is forgotten by then.
        app.Time.Advance(FailedTries.Window);
        using var visitor = app.NewClient();
        for (var person = 0; person < FailedTries.TriesMax; person++)
        {
            using var wrong = await visitor.TryToSignInAsync($"person{person}@sprayed.example", "safety-first-test");
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        }

        app.Time.Advance(TimeSpan.FromMinutes(4));
        using var refused = await visitor.TryToSignInAsync(organization.Admin.Email, organization.Admin.Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(6), refused.Headers.RetryAfter!.Delta);
        Assert.Contains("Wait 6 minutes", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        app.Time.Advance(TimeSpan.FromMinutes(6));
        await visitor.SignInAsync(organization.Admin.Email, organization.Admin.Password);
    }

    [Fact]
    public async Task Nobody_costs_as_much_work_as_somebody_and_so_does_who_is_locked_out()
    {
        var organization = await app.CreateOrganizationAsync("Work");
        using var visitor = app.NewClient();
        for (var attempt = 0; attempt <= Lockout.TriesMax; attempt++)
        {
            Assert.Equal(1, await HashesAsync(organization.Admin.Email));
        }

        Assert.Equal(1, await HashesAsync("nobody@work.example"));
        Assert.Equal(1, await HashesAsync("no address"));

        async Task<int> HashesAsync(string email)
        {
            var before = app.Hashes;
            using var refused = await visitor.TryToSignInAsync(email, Wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            return app.Hashes - before;
        }
    }

    [Theory]
    [InlineData("ann@changing.example\r\nBcc: x@evil.example")]
    [InlineData("ann\u200b@changing.example")]
    [InlineData("@")]
    public async Task What_is_no_address_is_refused_like_one_that_is_not_known(string email)
    {
        using var visitor = app.NewClient();
        using var refused = await visitor.TryToSignInAsync(email, Wrong);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(
            "The email or the password is wrong.",
            (await refused.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent,
            StringComparison.Ordinal);
    }

    private static string ComplaintAbout(string password) =>
        PasswordRules.ComplaintAbout(password, ["ann@acme.example", "Ann Lovelace", "Acme Rockets & Co", null]);

    private static Task<HttpResponseMessage> ChangeAsync(HttpClient browser, string current, string wanted) =>
        browser.PostFormAsync(Page, "Change password", ("currentPassword", current), ("newPassword", wanted));

    private static async Task<string> TextAsync(HttpClient browser) => (await browser.PageAsync(Page)).Body!.TextContent;

    private async Task<List<Email>> EmailsToAsync(string address) =>
        [.. (await app.EmailsAsync()).Where(email => email.Recipient == address)];
}
