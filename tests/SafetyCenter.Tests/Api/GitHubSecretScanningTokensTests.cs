using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Api;

/// <summary>Reports of tokens: access tokens are as bad as application keys, and client tokens belong in public.</summary>
public sealed class GitHubSecretScanningTokensTests(App app) : IClassFixture<App>, IAsyncDisposable
{
    /// <summary>After every test: what was shown once is kept nowhere.</summary>
    public async ValueTask DisposeAsync() => await app.AssertKeepsNoSecretAsync();

    [Fact]
    public async Task A_client_token_is_ours_and_left_alone()
    {
        var organization = await app.CreateOrganizationAsync("Public by design");
        var token = await Tokens.ClientAsync(app, organization);
        Assert.Equal([Reporting.TruePositive], (await app.ReportAsync(new Match(token.Secret))).Labels);
        Assert.Empty(await AlertsOfAsync(organization));
        Assert.Empty(await ToldAsync(organization));
        Assert.Equal(
            System.Net.HttpStatusCode.OK,
            (await new ApiCaller(app, ("DD-CLIENT-TOKEN", token.Secret)).GetAsync("/verify")).Status);

        // Beside a key that leaked, too: the alert is of the key alone.
        var both = await app.ReportAsync(
            new Match(token.Secret, "https://github.example/b"), new Match(organization.ApiKey.Secret));
        Assert.Equal([Reporting.TruePositive, Reporting.TruePositive], both.Labels);
        Assert.Equal(organization.ApiKey.Id, Assert.Single(await AlertsOfAsync(organization)).CredentialId);
    }

    [Fact]
    public async Task The_access_token_of_a_person_raises_a_critical_alert_and_its_owner_is_told()
    {
        var organization = await app.CreateOrganizationAsync("Token leak", "ann@token-leak.example", "Ann Admin");
        var bob = await app.AddPersonAsync(organization, "bob@token-leak.example", "Bob Builder");
        var token = await Tokens.AccessAsync(app, bob.Id, "laptop", "user_app_keys", "api_keys_read");
        var answer = await app.ReportAsync(new Match($"Authorization: Bearer {token.Secret}", "https://github.example/t"));
        Assert.Equal([Reporting.TruePositive], answer.Labels);
        var alert = Assert.Single(await AlertsOfAsync(organization));
        Assert.Equal(
            [(EmailKind.LeakFound, "ann@token-leak.example"), (EmailKind.OwnKeyLeaked, "bob@token-leak.example")],
            await ToldAsync(organization));

        using var admin = await app.SignedInAsync(organization.Admin);
        foreach (var path in new[] { "alerts", $"alerts/{alert.Id}" })
        {
            var card = (await admin.PageAsync(organization.SafetyCenter(path)))
                .QuerySelector($"[data-rule=leaked-access-token][data-subject='{token.Id}']")!;
            Assert.Contains("Critical", card.TextContent, StringComparison.Ordinal);
            Assert.Equal("open", card.GetAttribute("data-state"));
        }

        var facts = (await admin.PageAsync(organization.SafetyCenter($"alerts/{alert.Id}"))).QuerySelectorAll("dl")
            .ToDictionary(
                fact => fact.QuerySelector("dt")!.TextContent.Trim(), fact => fact.QuerySelector("dd")!.TextContent.Trim());
        Assert.Equal(("Bob Builder", "user_app_keys, api_keys_read"), (facts["Owner"], facts["Scopes"]));
        var overview = await admin.PageAsync(organization.SafetyCenter());
        Assert.Equal(
            "1", overview.QuerySelector("[data-rule=security-alerts] [data-count]")!.GetAttribute("data-count"));

        await app.RevokeAsync(organization, token);
        var closed = (await admin.PageAsync(organization.SafetyCenter("alerts")))
            .QuerySelector("[data-rule=leaked-access-token]")!;
        Assert.Equal("resolved", closed.GetAttribute("data-state"));
    }

    [Fact]
    public async Task The_owner_reads_of_their_own_token_and_no_other()
    {
        var organization = await app.CreateOrganizationAsync("Two owners", "ann@two-owners.example");
        var bob = await app.AddPersonAsync(organization, "bob@two-owners.example");
        var his = await Tokens.AccessAsync(app, bob.Id, "bob's laptop", "user_app_keys");
        var key = await app.IssueApplicationKeyAsync(bob, "bob's key");
        await app.ReportAsync(
            new Match(his.Secret, "https://github.example/his"),
            new Match(key.Secret, "https://github.example/key"),
            new Match(organization.ApiKey.Secret, "https://github.example/api"));
        var email = Assert.Single(await app.EmailsAsync(EmailKind.OwnKeyLeaked), row => row.Recipient == bob.Email);
        var words = (await app.InScopeAsync((IServiceProvider services) =>
            ((EmailComposer)services.GetService(typeof(EmailComposer))!).ComposeAsync(email, CancellationToken.None)))!;
        Assert.Contains("bob's laptop (Personal access token", words.Text, StringComparison.Ordinal);
        Assert.Contains("bob's key (Application key", words.Text, StringComparison.Ordinal);
        Assert.Contains("https://github.example/his", words.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://github.example/api", words.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(his.Secret, words.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_access_token_of_a_service_account_raises_an_alert_of_which_no_owner_is_told()
    {
        var organization = await app.CreateOrganizationAsync("Robot leak", "ann@robot-leak.example");
        var robot = await Tokens.ServiceAccountAsync(app, organization, role: Role.AdminName);
        var token = await Tokens.AccessAsync(app, robot, "deploy", "api_keys_read");
        Assert.Equal([Reporting.TruePositive], (await app.ReportAsync(new Match(token.Secret))).Labels);
        var alert = Assert.Single(await AlertsOfAsync(organization));
        Assert.Equal([(EmailKind.LeakFound, "ann@robot-leak.example")], await ToldAsync(organization));
        using var admin = await app.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.SafetyCenter($"alerts/{alert.Id}"));
        Assert.NotNull(page.QuerySelector($"[data-rule=leaked-access-token][data-subject='{token.Id}']"));
        Assert.Contains("robot", page.Body!.TextContent, StringComparison.Ordinal);
    }

    private Task<List<Alert>> AlertsOfAsync(TestOrganization organization) =>
        app.RowsAsync<Alert>(alerts => alerts.Where(alert => alert.OrganizationId == organization.Id));

    private async Task<(EmailKind, string)[]> ToldAsync(TestOrganization organization) =>
        [.. (await app.EmailsAsync())
            .Where(email => email.OrganizationId == organization.Id)
            // A service account's address is told of each token made for it, which is no news of a leak.
            .Where(email => email.Kind != EmailKind.AccountCredentialMade)
            .Select(email => (email.Kind, email.Recipient))
            .Order()];
}
