using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Credentials;

/// <summary>Another credential takes the place of one: both work for a time, and then one.</summary>
[Collection(LifeStage.Name)]
public sealed class RotationTests(FindingsStage stage)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task Old_and_new_work_until_the_old_one_ends_by_the_clock_and_that_is_written_down_as_of_its_end()
    {
        var (admin, organization) = await stage.FoundAsync();
        var old = organization.ApiKey;
        var retireAt = stage.Now.AddDays(3);
        var rotated = (await RotateAsync(admin, old, new { retire_at = retireAt })).Must(HttpStatusCode.Created);
        var fresh = New(rotated);
        Assert.Equal($"main {stage.Now:yyyy-MM-dd}", rotated.Attribute("name").GetString());
        Assert.Equal("api_key", rotated.Attribute("kind").GetString());
        Assert.True(await stage.OpensAsync(old));
        Assert.True(await stage.OpensAsync(fresh));
        var beside = ApiCaller.With(stage, fresh.Secret, organization.ApplicationKey.Secret);
        var seen = (await beside.GetAsync(Life.Path(old.Id))).Must(HttpStatusCode.OK);
        Assert.Equal(fresh.Id.ToString(), seen.Attribute("replaced_by").GetString());
        Assert.Equal(retireAt, seen.Attribute("ends_at").GetDateTimeOffset());
        Assert.False(seen.Data.GetProperty("attributes").TryGetProperty("key", out _));

        stage.Time.Jump((3 * Day) - Life.Tick);
        Assert.True(await stage.OpensAsync(old));
        stage.Time.Jump(Life.Tick);
        Assert.False(await stage.OpensAsync(old));
        Assert.True(await stage.OpensAsync(fresh));
        Assert.Null((await stage.RowAsync(old.Id)).RevokedAt);
        Assert.Equal("revoked", (await beside.GetAsync(Life.Path(old.Id))).Attribute("state").GetString());

        stage.Time.Jump(TimeSpan.FromHours(5));
        await stage.RunAsync<EndCredentials>();
        var row = await stage.RowAsync(old.Id);
        Assert.Equal((retireAt, RevocationReason.Rotated), (row.RevokedAt, row.RevokedBecause));
        Assert.Equal((1L, 1L), await stage.ActiveAsync(organization, "api_key"));
        (await beside.SendAsync(HttpMethod.Post, Life.Path(old.Id, "undo"))).Must(HttpStatusCode.OK);
        row = await stage.RowAsync(old.Id);
        Assert.True(row.IsLasting);
        Assert.Null(row.ReplacedBy);
        Assert.True(await stage.OpensAsync(old));
    }

    [Fact]
    public async Task The_old_one_ends_early_once_it_was_silent_for_a_day_and_not_while_it_is_used()
    {
        var (admin, organization) = await stage.FoundAsync();
        var (used, silent, patient) = (
            await stage.IssueApiKeyAsync(organization, "used"),
            await stage.IssueApiKeyAsync(organization, "silent"),
            await stage.IssueApiKeyAsync(organization, "patient"));
        var retireAt = stage.Now.AddDays(30);
        foreach (var key in new[] { used, silent })
        {
            (await RotateAsync(admin, key, new { retire_at = retireAt, retire_when_silent = true })).Must(HttpStatusCode.Created);
        }

        (await RotateAsync(admin, patient, new { retire_at = retireAt })).Must(HttpStatusCode.Created);
        stage.Time.Jump(TimeSpan.FromHours(6));
        Assert.True(await stage.OpensAsync(used));
        await stage.FlushAsync();
        stage.Time.Jump(TimeSpan.FromHours(18) - Life.Tick);
        await stage.RunAsync<EndCredentials>();
        Assert.All(await RowsAsync(), row => Assert.True(row.IsActive));
        stage.Time.Jump(Life.Tick);
        await stage.RunAsync<EndCredentials>();
        Assert.Equal([true, false, true], (await RowsAsync()).Select(row => row.IsActive));
        var ended = await stage.RowAsync(silent.Id);
        Assert.Equal((stage.Now, RevocationReason.Rotated), (ended.RevokedAt, ended.RevokedBecause));
        Assert.False(await stage.OpensAsync(silent));

        stage.Time.Jump(TimeSpan.FromHours(6) - Life.Tick);
        await stage.RunAsync<EndCredentials>();
        Assert.True((await stage.RowAsync(used.Id)).IsActive);
        stage.Time.Jump(Life.Tick);
        await stage.RunAsync<EndCredentials>();
        Assert.Equal([false, false, true], (await RowsAsync()).Select(row => row.IsActive));

        async Task<Credential[]> RowsAsync() =>
            [await stage.RowAsync(used.Id), await stage.RowAsync(silent.Id), await stage.RowAsync(patient.Id)];
    }

    [Fact]
    public async Task A_retirement_is_moved_while_it_has_not_come_and_nothing_that_is_over_is_extended()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "old");
        (await RetireAsync(admin, key, new { })).Refuses(HttpStatusCode.BadRequest, "not being replaced");
        (await RotateAsync(admin, key, new { retire_at = stage.Now.AddDays(1) })).Must(HttpStatusCode.Created);
        var later = (await RetireAsync(admin, key, new { retire_at = stage.Now.AddDays(2) })).Must(HttpStatusCode.OK);
        Assert.Equal(stage.Now.AddDays(2), later.Attribute("ends_at").GetDateTimeOffset());
        Assert.True((await RetireAsync(admin, key, new { retire_when_silent = true }))
            .Must(HttpStatusCode.OK).Attribute("retires_when_silent").GetBoolean());
        (await RetireAsync(admin, key, new { retire_at = stage.Now })).Must(HttpStatusCode.BadRequest);
        (await RotateAsync(admin, key, new { name = "third", retire_at = stage.Now.AddDays(1) }))
            .Refuses(HttpStatusCode.BadRequest, "being replaced already");

        stage.Time.Jump(2 * Day);
        (await RetireAsync(admin, key, new { retire_at = stage.Now.AddDays(2) }))
            .Refuses(HttpStatusCode.BadRequest, "ended at");
        (await RotateAsync(admin, key, new { name = "fourth", retire_at = stage.Now.AddDays(1) }))
            .Refuses(HttpStatusCode.BadRequest, "not active");
        Assert.False(await stage.OpensAsync(key));
    }

    [Fact]
    public async Task The_only_key_without_an_end_is_not_replaced_by_one_with_an_end_and_at_the_limit_it_says_so()
    {
        var (admin, organization) = await stage.FoundAsync();
        var retireAt = stage.Now.AddDays(1);
        (await RotateAsync(admin, organization.ApiKey, new { retire_at = retireAt, expires_at = stage.Now.AddDays(90) }))
            .Refuses(HttpStatusCode.Forbidden, "last active API key without an end");
        Assert.Equal((1L, 1L), await stage.ActiveAsync(organization, "api_key"));
        (await RotateAsync(admin, organization.ApiKey, new { })).Must(HttpStatusCode.BadRequest);
        (await RotateAsync(admin, organization.ApiKey, new { retire_at = stage.Now })).Must(HttpStatusCode.BadRequest);
        (await RotateAsync(admin, organization.ApiKey, new { name = "main", retire_at = retireAt }))
            .Refuses(HttpStatusCode.BadRequest, "already an active API key named “main”");

        await stage.IssueManyAsync(organization, 49);
        (await RotateAsync(admin, organization.ApiKey, new { retire_at = retireAt }))
            .Refuses(HttpStatusCode.BadRequest, "You have exceeded the maximum number of permitted API keys");
        Assert.True((await stage.RowAsync(organization.ApiKey.Id)).IsLasting);
    }

    [Fact]
    public async Task The_new_one_has_the_owner_scopes_and_settings_of_the_old_one_and_is_never_wider()
    {
        var (admin, organization) = await stage.FoundAsync();
        var narrow = await stage.IssueApplicationKeyAsync(
            organization.Admin, "narrow", Permission.ApiKeysRead, Permission.UserAppKeys);
        var wide = await stage.IssueApplicationKeyAsync(organization.Admin, "wide");
        var retirement = new { retire_at = stage.Now.AddDays(1) };
        var scoped = ApiCaller.With(stage, organization.ApiKey.Secret, narrow.Secret);
        (await RotateAsync(scoped, wide, retirement)).Refuses(HttpStatusCode.Forbidden, "cannot exceed its scopes");
        var fresh = New((await RotateAsync(scoped, narrow, retirement)).Must(HttpStatusCode.Created));
        var row = Assert.IsType<ApplicationKey>(await stage.RowAsync(fresh.Id));
        Assert.Equal([Permission.ApiKeysRead, Permission.UserAppKeys], row.Scopes);
        Assert.Equal(organization.Admin.Id, row.OwnerId);

        var token = await stage.IssueTokenAsync(organization.Admin.Id, "token", stage.Now.AddDays(30), Permission.UserAppKeys);
        (await RotateAsync(admin, token, retirement)).Must(HttpStatusCode.BadRequest);
        var renewed = await RotateAsync(
            admin, token, new { retire_at = stage.Now.AddDays(60), expires_at = stage.Now.AddDays(90) });
        renewed.Must(HttpStatusCode.Created);
        Assert.Equal("personal_access_token", renewed.Attribute("kind").GetString());
        Assert.Equal(stage.Now.AddDays(30), (await stage.RowAsync(token.Id)).EndsAt);
        var bearer = new ApiCaller(stage, ("Authorization", $"Bearer {New(renewed).Secret}"));
        var longer = new { retire_at = stage.Now.AddDays(1), expires_at = stage.Now.AddDays(91) };
        (await RotateAsync(bearer, New(renewed), longer)).Refuses(HttpStatusCode.Forbidden, "cannot outlive");
        (await RotateAsync(bearer, narrow, retirement)).Must(HttpStatusCode.Forbidden);

        var web = await stage.IssueClientTokenAsync(organization, "web");
        Assert.Equal(
            "client_token",
            (await RotateAsync(admin, web, retirement)).Must(HttpStatusCode.Created).Attribute("kind").GetString());
    }

    [Fact]
    public async Task Only_an_owner_rotates_their_own_key_and_a_service_accounts_is_rotated_by_who_manages_those()
    {
        var (admin, organization) = await stage.FoundAsync();
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var his = await stage.IssueApplicationKeyAsync(bob, "his");
        var retirement = new { retire_at = stage.Now.AddDays(1) };
        (await RotateAsync(admin, his, retirement)).Refuses(HttpStatusCode.Forbidden, "Only Bob Builder can rotate this");
        (await RotateAsync(ApiCaller.With(stage, organization.ApiKey.Secret, his.Secret), his, retirement))
            .Must(HttpStatusCode.Created);

        var robot = await stage.AddServiceAccountAsync(organization, $"robot@{organization.Slug}.example");
        var its = await stage.IssueApplicationKeyUntilAsync(robot, "its", expiresAt: null);
        (await RotateAsync(ApiCaller.With(stage, organization.ApiKey.Secret, his.Secret), its, retirement))
            .Must(HttpStatusCode.Forbidden);
        (await RotateAsync(admin, its, retirement)).Must(HttpStatusCode.Created);
    }

    private static IssuedKey New(ApiCaller.Answer answer) => new(
        Id<Credential>.Parse(answer.Id, null), answer.Attribute("name").GetString()!, answer.Attribute("key").GetString()!);

    private static Task<ApiCaller.Answer> RotateAsync(ApiCaller caller, IssuedKey key, object attributes) =>
        caller.PostAsync(Life.Path(key.Id, "rotate"), "rotations", attributes);

    private static Task<ApiCaller.Answer> RetireAsync(ApiCaller caller, IssuedKey key, object attributes) =>
        caller.PatchAsync(Life.Path(key.Id, "retirement"), "retirements", key.Id.ToString(), attributes);
}
