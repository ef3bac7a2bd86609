using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Tests.Pages;

/// <summary>A forgotten password: what a stranger learns, whom the letter lets in, and when its link ends.</summary>
public sealed class PasswordResetTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string New = "a quite different sentence";

    [Fact]
    public async Task Whoever_asks_is_told_the_same_and_only_whom_we_know_gets_a_letter()
    {
        var organization = await app.CreateOrganizationAsync("Known", "ann@known.example");
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            // It never signs in, and has no password to forget.
            db.Add(User.ServiceAccount(organization.Id, "robot@known.example", "Robot", title: null, [], app.Now));
            await db.SaveChangesAsync();
        });
        using var visitor = app.NewClient();
        var texts = new List<string>();
        foreach (var email in new[]
        {
            "nobody@known.example", "robot@known.example", "not an address", "", $"{new string('x', 300)}@known.example",
            "  ANN@known.example ",
        })
        {
            using var answer = await visitor.PostFormAsync("/forgot-password", "Send the link", ("email", email));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            texts.Add((await answer.DocumentAsync()).QuerySelector("main")!.TextContent);
        }

        // They are served in order, so that nobody before Ann is still to come.
        Assert.Single(texts.Distinct());
        await LetterToAsync("ann@known.example");
        var only = Assert.Single(await app.RowsAsync<Email>(all => all.Where(row => row.Recipient.EndsWith("@known.example"))));
        Assert.Equal((EmailKind.PasswordReset, organization.Admin.Email, null), (only.Kind, only.Recipient, only.OrganizationId));
    }

    [Fact]
    public async Task The_link_sets_a_new_password_once_signs_out_everywhere_and_ends_the_lockout()
    {
        var organization = await app.CreateOrganizationAsync("Forgetful");
        var email = organization.Admin.Email;
        using var signedIn = await app.SignedInAsync(organization.Admin);
        using var visitor = app.NewClient();
        for (var attempt = 0; attempt < Lockout.TriesMax; attempt++)
        {
            using var wrong = await visitor.TryToSignInAsync(email, "wrong wrong wrong");
        }

        var link = await AskAsync(visitor, email);
        Assert.DoesNotContain(email, link, StringComparison.Ordinal);

        // A mail scanner opens it, twice.
        for (var scan = 0; scan < 2; scan++)
        {
            var page = await app.Visitor.PageAsync(link);
            Assert.Contains(email, page.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, await signedIn.StatusOfAsync("/me/security"));
        using var weak = await visitor.PostFormAsync(link, "Save", ("newPassword", "password1234"));
        Assert.Equal(HttpStatusCode.BadRequest, weak.StatusCode);
        Assert.Contains(
            "among the first", (await weak.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await signedIn.StatusOfAsync("/me/security"));

        var stale = await visitor.PageAsync(link);
        using var set = await visitor.PostFormAsync(link, "Save", ("newPassword", New));
        Assert.Equal("/sign-in", set.Headers.Location!.ToString());
        Assert.Contains(
            "Your password is changed.", (await visitor.PageAsync("/sign-in")).QuerySelector("[role=status]")!.TextContent,
            StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await visitor.StatusOfAsync("/"));
        Assert.Equal(HttpStatusCode.Redirect, await signedIn.StatusOfAsync("/me/security"));
        Assert.Single(
            await app.EmailsAsync(EmailKind.LoginChanged), told => told.Recipient == email);

        // Used up: neither shown again, nor taken from a page that was still open.
        await IsGoneAsync(visitor, link);
        var token = stale.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var again = await visitor.PostAsync(link, new FormUrlEncodedContent(
        [
            KeyValuePair.Create("__RequestVerificationToken", token),
            KeyValuePair.Create("newPassword", "another sentence of mine"),
        ]));
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        await visitor.SignInAsync(email, New);
    }

    [Fact]
    public async Task The_link_works_for_an_hour_and_not_after_the_password_was_changed_in_another_way()
    {
        var organization = await app.CreateOrganizationAsync("Late");
        using var visitor = app.NewClient();
        var first = await AskAsync(visitor, organization.Admin.Email);
        app.Time.Advance(TimeSpan.FromMinutes(59));
        await visitor.PageAsync(first);
        app.Time.Advance(TimeSpan.FromMinutes(1));
        await IsGoneAsync(visitor, first);

        var second = await AskAsync(visitor, organization.Admin.Email);
        using var signedIn = await app.SignedInAsync(organization.Admin);
        using var changed = await signedIn.PostFormAsync(
            "/me/security", "Change password", ("currentPassword", People.Password), ("newPassword", New));
        Assert.Equal(HttpStatusCode.Redirect, changed.StatusCode);
        await IsGoneAsync(visitor, second);
        await IsGoneAsync(visitor, "/reset-password/no-token-of-ours");
        await IsGoneAsync(visitor, second[..^4] + "AAAA");
    }

    [Fact]
    public async Task One_person_gets_three_letters_an_hour_however_often_somebody_asks()
    {
        var organization = await app.CreateOrganizationAsync("Bombed");
        var other = await app.CreateOrganizationAsync("Not bombed");
        using var visitor = app.NewClient();
        for (var time = 0; time < ForgottenPasswords.EmailsMax + 3; time++)
        {
            using var asked = await visitor.PostFormAsync(
                "/forgot-password", "Send the link", ("email", organization.Admin.Email));
        }

        await AskAsync(visitor, other.Admin.Email);
        Assert.Equal(ForgottenPasswords.EmailsMax, await CountAsync());
        app.Time.Advance(ForgottenPasswords.Within);
        using var later = await visitor.PostFormAsync(
            "/forgot-password", "Send the link", ("email", organization.Admin.Email));
        await Eventually.IsTrueAsync(
            async () => await CountAsync() == ForgottenPasswords.EmailsMax + 1, "another letter after an hour");

        async Task<int> CountAsync() => (await app.EmailsAsync(EmailKind.PasswordReset))
            .Count(email => email.Recipient == organization.Admin.Email);
    }

    [Fact]
    public async Task A_letter_that_could_not_leave_for_an_hour_is_not_sent_any_more()
    {
        var organization = await app.CreateOrganizationAsync("Delayed");
        var (late, soon) = await app.InScopeAsync(async (IServiceProvider services) =>
        {
            var loginId = await services.GetRequiredService<Web.Data.SafetyCenterDb>().Users
                .Where(login => login.Email == organization.Admin.Email).Select(login => login.Id).SingleAsync();
            var composer = services.GetRequiredService<EmailComposer>();
            var asked = app.Now - TimeSpan.FromMinutes(59);
            return (
                await composer.ComposeAsync(
                    LoginEmails.Reset(loginId, organization.Admin.Email, asked.AddMinutes(-2)), CancellationToken.None),
                await composer.ComposeAsync(LoginEmails.Reset(loginId, organization.Admin.Email, asked), CancellationToken.None));
        });
        Assert.Null(late);
        Assert.NotNull(soon);
    }

    [Fact]
    public async Task Who_has_a_second_factor_must_show_it_after_a_reset()
    {
        var organization = await app.CreateOrganizationAsync("Factored");
        await app.InScopeAsync(db => db.Users.Where(login => login.Email == organization.Admin.Email)
            .ExecuteUpdateAsync(set => set.SetProperty(login => login.TwoFactorEnabled, true)));
        using var visitor = app.NewClient();
        var link = await AskAsync(visitor, organization.Admin.Email);
        using var set = await visitor.PostFormAsync(link, "Save", ("newPassword", New));
        Assert.Equal("/sign-in", set.Headers.Location!.ToString());
        using var half = await visitor.TryToSignInAsync(organization.Admin.Email, New);
        Assert.StartsWith("/sign-in/second-factor?", half.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, await visitor.StatusOfAsync("/me/security"));
    }

    private static async Task IsGoneAsync(HttpClient visitor, string link)
    {
        using var gone = await visitor.GetAsync(link);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Contains("This link no longer works", await gone.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // Asks for a link and takes it out of the letter.
    private async Task<string> AskAsync(HttpClient visitor, string email)
    {
        var before = Letters(email).Count();
        using var asked = await visitor.PostFormAsync("/forgot-password", "Send the link", ("email", email));
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var letter = await LetterToAsync(email, before);
        Assert.Equal("[SafetyCenter] Choose a new password", letter.Subject);
        return new Uri(letter.Text.Split('\n').Single(line => line.Contains("/reset-password/", StringComparison.Ordinal)).Trim())
            .PathAndQuery;
    }

    private async Task<SmtpSink.Mail> LetterToAsync(string email, int before = 0)
    {
        await Eventually.IsTrueAsync(() => Letters(email).Count() > before, $"a letter to {email}");
        return Letters(email).Last();
    }

    private IEnumerable<SmtpSink.Mail> Letters(string to)
    {
        var folder = Path.Combine(app.DataFolder, "mail");
        return !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, "*.eml").Order(StringComparer.Ordinal)
            .Select(SmtpSink.Mail.FromFile).Where(mail => mail.To == to);
    }
}
