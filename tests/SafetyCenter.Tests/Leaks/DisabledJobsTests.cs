using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Leaks;

/// <summary>
/// Of an organization that is disabled, no job does or tells anything, and no email leaves; once it is enabled, what came due is
/// done. Beside it is one that is not disabled, or nothing would be shown.
/// </summary>
public sealed class DisabledJobsTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    private TestOrganization _disabled = null!;
    private TestOrganization _other = null!;

    [Fact]
    public async Task Findings_are_neither_raised_nor_cleared()
    {
        await FoundAsync("Findings");
        await stage.ScanAfterAsync(TimeSpan.FromDays(100));
        foreach (var organization in new[] { _disabled, _other })
        {
            Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
            await stage.InviteAsync(organization, $"late@{organization.Slug}.example");
        }

        await DisableAsync();

        // The keys are used, and the invites are not.
        await stage.InScopeAsync(async db => await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE credentials SET last_used_at = {stage.Now.AddDays(59)}
            WHERE organization_id = ANY({new[] { _disabled.Id.Value, _other.Id.Value }})
            """));
        await stage.ScanAfterAsync(TimeSpan.FromDays(60));
        Assert.Single(await stage.OpenAsync(_disabled, FindingRule.UnusedApiKey));
        Assert.Empty(await stage.FindingsAsync(_disabled, FindingRule.StaleInvite));
        Assert.Empty(await stage.OpenAsync(_other, FindingRule.UnusedApiKey));
        Assert.Single(await stage.OpenAsync(_other, FindingRule.StaleInvite));

        await EnableAsync();
        await stage.RunAsync<ScanFindings>();
        Assert.Empty(await stage.OpenAsync(_disabled, FindingRule.UnusedApiKey));
        Assert.Single(await stage.OpenAsync(_disabled, FindingRule.StaleInvite));
    }

    [Fact]
    public async Task Nobody_is_asked_to_confirm_contacts()
    {
        await FoundAsync("Contacts");
        await stage.RunAsync<ScanFindings>();
        await SkipsAsync<RemindContacts>(EmailKind.ContactsDue);
    }

    [Fact]
    public async Task Nobody_is_told_of_ends_of_credentials_and_none_is_written_down()
    {
        await FoundAsync("Ends");
        var keys = new Dictionary<TestOrganization, IssuedKey>();
        foreach (var organization in new[] { _disabled, _other })
        {
            keys[organization] = await stage.IssueApplicationKeyUntilAsync(
                organization.Admin.Id, "ending", stage.Now.AddDays(10));
        }

        await SkipsAsync<WarnExpiring>(EmailKind.CredentialEnds);
        await DisableAsync();
        stage.Time.Jump(TimeSpan.FromDays(10));
        await stage.RunAsync<EndCredentials>();
        Assert.Null((await stage.RowAsync(keys[_disabled].Id)).RevokedAt);
        Assert.NotNull((await stage.RowAsync(keys[_other].Id)).RevokedAt);
        await EnableAsync();
        await stage.RunAsync<EndCredentials>();
        Assert.Equal(RevocationReason.Expired, (await stage.RowAsync(keys[_disabled].Id)).RevokedBecause);
    }

    [Fact]
    public async Task Alerts_are_not_followed()
    {
        await FoundAsync("Alerts");
        var keys = new Dictionary<TestOrganization, IssuedKey>();
        foreach (var organization in new[] { _disabled, _other })
        {
            keys[organization] = await stage.IssueApiKeyAsync(organization, "leaked");
            await stage.SetRulesAsync(organization, RulesStage.Every(LeakAction.RevokeLater));
            await stage.ReportAsync(new Match(keys[organization].Secret), new Match(organization.ApiKey.Secret));
            await stage.ActAsync(
                organization, organization.ApiKey.Id, alert => alert.Hold("It is needed.", organization.Admin.Id, stage.Now));
        }

        stage.Time.Jump(TimeSpan.FromDays(4));
        await SkipsAsync<FollowAlerts>(EmailKind.LeakOverdue, async () =>
        {
            Assert.True((await stage.RowAsync(keys[_disabled].Id)).IsActive);
            Assert.False((await stage.RowAsync(keys[_other].Id)).IsActive);
        });
        Assert.False((await stage.RowAsync(keys[_disabled].Id)).IsActive);
    }

    [Fact]
    public async Task More_places_are_not_told()
    {
        await FoundAsync("Places");
        foreach (var organization in new[] { _disabled, _other })
        {
            await stage.ReportAsync(new Match(organization.ApiKey.Secret, "https://places.example/first"));
            await stage.ReportAsync(new Match(organization.ApiKey.Secret, "https://places.example/second"));
        }

        stage.Time.Jump(TimeSpan.FromDays(1));
        await SkipsAsync<TellPlaces>(EmailKind.MorePlaces);
    }

    [Fact]
    public async Task No_email_leaves_and_those_that_wait_leave_later()
    {
        await FoundAsync("Mail");
        await DisableAsync();
        await stage.ReportAsync(new Match(_disabled.ApiKey.Secret), new Match(_other.ApiKey.Secret));
        await stage.RunAsync<SendLetters>();
        await stage.WaitForSentAsync(_other);
        Assert.All(await EmailsAsync(_disabled), email => Assert.Equal((null, null), (email.SentAt, email.GivenUpAt)));
        Assert.Contains(await EmailsAsync(_disabled), email => email.Kind == EmailKind.LeakFound);
        Assert.DoesNotContain(stage.EmailsInFolder(), mail => mail.Recipients.Contains(_disabled.Admin.Email));

        await EnableAsync();
        await stage.RunAsync<SendLetters>();
        await stage.WaitForSentAsync(_disabled);
    }

    private async Task FoundAsync(string name)
    {
        _disabled = await stage.CreateOrganizationAsync($"{name} disabled");
        _other = await stage.CreateOrganizationAsync($"{name} other");
    }

    private async Task SkipsAsync<T>(EmailKind kind, Func<Task>? meanwhile = null)
        where T : IScheduled
    {
        await DisableAsync();
        await stage.RunAsync<T>();
        Assert.DoesNotContain(await EmailsAsync(_disabled), email => email.Kind == kind);
        Assert.Contains(await EmailsAsync(_other), email => email.Kind == kind);
        await (meanwhile?.Invoke() ?? Task.CompletedTask);
        await EnableAsync();
        await stage.RunAsync<T>();
        Assert.Contains(await EmailsAsync(_disabled), email => email.Kind == kind);
    }

    private Task DisableAsync() => stage.ChangeAsync(_disabled, row => row.Disable(stage.Now));

    private Task EnableAsync() => stage.ChangeAsync(_disabled, row => row.Enable());

    private Task<List<Email>> EmailsAsync(TestOrganization organization) =>
        stage.RowsAsync<Email>(all => all.Where(email => email.OrganizationId == organization.Id));
}
