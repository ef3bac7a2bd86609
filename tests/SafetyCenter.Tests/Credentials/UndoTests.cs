using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Credentials;

/// <summary>A revocation is taken back: when, by whom, and what stands in the way.</summary>
[Collection(LifeStage.Name)]
public sealed class UndoTests(FindingsStage stage)
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Fact]
    public async Task The_same_secret_works_again_until_the_window_is_over_and_not_at_its_end()
    {
        var (admin, organization) = await stage.FoundAsync();
        var (early, late) = (
            await stage.IssueApiKeyAsync(organization, "early"), await stage.IssueApiKeyAsync(organization, "late"));
        Assert.True(await stage.OpensAsync(early));
        foreach (var key in new[] { early, late })
        {
            var revoked = (await PostAsync(admin, key, "revoke")).Must(HttpStatusCode.OK);
            Assert.Equal("revoked", revoked.Attribute("state").GetString());
            Assert.Equal("by_hand", revoked.Attribute("revoked_because").GetString());
            Assert.False(await stage.OpensAsync(key));
        }

        stage.Time.Jump(Week - Life.Tick);
        var undone = (await PostAsync(admin, early, "undo")).Must(HttpStatusCode.OK);
        Assert.Equal("active", undone.Attribute("state").GetString());
        Assert.True(await stage.OpensAsync(early));
        stage.Time.Jump(Life.Tick);
        (await PostAsync(admin, late, "undo")).Refuses(HttpStatusCode.Forbidden, "could be brought back until");
        Assert.False(await stage.OpensAsync(late));
        Assert.Null((await admin.GetAsync(Life.Path(late.Id))).Attribute("undoable_until").GetString());
    }

    [Fact]
    public async Task What_is_active_leaked_expired_or_of_a_disabled_owner_is_not_brought_back()
    {
        var (admin, organization) = await stage.FoundAsync();
        var active = await stage.IssueApiKeyAsync(organization, "active");
        (await PostAsync(admin, active, "undo")).Refuses(HttpStatusCode.BadRequest, "nothing to undo");

        var leaked = await stage.IssueApiKeyAsync(organization, "leaked");
        await stage.RevokeAsync(organization, leaked);
        await RefusedAsync(leaked, "seen in public");
        var reported = await stage.IssueApiKeyAsync(organization, "reported");
        await stage.ReportAsync(new Match(reported.Secret));
        (await PostAsync(admin, reported, "revoke")).Must(HttpStatusCode.OK);
        await RefusedAsync(reported, "seen in public");

        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var (his, hisOld) = (
            await stage.IssueApplicationKeyAsync(bob, "his"), await stage.IssueApplicationKeyAsync(bob, "his old"));
        (await PostAsync(admin, hisOld, "revoke")).Must(HttpStatusCode.OK);
        await stage.DisableAsync(bob.Id);
        await RefusedAsync(his, "owner was disabled");
        (await PostAsync(admin, hisOld, "undo")).Refuses(HttpStatusCode.BadRequest, "not an active user");

        var expired = await stage.IssueEndingAsync(organization, "expired", stage.Now.AddDays(1));
        var byHand = await stage.IssueEndingAsync(organization, "by hand", stage.Now.AddDays(1));
        (await PostAsync(admin, byHand, "revoke")).Must(HttpStatusCode.OK);
        stage.Time.Jump(TimeSpan.FromDays(1) - Life.Tick);
        Assert.Equal(
            (await stage.RowAsync(byHand.Id)).ExpiresAt,
            (await admin.GetAsync(Life.Path(byHand.Id))).Attribute("undoable_until").GetDateTimeOffset());
        stage.Time.Jump(Life.Tick);
        await stage.RunAsync<EndCredentials>();
        await RefusedAsync(expired, "has expired");
        await RefusedAsync(byHand, "has expired");

        async Task RefusedAsync(IssuedKey key, string because) =>
            (await PostAsync(admin, key, "undo")).Refuses(HttpStatusCode.Forbidden, because);
    }

    [Fact]
    public async Task Without_a_window_nothing_is_brought_back()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "spare");
        (await PostAsync(admin, key, "revoke")).Must(HttpStatusCode.OK);
        await stage.SqlAsync($"UPDATE organizations SET undo_days = 0 WHERE id = {organization.Id.Value}");
        (await PostAsync(admin, key, "undo")).Refuses(HttpStatusCode.Forbidden, "does not let revocations be undone");
        Assert.Empty((await admin.GetAsync("/api/v2/safety_center/revoked_credentials")).Data.EnumerateArray());
    }

    [Fact]
    public async Task A_name_that_was_given_away_or_a_limit_that_was_reached_stands_in_the_way()
    {
        var (admin, organization) = await stage.FoundAsync();
        var (key, token) = (
            await stage.IssueApiKeyAsync(organization, "ci"), await stage.IssueClientTokenAsync(organization, "web"));
        (await PostAsync(admin, key, "revoke")).Must(HttpStatusCode.OK);
        (await PostAsync(admin, token, "revoke")).Must(HttpStatusCode.OK);
        var heir = await stage.IssueApiKeyAsync(organization, "ci");
        await stage.IssueClientTokenAsync(organization, "web");
        await RefusedAsync(key, "already an active API key named “ci”");
        await RefusedAsync(token, "already an active client token named “web”");

        (await PostAsync(admin, heir, "revoke")).Must(HttpStatusCode.OK);
        await stage.SqlAsync($"UPDATE organizations SET api_key_limit = 1 WHERE id = {organization.Id.Value}");
        await RefusedAsync(key, "its limit is 1");
        await stage.SqlAsync($"UPDATE organizations SET api_key_limit = 2 WHERE id = {organization.Id.Value}");
        (await PostAsync(admin, key, "undo")).Must(HttpStatusCode.OK);
        Assert.Equal((2L, 2L), await stage.ActiveAsync(organization, "api_key"));

        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var his = await stage.IssueApplicationKeyAsync(bob, "his");
        (await PostAsync(admin, his, "revoke")).Must(HttpStatusCode.OK);
        await stage.IssueApplicationKeyAsync(bob, "other");
        await stage.SqlAsync($"UPDATE organizations SET application_key_limit = 1 WHERE id = {organization.Id.Value}");
        await RefusedAsync(his, "at most 1 active application keys");

        async Task RefusedAsync(IssuedKey revoked, string because) =>
            (await PostAsync(admin, revoked, "undo")).Refuses(HttpStatusCode.BadRequest, because);
    }

    [Fact]
    public async Task Who_may_not_edit_a_kind_may_not_bring_it_back_and_a_narrow_credential_brings_back_nothing_wider()
    {
        var (admin, organization) = await stage.FoundAsync();
        var (key, application) = (
            await stage.IssueApiKeyAsync(organization, "spare"),
            await stage.IssueApplicationKeyAsync(organization.Admin, "wide"));
        (await PostAsync(admin, key, "revoke")).Must(HttpStatusCode.OK);
        (await PostAsync(admin, application, "revoke")).Must(HttpStatusCode.OK);

        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var his = await stage.IssueApplicationKeyAsync(bob, "his");
        var standard = ApiCaller.With(stage, organization.ApiKey.Secret, his.Secret);
        (await PostAsync(standard, key, "undo")).Refuses(HttpStatusCode.Forbidden, Permission.ApiKeysWrite);

        var narrow = await stage.IssueApplicationKeyAsync(
            organization.Admin, "narrow", Permission.UserAppKeys, Permission.OrgAppKeysWrite);
        var scoped = ApiCaller.With(stage, organization.ApiKey.Secret, narrow.Secret);
        (await PostAsync(scoped, application, "undo")).Refuses(HttpStatusCode.Forbidden, "cannot exceed its scopes");
        var token = await stage.IssueTokenAsync(
            organization.Admin.Id, "token", stage.Now.AddDays(30), Permission.UserAppKeys, Permission.OrgAppKeysWrite);
        var bearer = new ApiCaller(stage, ("Authorization", $"Bearer {token.Secret}"));
        (await PostAsync(bearer, application, "undo")).Refuses(HttpStatusCode.Forbidden, "An access token cannot make or edit");
        (await PostAsync(bearer, narrow, "revoke")).Must(HttpStatusCode.OK);
        (await PostAsync(admin, application, "undo")).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_unused_key_that_is_brought_back_is_listed_again_with_its_history()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "idle");
        await stage.ScanAfterAsync(TimeSpan.FromDays(30));
        (await PostAsync(admin, key, "revoke")).Must(HttpStatusCode.OK);
        Assert.DoesNotContain(await OpenAsync(), finding => finding.SubjectId == key.Id.Value);
        (await PostAsync(admin, key, "undo")).Must(HttpStatusCode.OK);
        var again = Assert.Single(await OpenAsync(), finding => finding.SubjectId == key.Id.Value);
        Assert.Equal(2, again.Generation);
        Assert.Equal((2L, 2L), await stage.ActiveAsync(organization, "api_key"));

        Task<List<Finding>> OpenAsync() => stage.OpenAsync(organization, FindingRule.UnusedApiKey);
    }

    [Fact]
    public async Task The_list_of_what_can_be_brought_back_holds_what_the_caller_may_see_newest_first()
    {
        var (admin, organization) = await stage.FoundAsync();
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var (his, hers) = (
            await stage.IssueApplicationKeyAsync(bob, "his"),
            await stage.IssueApplicationKeyAsync(organization.Admin, "hers"));
        var (old, fresh, web) = (
            await stage.IssueApiKeyAsync(organization, "old"),
            await stage.IssueApiKeyAsync(organization, "fresh"),
            await stage.IssueClientTokenAsync(organization, "web"));
        var leaked = await stage.IssueApiKeyAsync(organization, "leaked");
        await stage.ReportAsync(new Match(leaked.Secret));
        foreach (var key in new[] { old, leaked, web, his, hers, fresh })
        {
            (await PostAsync(admin, key, "revoke")).Must(HttpStatusCode.OK);
            stage.Time.Jump(Life.Tick);
        }

        Assert.Equal(["fresh", "hers", "his", "web", "old"], await NamesAsync(admin, ""));
        Assert.Equal(["his", "web"], await NamesAsync(admin, "?page[size]=2&page[number]=1"));
        var scoped = await stage.IssueApplicationKeyAsync(bob, "scoped", Permission.UserAppKeys);
        Assert.Equal(["his"], await NamesAsync(ApiCaller.With(stage, organization.ApiKey.Secret, scoped.Secret), ""));
        stage.Time.Jump(Week - (4 * Life.Tick));
        Assert.Equal(["fresh", "hers", "his"], await NamesAsync(admin, ""));

        async Task<string[]> NamesAsync(ApiCaller caller, string query) =>
            [.. (await caller.GetAsync($"/api/v2/safety_center/revoked_credentials{query}")).Must(HttpStatusCode.OK)
                .Data.EnumerateArray().Select(row => row.GetProperty("attributes").GetProperty("name").GetString()!)];
    }

    private static Task<ApiCaller.Answer> PostAsync(ApiCaller caller, IssuedKey key, string act) =>
        caller.SendAsync(HttpMethod.Post, Life.Path(key.Id, act));
}
