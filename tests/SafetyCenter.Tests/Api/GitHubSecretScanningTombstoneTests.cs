using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Leaks;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Api;

/// <summary>Cases 51 to 54, 58, 59 and 62: what is over, what was never ours, and what is no leak.</summary>
public sealed class GitHubSecretScanningTombstoneTests(ClockedApp app) : IClassFixture<ClockedApp>, IAsyncDisposable
{
    /// <summary>Case 72, after every test.</summary>
    public async ValueTask DisposeAsync() => await app.AssertKeepsNoSecretAsync();

    [Fact]
    public async Task Case_51_an_expired_key_is_ours_and_wakes_nobody_also_when_its_end_is_not_written_down_yet()
    {
        var organization = await app.CreateOrganizationAsync("Expired");
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        var written = await app.IssueEndingAsync(organization, "written down", app.Now.AddHours(1));
        var unwritten = await app.IssueEndingAsync(organization, "not yet", app.Now.AddHours(2));
        app.Time.Jump(TimeSpan.FromHours(1));
        await app.RunAsync<EndCredentials>();
        app.Time.Jump(TimeSpan.FromHours(1));
        var answer = await app.ReportAsync(new Match(written.Secret), new Match(unwritten.Secret));

        Assert.Equal([Reporting.TruePositive, Reporting.TruePositive], answer.Labels);
        Assert.Empty(await app.ToldAsync(organization));
        await app.RunAsync<EndCredentials>();
        foreach (var key in new[] { written, unwritten })
        {
            var alert = await app.AlertOfAsync(key.Id);
            Assert.Equal((Resolution.Expired, null), (alert.Resolution, alert.DueAt));
            Assert.Equal(alert.Credential.ExpiresAt, alert.ResolvedAt);
        }
    }

    [Fact]
    public async Task Case_52_the_key_of_a_disabled_owner_is_ours_and_wakes_nobody()
    {
        var organization = await app.CreateOrganizationAsync("Owner gone");
        var bob = await app.AddPersonAsync(organization, "bob@owner-gone.example");
        var key = await app.IssueApplicationKeyAsync(bob, "tool");
        var token = await Tokens.AccessAsync(app, bob.Id, "laptop", "api_keys_read");
        await app.DisableAsync(bob.Id);
        var answer = await app.ReportAsync(new Match(key.Secret), new Match(token.Secret));

        Assert.Equal([Reporting.TruePositive, Reporting.TruePositive], answer.Labels);
        Assert.Equal(Resolution.OwnerDisabled, (await app.AlertOfAsync(key.Id)).Resolution);
        Assert.Equal(Resolution.OwnerDisabled, (await app.AlertOfAsync(token.Id)).Resolution);
        Assert.Empty(await app.ToldAsync(organization));
    }

    [Fact]
    public async Task Case_53_what_was_issued_is_ours_for_good_also_tokens_of_apps_whose_rows_are_gone()
    {
        var organization = await app.CreateOrganizationAsync("Tombstones");
        var program = await TestApps.AppAsync(app, organization, "Program", "user_access_read");
        var grant = await TestApps.GrantAsync(app, program.Id, organization.Admin.Id, "user_access_read");
        var access = await TestApps.AccessTokenAsync(app, grant);
        var refresh = await TestApps.RefreshTokenAsync(app, grant);
        var key = await app.IssueApiKeyAsync(organization, "revoked");
        await app.RevokeAsync(organization, key);
        app.Time.Jump(OAuthToken.RefreshLifetime + ForgetOAuthTokens.Remembered + Life.Tick);
        await app.RunAsync<ForgetOAuthTokens>();
        await app.RunAsync<ForgetReports>();
        Assert.Empty(await app.RowsAsync<OAuthToken>(all => all.Where(token => token.OrganizationId == organization.Id)));
        var answer = await app.ReportAsync(new Match(access), new Match(refresh), new Match(key.Secret));

        // A token that is over is no leak of what its grant still is.
        Assert.Equal(Enumerable.Repeat(Reporting.TruePositive, 3), answer.Labels);
        var alerts = await app.RowsAsync<Alert>(all => all.Where(alert => alert.OrganizationId == organization.Id));
        Assert.Equal(key.Id, Assert.Single(alerts).CredentialId);
        Assert.Empty(await app.ToldAsync(organization));
    }

    [Fact]
    public async Task Case_54_what_has_our_shape_and_was_never_issued_is_remembered_by_its_hash_for_90_days()
    {
        var stranger = new SecretFormat().Mint(SecretKind.ApplicationKey);
        app.Plant(stranger.Reveal());
        Assert.Equal([Reporting.FalsePositive], (await app.ReportAsync(new Match(stranger.Reveal()))).Labels);
        app.Time.Jump(TimeSpan.FromDays(1));
        await app.ReportAsync(new Match(stranger.Reveal(), "https://github.example/again"));
        var row = Assert.Single(await RowsAsync());
        Assert.Equal(
            (SecretKind.ApplicationKey, LeakChannel.GitHub, 2, app.Now.AddDays(-1), app.Now),
            (row.Kind, row.Channel, row.Times, row.FirstSeenAt, row.LastSeenAt));

        app.Time.Jump(UnmatchedSecret.Remembered);
        await app.RunAsync<ForgetReports>();
        Assert.Single(await RowsAsync());
        app.Time.Jump(Life.Tick);
        await app.RunAsync<ForgetReports>();
        Assert.Empty(await RowsAsync());

        Task<List<UnmatchedSecret>> RowsAsync()
        {
            var hash = stranger.Hash.ToArray();
            return app.RowsAsync<UnmatchedSecret>(all => all.Where(secret => secret.Hash == hash));
        }
    }

    [Fact]
    public async Task Case_58_a_key_is_what_it_is_under_whatever_type_it_is_reported()
    {
        var organization = await app.CreateOrganizationAsync("Other type");
        var answer = await app.ReportAsync(
            new Match(organization.ApiKey.Secret, "https://github.example/a", Type: "safetycenter_application_key"),
            new Match(organization.ApiKey.Secret, "https://github.example/b", Type: "safetycenter_api_key"));
        Assert.Equal(
            ["safetycenter_application_key", "safetycenter_api_key"], answer.Rows.Select(row => row.TokenType));
        Assert.Equal([Reporting.TruePositive, Reporting.TruePositive], answer.Labels);
        Assert.Equal("leaked-api-key", (await app.AlertOfAsync(organization.ApiKey.Id)).Rule);
    }

    [Fact]
    public async Task Case_59_a_client_token_is_ours_and_no_leak_whatever_the_rules()
    {
        var organization = await app.CreateOrganizationAsync("In pages");
        await app.SetRulesAsync(organization, RulesStage.Every(LeakAction.Revoke));
        var token = await Tokens.ClientAsync(app, organization);
        Assert.Equal([Reporting.TruePositive], (await app.ReportAsync(new Match(token.Secret))).Labels);
        Assert.Empty(await app.RowsAsync<Alert>(all => all.Where(alert => alert.CredentialId == token.Id)));
        Assert.Empty(await app.ToldAsync(organization));
        Assert.True((await app.RowAsync(token.Id)).IsActive);
    }

    [Fact]
    public async Task Case_62_every_hash_is_the_SHA_256_of_the_secret_so_that_no_rotation_of_anything_unmatches_an_old_key()
    {
        var organization = await app.CreateOrganizationAsync("One hash");
        var program = await TestApps.AppAsync(app, organization, "Hashed", "user_access_read");
        var grant = await TestApps.GrantAsync(app, program.Id, organization.Admin.Id, "user_access_read");
        var access = await TestApps.AccessTokenAsync(app, grant);
        var laptop = await Tokens.AccessAsync(app, organization.Admin.Id, "laptop", "api_keys_read");
        var (_, secret) = await TestApps.ConfidentialAsync(app, organization, "Confidential", "user_access_read");
        foreach (var key in new[] { organization.ApiKey, organization.ApplicationKey, laptop, secret })
        {
            Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(key.Secret)), (await app.RowAsync(key.Id)).Hash);
        }

        var token = Assert.Single(await app.RowsAsync<OAuthToken>(all => all.Where(row => row.GrantId == grant)));
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(access)), token.Hash);

        // Another instance, with keys of its own for whatever it protects, knows them all.
        await using var there = await App.JoinAsync(app);
        var answer = await there.ReportAsync(
            new Match(organization.ApiKey.Secret), new Match(organization.ApplicationKey.Secret), new Match(laptop.Secret));
        Assert.Equal(Enumerable.Repeat(Reporting.TruePositive, 3), answer.Labels);
    }
}
