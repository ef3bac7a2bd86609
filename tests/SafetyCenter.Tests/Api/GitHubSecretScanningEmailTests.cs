using System.Diagnostics;
using System.Net;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Api;

/// <summary>Case 70, and how soon the email leaves: over a mail server.</summary>
public sealed class GitHubSecretScanningEmailTests(TestPostgres postgres)
{
    [Fact]
    public async Task The_email_leaves_within_two_seconds_of_the_report()
    {
        await using var sink = new SmtpSink();
        await using var app = await App.StartAsync(postgres, mail: sink);
        var organization = await app.CreateOrganizationAsync("Quick");

        // Whatever is done once, at the first report and at the first email, is not what is measured here.
        await app.ReportAsync(new Match(organization.ApplicationKey.Secret));
        await sink.WaitForAsync(1);

        var start = Stopwatch.GetTimestamp();
        var answer = await app.ReportAsync(
            new Match(organization.ApiKey.Secret, "https://github.example/quick"));
        var mails = await sink.WaitForAsync(2);
        var took = Stopwatch.GetElapsedTime(start);

        Assert.Equal([Reporting.TruePositive], answer.Labels);
        Assert.True(took < TimeSpan.FromSeconds(2), $"The email came after {took}.");
        var mail = mails[1];
        Assert.Equal([organization.Admin.Email], mail.Recipients);
        Assert.Equal("[Quick] API key “main” was found in public", mail.Subject);
        Assert.Contains("https://github.example/quick", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"ends in {organization.ApiKey.Secret[^4..]}", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(organization.ApiKey.Secret, mail.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_70_a_mail_server_that_is_down_delays_the_email_and_nothing_else()
    {
        var clock = new ManualClock();
        await using var sink = new SmtpSink();
        await using var app = await App.StartAsync(postgres, clock, sink);
        var organization = await app.CreateOrganizationAsync("Mail is down");
        sink.Refuse(SmtpSinkStep.Greeting, "421 4.3.2 closed for repairs");

        var answer = await app.ReportAsync(new Match(organization.ApiKey.Secret));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        await Eventually.IsTrueAsync(
            async () => Assert.Single(await app.EmailsAsync(EmailKind.LeakFound)).LastError is not null,
            "a try that failed");
        Assert.Null(Assert.Single(await app.EmailsAsync(EmailKind.LeakFound)).SentAt);

        sink.AcceptAll();
        clock.Advance(TimeSpan.FromMinutes(1));
        await app.RunAsync<SendLetters>();
        await Eventually.IsTrueAsync(
            async () => Assert.Single(await app.EmailsAsync(EmailKind.LeakFound)).SentAt is not null,
            "the email being sent");

        clock.Advance(TimeSpan.FromHours(12));
        await app.RunAsync<SendLetters>();
        Assert.Equal([organization.Admin.Email], Assert.Single(sink.Mails).Recipients);
    }
}
