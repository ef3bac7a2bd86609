using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

/// <summary>Every answer to a leak of every kind, through GitHub's door.</summary>
public sealed class LeakRulesTests(ClockedApp app) : IClassFixture<ClockedApp>, IAsyncDisposable
{
    private static readonly string[] Kinds = ["api key", "application key", "access token", "oauth token", "oauth secret"];

    /// <summary>Case 72, after every test.</summary>
    public async ValueTask DisposeAsync() => await app.AssertKeepsNoSecretAsync();

    public static MatrixTheoryData<LeakAction, string> ActionsAndKinds => new(Enum.GetValues<LeakAction>(), Kinds);

    [Theory]
    [MemberData(nameof(ActionsAndKinds))]
    public async Task The_rule_of_its_kind_answers_a_leak_and_no_other_rule(LeakAction action, string kind)
    {
        var organization = await app.CreateOrganizationAsync($"Rule {action} {kind}");
        var (id, secret) = await IssueAsync(organization, kind);
        var response = new LeakResponse(action, 45);
        await app.SetRulesAsync(organization, kind switch
        {
            "api key" => new LeakRules { ApiKeys = response },
            "application key" => new LeakRules { ApplicationKeys = response },
            "access token" => new LeakRules { AccessTokens = response },
            _ => new LeakRules { OAuthApps = response },
        });
        Assert.Equal([Reporting.TruePositive], (await app.ReportAsync(new Match(secret))).Labels);

        var alert = await app.AlertOfAsync(id);
        if (action == LeakAction.Revoke)
        {
            Assert.Equal((app.Now, RevocationReason.Leaked), (alert.Credential.RevokedAt, alert.Credential.RevokedBecause));
            Assert.Equal(Resolution.Revoked, alert.Resolution);
            Assert.Equal([AlertEventKind.Raised], alert.Kinds());
            Assert.Null(alert.Credential.RevokedBy);
        }
        else
        {
            Assert.True(alert.IsOpen);
            Assert.Equal(action == LeakAction.Notify ? null : app.Now.AddMinutes(45), alert.RevokeAt);
            Assert.Equal(
                action == LeakAction.Notify
                    ? [AlertEventKind.Raised]
                    : [AlertEventKind.Raised, AlertEventKind.RevocationPlanned],
                alert.Kinds());
        }

        // What the others would have done is seen on a key of another kind.
        var (other, otherSecret) = await IssueAsync(organization, kind == "api key" ? "application key" : "api key", "other");
        await app.ReportAsync(new Match(otherSecret));
        var left = await app.AlertOfAsync(other);
        Assert.True(left.IsOpen);
        Assert.Null(left.RevokeAt);
    }

    [Fact]
    public async Task What_a_rule_revokes_is_told_by_SafetyCenter_refused_everywhere_and_cannot_be_brought_back()
    {
        var organization = await app.CreateOrganizationAsync("Told by us", "ann@told-by-us.example");
        var bob = await app.AddPersonAsync(organization, "bob@told-by-us.example", "Bob Builder");
        var key = await app.IssueApplicationKeyAsync(bob, "tool");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        Assert.True(await app.OpensAsync(spare));
        await using var there = await App.JoinAsync(app);
        Assert.True(await there.OpensAsync(spare));

        await app.ReportAsync(new Match(key.Secret), new Match(spare.Secret));
        Assert.False(await app.OpensAsync(spare));
        await Eventually.IsTrueAsync(async () => !await there.OpensAsync(spare), "the other node knows");
        Assert.Equal(
            [(EmailKind.LeakFound, "ann@told-by-us.example"), (EmailKind.OwnKeyLeaked, "bob@told-by-us.example")],
            await app.ToldAsync(organization));
        var trail = await app.RowsAsync<AuditEvent>(all => all
            .Where(row => row.OrganizationId == organization.Id && row.Name == "revoked"));
        Assert.Equal(
            ["SafetyCenter revoked the leaked API key “spare”.", "SafetyCenter revoked the leaked application key “tool”."],
            trail.Select(row => row.Message).Order());
        Assert.All(trail, row => Assert.Equal((AuditActor.System, "SafetyCenter"), (row.Actor, row.ActorName)));

        var admin = ApiCaller.AdminOf(app, organization);
        (await admin.SendAsync(HttpMethod.Post, Life.Path(spare.Id, "undo")))
            .Refuses(System.Net.HttpStatusCode.Forbidden, "stays revoked");
        Assert.False((await app.RowAsync(spare.Id)).IsActive);

        // Reported once more: nothing changes, and nobody is told.
        await app.ReportAsync(new Match(spare.Secret, "https://github.example/elsewhere"));
        Assert.Equal(2, (await app.ToldAsync(organization)).Length);
        Assert.Equal([AlertEventKind.Raised], (await app.AlertOfAsync(spare.Id)).Kinds());
    }

    [Fact]
    public async Task The_last_API_key_is_spared_and_everybody_is_told_so()
    {
        var organization = await app.CreateOrganizationAsync("Last key");
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        await app.ReportAsync(new Match(organization.ApiKey.Secret));
        var alert = await app.AlertOfAsync(organization.ApiKey.Id);
        Assert.True(alert.IsOpen);
        Assert.Equal([AlertEventKind.Raised, AlertEventKind.RevocationRefused], alert.Kinds());
        Assert.Contains("last API key", alert.Events[1].Text!, StringComparison.Ordinal);
        Assert.True(await app.OpensAsync(organization.ApiKey));
        Assert.Equal([(EmailKind.LeakFound, organization.Admin.Email)], await app.ToldAsync(organization));

        // Of two that leak at once, one stays.
        var two = await app.CreateOrganizationAsync("Last two");
        var second = await app.IssueApiKeyAsync(two, "second");
        await app.SetRulesAsync(two, RulesStage.Every(LeakAction.Revoke));
        await app.ReportAsync(new Match(two.ApiKey.Secret), new Match(second.Secret));
        Assert.Single([await app.RowAsync(two.ApiKey.Id), await app.RowAsync(second.Id)], key => key.IsActive);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_shows_a_secret_ends_it_also_when_its_alert_was_dismissed_unless_that_is_switched_off(bool isOn)
    {
        var organization = await app.CreateOrganizationAsync($"Shown {isOn}");
        var fresh = await app.IssueApiKeyAsync(organization, "fresh");
        var dismissed = await app.IssueApiKeyAsync(organization, "dismissed");
        await app.SetRulesAsync(organization, new LeakRules { RevokesShown = isOn });
        await app.ReportAsync(new Match(dismissed.Secret));
        await app.ActAsync(organization, dismissed.Id, alert => alert.Dismiss(
            Resolution.UsedInTests, "A test.", organization.Admin.Id, app.Now));
        await app.InScopeAsync((IServiceProvider services) => services.GetRequiredService<LeakIntake>().TakeAsync(
            new Delivery(LeakChannel.Shown, "shown", "Somebody", RandomNumberGenerator.GetBytes(32)),
            [
                new ReportedItem(0, fresh.Secret, null, null, LeakSource.Unknown),
                new ReportedItem(1, dismissed.Secret, null, null, LeakSource.Unknown),
            ],
            CancellationToken.None));

        foreach (var key in new[] { fresh, dismissed })
        {
            var row = await app.RowAsync(key.Id);
            Assert.Equal(isOn ? RevocationReason.Leaked : null, row.RevokedBecause);
            Assert.Equal(!isOn, await app.OpensAsync(key));
        }
    }

    [Fact]
    public async Task What_was_reported_before_stays_as_it_was_planned()
    {
        var organization = await app.CreateOrganizationAsync("Planned before");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        await app.ReportAsync(new Match(spare.Secret));
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        Assert.Null((await app.AlertOfAsync(spare.Id)).RevokeAt);
        Assert.True((await app.RowAsync(spare.Id)).IsActive);
    }

    private async Task<(Id<Credential> Id, string Secret)> IssueAsync(
        TestOrganization organization, string kind, string name = "leaked")
    {
        switch (kind)
        {
            case "api key":
                var key = await app.IssueApiKeyAsync(organization, name);
                return (key.Id, key.Secret);
            case "application key":
                var tool = await app.IssueApplicationKeyAsync(organization.Admin, name);
                return (tool.Id, tool.Secret);
            case "access token":
                var token = await Tokens.AccessAsync(app, organization.Admin.Id, name, "api_keys_read");
                return (token.Id, token.Secret);
            case "oauth token":
                var program = await TestApps.AppAsync(app, organization, name, "user_access_read");
                var grant = await TestApps.GrantAsync(app, program.Id, organization.Admin.Id, "user_access_read");
                return (grant, await TestApps.AccessTokenAsync(app, grant));
            default:
                var (_, secret) = await TestApps.ConfidentialAsync(app, organization, name, "user_access_read");
                return (secret.Id, secret.Secret);
        }
    }
}
