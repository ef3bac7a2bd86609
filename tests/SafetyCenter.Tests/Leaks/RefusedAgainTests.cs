using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

/// <summary>That the rules could not revoke a key is told each time its alert is open anew, and once each time.</summary>
public sealed class RefusedAgainTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    private const string Words = "could not revoke it";

    [Fact]
    public async Task What_was_dismissed_and_is_seen_again_is_refused_again()
    {
        var organization = await app.CreateOrganizationAsync("Refused again");
        var key = organization.ApiKey;
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        await app.ReportAsync(new Match(key.Secret, "https://refused.example/a"));
        await DismissAsync(organization);
        await app.ReportAsync(new Match(key.Secret, "https://refused.example/b"));
        Assert.Equal(
            [
                AlertEventKind.Raised, AlertEventKind.RevocationRefused, AlertEventKind.Dismissed,
                AlertEventKind.SeenAgain, AlertEventKind.RevocationRefused,
            ],
            (await app.AlertOfAsync(key.Id)).Kinds());
        foreach (var kind in new[] { EmailKind.LeakFound, EmailKind.LeakAgain })
        {
            var email = Assert.Single(await app.EmailsAsync(kind), row => row.OrganizationId == organization.Id);
            Assert.Equal(2, (await app.WordsAsync(email))!.Text.Split(Words).Length);
        }

        // One place more is no news, and nothing is tried.
        await app.ReportAsync(new Match(key.Secret, "https://refused.example/c"));
        Assert.Equal(2, await RefusalsAsync(organization));
        Assert.Equal(2, (await app.ToldAsync(organization)).Length);
    }

    [Fact]
    public async Task What_was_refused_before_is_not_told_again_when_nothing_was_tried()
    {
        var organization = await app.CreateOrganizationAsync("Refused before");
        var key = organization.ApiKey;
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        await app.ReportAsync(new Match(key.Secret, "https://before.example/a"));
        await DismissAsync(organization);
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Notify));
        await app.ReportAsync(new Match(key.Secret, "https://before.example/b"));
        var email = Assert.Single(
            await app.EmailsAsync(EmailKind.LeakAgain), row => row.OrganizationId == organization.Id);
        Assert.DoesNotContain(Words, (await app.WordsAsync(email))!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_shown_and_cannot_end_is_told_by_email_also_when_its_alert_was_there()
    {
        var organization = await app.CreateOrganizationAsync("Shown and refused");
        var key = organization.ApiKey;
        await app.SetContactsAsync(organization, "first@shown.example", "second@shown.example");
        await app.ReportAsync(new Match(key.Secret, "https://shown.example/a"));
        await ShowAsync(key);
        await ShowAsync(key);
        Assert.Equal(1, await RefusalsAsync(organization));
        Assert.Equal(["first@shown.example", "second@shown.example"], await ToldOfRefusalAsync(organization));

        // Opened anew by an admin: it is refused anew.
        await DismissAsync(organization);
        await app.ActAsync(organization, key.Id, alert => alert.Reopen(organization.Admin.Id, app.Now));
        app.Time.Jump(TimeSpan.FromMinutes(1));
        await ShowAsync(key);
        Assert.Equal(2, await RefusalsAsync(organization));
        Assert.Equal(4, (await ToldOfRefusalAsync(organization)).Count);
        var email = (await app.EmailsAsync(EmailKind.RevocationRefused)).Last(row => row.OrganizationId == organization.Id);
        var words = (await app.WordsAsync(email))!;
        Assert.Contains("could not be revoked by itself", words.Subject, StringComparison.Ordinal);
        Assert.Contains($"<alert.{(await app.AlertOfAsync(key.Id)).Id}@", words.Headers["References"], StringComparison.Ordinal);
        using var admin = await app.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.SafetyCenter($"alerts/{(await app.AlertOfAsync(key.Id)).Id}"));
        Assert.Contains(
            "Email to first@shown.example, that the rules could not revoke it",
            page.QuerySelector("[data-history]")!.TextContent,
            StringComparison.Ordinal);
    }

    private Task DismissAsync(TestOrganization organization) => app.ActAsync(
        organization,
        organization.ApiKey.Id,
        alert => alert.Dismiss(Resolution.UsedInTests, "A test.", organization.Admin.Id, app.Now));

    private async Task<int> RefusalsAsync(TestOrganization organization) =>
        (await app.AlertOfAsync(organization.ApiKey.Id)).Kinds().Count(kind => kind == AlertEventKind.RevocationRefused);

    private async Task<List<string>> ToldOfRefusalAsync(TestOrganization organization) =>
    [
        .. (await app.EmailsAsync(EmailKind.RevocationRefused))
            .Where(email => email.OrganizationId == organization.Id)
            .Select(email => email.Recipient),
    ];

    private Task<Taken> ShowAsync(IssuedKey key) => app.InScopeAsync(
        (IServiceProvider services) => services.GetRequiredService<LeakIntake>().TakeAsync(
            new Delivery(LeakChannel.Shown, "shown", "Somebody", RandomNumberGenerator.GetBytes(32)),
            [new ReportedItem(0, key.Secret, null, null, LeakSource.Unknown)],
            CancellationToken.None));
}
