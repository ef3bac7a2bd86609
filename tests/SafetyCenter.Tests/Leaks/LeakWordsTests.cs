using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.OAuth;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Leaks;

/// <summary>What the emails about leaks say.</summary>
public sealed class LeakWordsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task A_found_key_is_told_with_who_reported_it_where_whether_in_public_and_until_when()
    {
        var (incident, organization) = await stage.IncidentAsync("Found");
        await incident.ReportPrivatelyAsync("javascript:alert(1)", "found");
        var email = await WordsAsync(organization, EmailKind.LeakFound);
        Assert.Equal("[Found] API key “leaked” was found in the wrong place", email.Subject);
        Assert.Contains("Our scanner reported it to the Safety Center of Found.", email.Text, StringComparison.Ordinal);
        Assert.Contains("Found at: javascript:alert(1)", email.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"javascript", email.Html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(
            $"Severity: High, due at {Moment.Exact(stage.Now.AddHours(72))}", email.Text, StringComparison.Ordinal);
        Assert.Contains(await incident.AddressAsync(), email.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(incident.Key.Secret, email.Text + email.Html, StringComparison.Ordinal);

        var (other, elsewhere) = await stage.IncidentAsync("Found too");
        await other.ReportAsync("https://found.example/a");
        email = await WordsAsync(elsewhere, EmailKind.LeakFound);
        Assert.Equal("[Found too] API key “leaked” was found in public", email.Subject);
        Assert.Contains("GitHub reported it", email.Text, StringComparison.Ordinal);
        Assert.Contains("Found in public at: https://found.example/a", email.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LeakAction.Revoke, "by the rules of Rules Revoke", "")]
    [InlineData(LeakAction.RevokeLater, "The rules: will revoke it at", "")]
    [InlineData(LeakAction.Rotate, "The rules: will revoke it at", "Make its replacement")]
    [InlineData(LeakAction.Notify, "still active", "")]
    public async Task What_the_rules_did_or_will_do_is_told(LeakAction action, string words, string link)
    {
        var (incident, organization) = await stage.IncidentAsync($"Rules {action}");
        await stage.SetRulesAsync(organization, new LeakRules { ApiKeys = new LeakResponse(action, 45) });
        await incident.ReportAsync($"https://rules.example/{action}");
        var email = await WordsAsync(organization, EmailKind.LeakFound);
        Assert.Contains(words, email.Text, StringComparison.Ordinal);
        Assert.Equal(link.Length > 0, email.Text.Contains("Make its replacement", StringComparison.Ordinal));
        Assert.Equal(
            action is LeakAction.RevokeLater or LeakAction.Rotate,
            email.Text.Contains(Moment.Exact(stage.Now.AddMinutes(45)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_rules_could_not_do_is_told()
    {
        var organization = await stage.CreateOrganizationAsync("Spared");
        await stage.SetRulesAsync(organization, new LeakRules { ApiKeys = new LeakResponse(LeakAction.Revoke, 60) });
        await stage.ReportAsync(new Match(organization.ApiKey.Secret));
        var email = await WordsAsync(organization, EmailKind.LeakFound);
        Assert.Contains("The rules: could not revoke it. It is the last API key", email.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_seen_again_is_told_in_its_own_words_and_with_the_new_places_alone()
    {
        var (incident, organization) = await stage.IncidentAsync("Again");
        await incident.ReportAsync("https://again.example/old");
        await incident.DismissAsync();
        await incident.ReportAsync("https://again.example/new");
        var email = await WordsAsync(organization, EmailKind.LeakAgain);
        Assert.Equal("[Again] API key “leaked” was seen again", email.Subject);
        Assert.Contains("it was dismissed or put off before", email.Text, StringComparison.Ordinal);
        Assert.Contains("https://again.example/new", email.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://again.example/old", email.Text, StringComparison.Ordinal);

        var (worse, elsewhere) = await stage.IncidentAsync("Worse");
        await worse.ReportPrivatelyAsync("wiki/1", "worse");
        await worse.ReportAsync("https://worse.example/a");
        email = await WordsAsync(elsewhere, EmailKind.LeakAgain);
        Assert.Contains("is in public now", email.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dismissal_is_told_with_who_and_why_and_not_once_it_is_taken_back()
    {
        var (incident, organization) = await stage.IncidentAsync("Dismissed");
        await incident.ReportAsync("https://dismissed.example/a");
        await incident.DoAsync("Dismiss", ("reason", "WontFix"), ("comment", "We live\nwith it."));
        var row = await EmailAsync(organization, EmailKind.LeakDismissed);
        var email = (await stage.ComposedAsync(row))!;
        Assert.Equal("[Dismissed] The alert of API key “leaked” was dismissed", email.Subject);
        Assert.Contains("By: Ann Admin", email.Text, StringComparison.Ordinal);
        Assert.Contains("As: will not be fixed", email.Text, StringComparison.Ordinal);
        Assert.Contains("In their words: We live with it.", email.Text, StringComparison.Ordinal);
        Assert.Contains("is still active", email.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(incident.Key.Secret, email.Text + email.Html, StringComparison.Ordinal);
        await incident.DoAsync("Reopen");
        Assert.Null(await stage.ComposedAsync(row));
    }

    [Fact]
    public async Task Emails_about_one_alert_hang_together()
    {
        var (incident, organization) = await stage.IncidentAsync("Thread");
        await incident.ReportAsync("https://thread.example/a");
        await incident.DismissAsync();
        var dismissed = await WordsAsync(organization, EmailKind.LeakDismissed);
        await incident.ReportAsync("https://thread.example/b");
        await incident.DoAsync("Revoke");
        var root = $"<alert.{(await incident.RowAsync()).Id}@";
        EmailMessage[] all =
        [
            await WordsAsync(organization, EmailKind.LeakFound), dismissed,
            await WordsAsync(organization, EmailKind.LeakAgain), await WordsAsync(organization, EmailKind.LeakClosed),
        ];
        Assert.All(all, email =>
        {
            Assert.StartsWith(root, email.Headers["References"], StringComparison.Ordinal);
            Assert.Equal(email.Headers["References"], email.Headers["In-Reply-To"]);
            Assert.Contains(
                "References: <alert.",
                System.Text.Encoding.ASCII.GetString(MimeWriter.Write(email, Mailbox.Parse("a@b.example"))),
                StringComparison.Ordinal);
        });
        Assert.Equal(4, all.Select(email => email.MessageId).Distinct().Count());
    }

    private async Task<Email> EmailAsync(TestOrganization organization, EmailKind kind) => Assert.Single(
        await stage.RowsAsync<Email>(all => all.Where(
            email => email.OrganizationId == organization.Id && email.Kind == kind)));

    private async Task<EmailMessage> WordsAsync(TestOrganization organization, EmailKind kind) =>
        await stage.ComposedAsync(await EmailAsync(organization, kind))
        ?? throw new InvalidOperationException("There is nothing to say.");
}
