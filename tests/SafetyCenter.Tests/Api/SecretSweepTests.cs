using System.Net;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Leaks;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Api;

/// <summary>
/// Case 72 for what the sweep of each app does not see, traces and measurements; and that the sweep is not blind.
/// </summary>
public sealed class SecretSweepTests(App app, TestPostgres postgres) : IClassFixture<App>
{
    [Fact]
    public async Task Case_72_neither_traces_nor_measurements_hold_a_secret_that_was_reported_used_or_misplaced()
    {
        using var telemetry = new Telemetry();
        var organization = await app.CreateOrganizationAsync("Traced");
        var token = await Tokens.AccessAsync(app, organization.Admin.Id, "laptop", "api_keys_read");
        var program = await TestApps.AppAsync(app, organization, "Program", "user_access_read");
        var grant = await TestApps.GrantAsync(app, program.Id, organization.Admin.Id, "user_access_read");
        var access = await TestApps.AccessTokenAsync(app, grant);
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        string[] secrets = [organization.ApiKey.Secret, organization.ApplicationKey.Secret, token.Secret, access];

        Assert.True(await app.OpensAsync(organization.ApiKey));
        (await ApiCaller.AdminOf(app, organization).GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        foreach (var secret in secrets)
        {
            await TestApps.CallerWith(app, secret).GetAsync("/api/v2/api_keys");
            await app.ReportAsync(new Match($"key = {secret}", "https://github.example/traced"));
        }

        using var admin = await app.SignedInAsync(organization.Admin);
        await admin.PageAsync(organization.SafetyCenter("alerts"));
        await app.RunAsync<FollowAlerts>();
        await app.RunAsync<SendLetters>();

        var lines = telemetry.Lines;
        Assert.Contains(lines, line => line.Contains("leak_reports", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("measurement http.server.request.duration", StringComparison.Ordinal));
        Assert.All(secrets, secret =>
            Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task Case_72_an_app_that_kept_a_secret_anywhere_fails_when_it_ends()
    {
        var own = await App.StartAsync(postgres);
        var organization = await own.CreateOrganizationAsync("Careless");
        await own.AssertKeepsNoSecretAsync();

        // Words that are in one place more each time stand for a secret that slipped in there.
        own.Plant(organization.Admin.Email);
        Assert.DoesNotContain("an email", await FoundAsync(), StringComparison.Ordinal);
        await own.ReportAsync(new Match(organization.ApiKey.Secret));
        await own.WaitForLettersAsync(1);
        own.Plant("Give the new key to the services that used the old one.");
        Assert.Contains("an email", await FoundAsync(), StringComparison.Ordinal);
        (await own.Visitor.GetAsync("/api/v2/api_keys", TestContext.Current.CancellationToken)).Dispose();
        own.Plant("API key required");
        Assert.Contains("an answer that refused something", await FoundAsync(), StringComparison.Ordinal);
        own.Plant("1 of ours");
        Assert.Contains("the log", await FoundAsync(), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(async () => await own.DisposeAsync());

        async Task<string> FoundAsync() => (await Assert.ThrowsAnyAsync<Exception>(own.AssertKeepsNoSecretAsync)).Message;
    }

    [Fact]
    public async Task An_app_that_sent_a_secret_to_its_mail_server_fails_when_it_ends()
    {
        await using var server = new SmtpSink();
        var own = await App.StartAsync(postgres, mail: server);
        var organization = await own.CreateOrganizationAsync("Talkative");
        await own.ReportAsync(new Match(organization.ApiKey.Secret));
        await server.WaitForAsync(1);
        await own.AssertKeepsNoSecretAsync();

        own.Plant("Give the new key to the services that used the old one.");
        var found = await Assert.ThrowsAnyAsync<Exception>(async () => await own.DisposeAsync());
        Assert.Contains("an email", found.Message, StringComparison.Ordinal);
    }
}
