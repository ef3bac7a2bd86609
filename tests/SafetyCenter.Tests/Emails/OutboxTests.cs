using System.Net;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Emails;

/// <summary>Emails as rows: sent at least once, tried again with back-off, given up in the end, never blocking anybody.</summary>
public sealed class OutboxTests(TestPostgres postgres)
{
    [Fact]
    public async Task An_email_waits_for_a_server_that_is_away_longer_each_time_and_then_leaves_once()
    {
        await using var server = new SmtpSink();
        server.Refuse(SmtpSinkStep.Mail, "451 later");
        var clock = new ManualClock();
        await using var app = await App.StartAsync(postgres, clock, server);
        var organization = await app.CreateOrganizationAsync("Waiting");
        await WriteAsync(app, organization);
        var waits = new List<TimeSpan>();
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            await Eventually.IsTrueAsync(
                async () => (await OneAsync(app)).Attempts == attempt && (await OneAsync(app)).LastError is not null,
                $"attempt {attempt}");
            var email = await OneAsync(app);
            Assert.Contains("451", email.LastError, StringComparison.Ordinal);
            waits.Add(email.NextAttemptAt!.Value - app.Now);
            clock.Advance(waits[^1]);
            if (attempt < 4)
            {
                await app.RunAsync<SendLetters>();
            }
        }

        Assert.Equal([5, 15, 45, 135], waits.Select(wait => wait.TotalSeconds));
        server.AcceptAll();
        await app.RunAsync<SendLetters>();
        await Eventually.IsTrueAsync(async () => (await OneAsync(app)).SentAt is not null, "it is sent");
        await app.RunAsync<SendLetters>();
        Assert.Single(server.Mails);
        Assert.Null((await OneAsync(app)).LastError);
    }

    [Fact]
    public async Task An_address_that_does_not_exist_is_given_up_and_a_wrong_password_of_ours_is_not()
    {
        await using var server = new SmtpSink();
        server.Refuse(SmtpSinkStep.Recipient, "550 no such user");
        await using var app = await App.StartAsync(postgres, clock: null, server);
        var organization = await app.CreateOrganizationAsync("Nobody");
        await WriteAsync(app, organization);
        await Eventually.IsTrueAsync(async () => (await OneAsync(app)).GivenUpAt is not null, "it is given up");
        Assert.Null((await OneAsync(app)).NextAttemptAt);

        await using var guarded = new SmtpSink { Account = ("us", "right") };
        await using var misconfigured = await App.StartAsync(
            postgres, clock: null, guarded, ("Smtp:User", "us"), ("Smtp:Password", "wrong-secret-9"));
        await WriteAsync(misconfigured, await misconfigured.CreateOrganizationAsync("Ours"));
        await Eventually.IsTrueAsync(async () => (await OneAsync(misconfigured)).LastError is not null, "it failed");
        var waiting = await OneAsync(misconfigured);
        Assert.NotNull(waiting.NextAttemptAt);
        Assert.Contains("535", waiting.LastError, StringComparison.Ordinal);

        // Loud for the operator, visible for the admin, and the password in neither place.
        Assert.Contains(misconfigured.Log.Lines, line => line.Level == Microsoft.Extensions.Logging.LogLevel.Error
            && line.Text.Contains("535", StringComparison.Ordinal));
        Assert.DoesNotContain("wrong-secret-9", misconfigured.Log.ToString(), StringComparison.Ordinal);
        using var admin = await misconfigured.SignedInAsync(
            (await misconfigured.CreateOrganizationAsync("Other")).Admin);
        using var home = await admin.GetAsync("/o/other/safety-center");
        Assert.DoesNotContain("535", await home.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var own = await misconfigured.SignedInAsync(new Person(default, "admin@ours.example", People.Password));
        var page = await own.PageAsync("/o/ours/safety-center");
        Assert.Contains("535", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_instances_share_the_work_and_send_each_email_once()
    {
        await using var server = new SmtpSink();
        await using var app = await App.StartAsync(postgres, clock: null, server);
        var organization = await app.CreateOrganizationAsync("Shared");
        await app.InScopeAsync(async db =>
        {
            for (var number = 0; number < 60; number++)
            {
                db.Add(new Email(
                    organization.Id, EmailKind.Test, organization.Id.Value, $"person{number}@shared.example", "many", app.Now));
            }

            await db.SaveChangesAsync();
        });
        await Task.WhenAll(app.RunAsync<SendLetters>(), app.RunAsync<SendLetters>());
        await Eventually.IsTrueAsync(
            async () => (await app.EmailsAsync()).TrueForAll(email => email.SentAt is not null), "all are sent");
        Assert.Equal(60, server.Mails.Count);
        Assert.Equal(60, server.Mails.Select(mail => mail.To).Distinct().Count());
    }

    [Fact]
    public async Task Changed_contacts_are_told_old_and_new_with_all_admins_and_a_link_verifies_by_its_button_only()
    {
        await using var server = new SmtpSink();
        await using var app = await App.StartAsync(postgres, clock: null, server);
        var organization = await app.CreateOrganizationAsync("Contacts", "ann@contacts.example", "Ann");
        using var admin = await app.SignedInAsync(organization.Admin);
        var here = organization.SafetyCenter("configuration");
        (await admin.PostFormAsync(here, "Save contacts", ("primary", "Old@Contacts.example"), ("secondary", ""))).Dispose();
        await server.WaitForAsync(3);
        using var changed = await admin.PostFormAsync(
            here, "Save contacts", ("primary", "new@contacts.example"), ("secondary", ""));
        Assert.Equal(HttpStatusCode.Redirect, changed.StatusCode);
        var letters = (await server.WaitForAsync(7)).Skip(3).ToList();
        Assert.Equal(
            ["ann@contacts.example", "new@contacts.example", "old@contacts.example"],
            letters.Where(letter => letter.Subject.Contains("changed")).Select(letter => letter.To).Order());

        var verify = Assert.Single(letters, letter => letter.Subject.Contains("yours", StringComparison.Ordinal));
        Assert.Equal("new@contacts.example", verify.To);
        var link = verify.Text.Split('\n').Single(line => line.Contains("/contacts/verify/", StringComparison.Ordinal)).Trim();
        using var stranger = app.NewClient();
        var path = new Uri(link).AbsolutePath;
        await stranger.PageAsync(path);
        Assert.Contains("not yet", (await admin.PageAsync(here)).Body!.TextContent, StringComparison.Ordinal);
        using var pressed = await stranger.PostFormAsync(path, "Verify");
        Assert.Equal(HttpStatusCode.OK, pressed.StatusCode);
        Assert.DoesNotContain("not yet", (await admin.PageAsync(here)).Body!.TextContent, StringComparison.Ordinal);
        using var forged = await stranger.GetAsync(path[..^4] + "AAAA");
        Assert.Equal(HttpStatusCode.NotFound, forged.StatusCode);
    }

    [Theory]
    [InlineData("not an address", "", "primary")]
    [InlineData("a@b.example\r\nBcc: evil@x.example", "", "primary")]
    [InlineData("same@x.example", "SAME@x.example", "secondary")]
    [InlineData("", "second@x.example", "primary")]
    public async Task Contacts_that_cannot_be_are_refused_and_stay_in_the_fields(string primary, string secondary, string field)
    {
        await using var app = await App.StartAsync(postgres);
        var organization = await app.CreateOrganizationAsync("Refused");
        using var admin = await app.SignedInAsync(organization.Admin);
        using var refused = await admin.PostFormAsync(
            organization.SafetyCenter("configuration"), "Save contacts", ("primary", primary), ("secondary", secondary));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var page = await refused.DocumentAsync();
        Assert.NotEmpty(page.QuerySelector("[role=alert]")!.TextContent.Trim());
        var typed = field == "primary" ? primary : secondary;
        Assert.Equal(typed, page.QuerySelector($"#{field}")!.GetAttribute("value") ?? "");
        Assert.Empty(await app.EmailsAsync());
    }

    private static Task WriteAsync(App app, TestOrganization organization) => app.InScopeAsync(async db =>
    {
        db.Add(new Email(
            organization.Id, EmailKind.Test, organization.Id.Value, "security@outbox.example", "test", app.Now));
        await db.SaveChangesAsync();
    });

    private static async Task<Email> OneAsync(App app) => Assert.Single(await app.EmailsAsync());
}
