using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.OAuth;

/// <summary>A call with a token is use of the grant, and what is used is not inactive; when an app is.</summary>
public sealed class AppUseTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    private static readonly FindingRule Inactive = FindingRule.InactiveOAuthApp;

    [Fact]
    public async Task A_call_stamps_the_grant_with_when_where_what_and_the_scope_it_needed()
    {
        var organization = await stage.CreateOrganizationAsync("Stamped");
        var app = await TestApps.AppAsync(stage, organization, "App", "user_access_read", "org_management");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "user_access_read");
        var other = await TestApps.GrantAsync(
            stage, app.Id, (await stage.AddPersonAsync(organization, "bob@stamped.example")).Id, "user_access_read");
        var (first, second) = (await TestApps.AccessTokenAsync(stage, grant), await TestApps.AccessTokenAsync(stage, grant));

        // What is refused is no use: for a scope that it lacks, after its hour, or in the wrong place.
        Assert.Equal(HttpStatusCode.Forbidden, await stage.BearAsync(first, "/api/v2/org"));
        await stage.FlushAsync();
        Assert.Null((await stage.GrantAsync(grant)).LastUsedAt);

        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(first, "/api/v2/users", "board/7"));
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(second, "/verify", "board/7"));
        await stage.FlushAsync();
        var row = await stage.GrantAsync(grant);
        Assert.Equal(
            (stage.Now, "127.0.0.1", "board/7"), (row.LastUsedAt, row.LastUsedAddress, row.LastUsedClient));
        var use = Assert.Single(await stage.RowsAsync<Usage>(all => all.Where(use => use.CredentialId == grant)));
        Assert.Equal((organization.Id, 2L), (use.OrganizationId, use.Calls));
        var scope = Assert.Single(await stage.RowsAsync<ScopeUse>(all => all.Where(scope => scope.CredentialId == grant)));
        Assert.Equal(("user_access_read", 1L), (scope.Scope, scope.Calls));
        Assert.Null((await stage.GrantAsync(other)).LastUsedAt);
    }

    [Fact]
    public async Task A_call_clears_the_finding_of_its_app_with_the_use_and_no_other()
    {
        var organization = await stage.CreateOrganizationAsync("Clearing");
        var (app, grant) = await LetAsync(organization, "App", "dashboards_write");
        var (idle, _) = await LetAsync(organization, "Idle", "dashboards_write");
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        Assert.Equal(
            new[] { app.Value, idle.Value }.Order(),
            (await stage.OpenAsync(organization, Inactive)).Select(finding => finding.SubjectId).Order());

        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(await TestApps.AccessTokenAsync(stage, grant)));
        Assert.Equal(2, (await stage.OpenAsync(organization, Inactive)).Count);
        await stage.FlushAsync();
        var cleared = Assert.Single(
            await stage.FindingsAsync(organization, Inactive), finding => finding.ClearedAt is not null);
        Assert.Equal((app.Value, stage.Now), (cleared.SubjectId, cleared.ClearedAt));

        // In the same flush, keys are cleared as before.
        Assert.Single(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));
        Assert.True(await stage.OpensAsync(organization.ApiKey));
        await stage.FlushAsync();
        Assert.Empty(await stage.OpenAsync(organization, FindingRule.UnusedApiKey));

        // And it comes back with its history.
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        Assert.Equal(
            2, (await stage.OpenAsync(organization, Inactive)).Single(finding => finding.SubjectId == app.Value).Generation);
    }

    [Fact]
    public async Task An_app_with_nothing_but_a_secret_is_judged_from_its_registration_and_by_the_use_of_the_secret()
    {
        var organization = await stage.CreateOrganizationAsync("Secret only");
        var (app, secret) = await TestApps.ConfidentialAsync(stage, organization, "Export", "dashboards_write");
        await stage.ScanAfterAsync(TimeSpan.FromDays(60) - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, Inactive));
        await stage.ScanAfterAsync(FindingsStage.Tick);

        // It may write, but nobody has let it: the longer time counts.
        var finding = Assert.Single(await stage.OpenAsync(organization, Inactive));
        Assert.Equal((app.Id.Value, 60, stage.Now), (finding.SubjectId, finding.Threshold, finding.Since));

        // A consent is new life; when that ends, the secret of before is all there is.
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "dashboards_write");
        Assert.Empty(await stage.OpenAsync(organization, Inactive));
        await RevokeAsync(grant);
        Assert.Single(await stage.OpenAsync(organization, Inactive));
        await RevokeAsync(secret.Id);
        Assert.Empty(await stage.OpenAsync(organization, Inactive));
    }

    [Fact]
    public async Task What_was_imported_is_not_judged_before_it_was_watched_for_the_whole_time()
    {
        var organization = await stage.CreateOrganizationAsync("Imported app");
        var (app, grant) = await LetAsync(organization, "App", "dashboards_read");
        await stage.SqlAsync($"""
            UPDATE credentials
            SET created_at = created_at - interval '2 years', last_used_at = created_at - interval '1 year'
            WHERE id = {grant.Value}
            """);
        await stage.ScanAfterAsync(TimeSpan.FromDays(60) - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, Inactive));
        await stage.ScanAfterAsync(FindingsStage.Tick);
        Assert.Equal(app.Value, Assert.Single(await stage.OpenAsync(organization, Inactive)).SubjectId);
    }

    [Fact]
    public async Task An_app_that_waits_was_disabled_or_deleted_or_whose_grants_have_all_ended_is_not_listed()
    {
        var organization = await stage.CreateOrganizationAsync("Not listed");
        await stage.BringDynamicAsync(organization, "Waiting", organization.Admin.Id, isApproved: false, "dashboards_write");
        var (disabled, _) = await LetAsync(organization, "Disabled", "dashboards_write");
        var (deleted, _) = await LetAsync(organization, "Deleted", "dashboards_write");
        var (_, ended) = await LetAsync(organization, "Ended", "dashboards_write");
        var (listed, _) = await LetAsync(organization, "Listed", "dashboards_write");
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        Assert.Equal(4, (await stage.OpenAsync(organization, Inactive)).Count);

        // Each leaves the list with the save that takes away its cause.
        await stage.ChangeAppAsync(disabled, app => app.Disable(organization.Admin.Id, stage.Now));
        await stage.ChangeAppAsync(deleted, app => app.Delete(stage.Now));
        await RevokeAsync(ended);
        Assert.Equal(listed.Value, Assert.Single(await stage.OpenAsync(organization, Inactive)).SubjectId);
    }

    [Fact]
    public async Task The_lower_number_counts_while_a_live_grant_writes_and_the_latest_use_of_any_grant_decides()
    {
        var organization = await stage.CreateOrganizationAsync("Mixed");
        var bob = await stage.AddPersonAsync(organization, "bob@mixed.example");
        var app = await TestApps.AppAsync(stage, organization, "Mixed", "dashboards_read", "dashboards_write");
        var writing = await TestApps.GrantAsync(stage, app.Id, bob.Id, "dashboards_write");
        var reading = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "dashboards_read");
        stage.Time.Jump(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(await TestApps.AccessTokenAsync(stage, reading)));
        await stage.FlushAsync();

        // Thirty days after the last use of the grant that only reads, to the instant.
        await stage.ScanAfterAsync(TimeSpan.FromDays(30) - FindingsStage.Tick);
        Assert.Empty(await stage.OpenAsync(organization, Inactive));
        await stage.ScanAfterAsync(FindingsStage.Tick);
        Assert.Equal((30, stage.Now), await HeldAsync());

        // Without the one that writes, sixty days count, and these are not over.
        await RevokeAsync(writing);
        Assert.Empty(await stage.OpenAsync(organization, Inactive));
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        Assert.Equal((60, stage.Now), await HeldAsync());

        async Task<(int, DateTimeOffset)> HeldAsync()
        {
            var finding = Assert.Single(await stage.OpenAsync(organization, Inactive));
            return (finding.Threshold, finding.Since);
        }
    }

    private async Task<(Id<OAuthApp> App, Id<Credential> Grant)> LetAsync(
        TestOrganization organization, string name, params string[] scopes)
    {
        var app = await TestApps.AppAsync(stage, organization, name, scopes);
        return (app.Id, await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, scopes));
    }

    private Task RevokeAsync(Id<Credential> id) => stage.InScopeAsync(async (SafetyCenterDb db) =>
    {
        var credential = await db.Credentials.IgnoreQueryFilters().SingleAsync(row => row.Id == id);
        credential.Revoke((Id<User>?)null, RevocationReason.ByHand, int.MaxValue, stage.Now);
        await db.SaveChangesAsync();
    });
}
