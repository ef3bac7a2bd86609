using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Credentials;

/// <summary>A credential is turned off for some minutes, to see who misses it.</summary>
[Collection(LifeStage.Name)]
public sealed class TestRevocationTests(FindingsStage stage)
{
    [Fact]
    public async Task It_is_refused_until_the_instant_at_which_the_test_ends_and_comes_back_without_anybodys_doing()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "tested");
        Assert.True(await stage.OpensAsync(key));
        var begun = (await BeginAsync(admin, key, minutes: 5)).Must(HttpStatusCode.Created);
        Assert.True(begun.Attribute("running").GetBoolean());
        Assert.Equal(stage.Now.AddMinutes(5), begun.Attribute("ends_at").GetDateTimeOffset());
        Assert.False(await stage.OpensAsync(key));
        Assert.Equal("off_for_test", (await admin.GetAsync(Life.Path(key.Id))).Attribute("state").GetString());
        await stage.FlushAsync();
        var before = await VersionAsync(key);
        stage.Time.Jump(TimeSpan.FromMinutes(5) - Life.Tick);
        Assert.False(await stage.OpensAsync(key));
        stage.Time.Jump(Life.Tick);
        Assert.Equal("active", (await admin.GetAsync(Life.Path(key.Id))).Attribute("state").GetString());
        Assert.Equal(before, await VersionAsync(key));
        Assert.True(await stage.OpensAsync(key));
        Assert.False((await admin.GetAsync(Life.Path(key.Id, "test_revocation"))).Attribute("running").GetBoolean());
    }

    [Fact]
    public async Task Who_failed_is_listed_with_address_client_service_and_count_and_refused_calls_are_no_use()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "tested");
        (await BeginAsync(admin, key, minutes: 15)).Must(HttpStatusCode.Created);
        Assert.False(await stage.OpensAsync(key, "agent/1", "billing"));
        var first = stage.Now;
        stage.Time.Jump(TimeSpan.FromSeconds(10));
        Assert.False(await stage.OpensAsync(key, "agent/1", "billing"));
        Assert.False(await stage.OpensAsync(key, "curl/8"));
        (await new ApiCaller(stage, ("DD-API-KEY", key.Secret)).GetAsync("/api/v1/validate")).Must(HttpStatusCode.Forbidden);
        await stage.FlushAsync();

        var test = (await admin.GetAsync(Life.Path(key.Id, "test_revocation"))).Must(HttpStatusCode.OK);
        Assert.Equal((4, 3), (
            test.Attribute("refused_calls").GetInt32(), test.Attribute("refused_caller_count").GetInt32()));
        var busiest = test.Attribute("refused_callers")[0];
        Assert.Equal(
            ("127.0.0.1", "agent/1", "billing", 2),
            (Text(busiest, "address"), Text(busiest, "client"), Text(busiest, "service"),
                busiest.GetProperty("calls").GetInt32()));
        Assert.Equal(
            (first, stage.Now),
            (busiest.GetProperty("first_at").GetDateTimeOffset(), busiest.GetProperty("last_at").GetDateTimeOffset()));
        Assert.Null((await stage.RowAsync(key.Id)).LastUsedAt);
        Assert.Empty(await stage.RowsAsync<Usage>(all => all.Where(use => use.CredentialId == key.Id)));
    }

    [Fact]
    public async Task Only_what_is_tested_is_off_and_our_own_API_refuses_it_too()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApplicationKeyAsync(organization.Admin, "tested");
        var tested = ApiCaller.With(stage, organization.ApiKey.Secret, key.Secret);
        (await tested.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        (await BeginAsync(admin, key, minutes: 1)).Must(HttpStatusCode.Created);
        (await tested.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.Forbidden);
        (await admin.GetAsync("/api/v2/api_keys")).Must(HttpStatusCode.OK);
        await stage.FlushAsync();
        Assert.Equal(
            1, (await admin.GetAsync(Life.Path(key.Id, "test_revocation"))).Attribute("refused_calls").GetInt32());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("16")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"5\"")]
    [InlineData("null")]
    public async Task It_lasts_from_one_to_fifteen_whole_minutes(string minutes)
    {
        var (admin, organization) = await stage.FoundAsync();
        var refused = await admin.SendTextAsync(
            HttpMethod.Post,
            Life.Path(organization.ApiKey.Id, "test_revocation"),
            """{"data":{"type":"test_revocations","attributes":{"minutes":""" + minutes + "}}}");
        Assert.Contains("minutes", refused.Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
        Assert.True(await stage.OpensAsync(organization.ApiKey));
    }

    [Fact]
    public async Task One_runs_at_a_time_it_can_be_stopped_early_and_what_is_over_is_not_tested()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "tested");
        (await admin.GetAsync(Life.Path(key.Id, "test_revocation"))).Must(HttpStatusCode.NotFound);
        (await admin.DeleteAsync(Life.Path(key.Id, "test_revocation"))).Must(HttpStatusCode.NotFound);
        (await BeginAsync(admin, key, minutes: 15)).Must(HttpStatusCode.Created);
        (await BeginAsync(admin, key, minutes: 1)).Refuses(HttpStatusCode.BadRequest, "is under way until");
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        (await admin.DeleteAsync(Life.Path(key.Id, "test_revocation"))).Must(HttpStatusCode.NoContent);
        Assert.True(await stage.OpensAsync(key));
        var stopped = (await admin.GetAsync(Life.Path(key.Id, "test_revocation"))).Must(HttpStatusCode.OK);
        Assert.Equal(stage.Now, stopped.Attribute("ends_at").GetDateTimeOffset());
        stage.Time.Jump(Life.Tick);
        (await admin.DeleteAsync(Life.Path(key.Id, "test_revocation"))).Must(HttpStatusCode.NoContent);
        Assert.Equal(
            stopped.Attribute("ends_at").GetDateTimeOffset(),
            (await admin.GetAsync(Life.Path(key.Id, "test_revocation"))).Attribute("ends_at").GetDateTimeOffset());
        (await BeginAsync(admin, key, minutes: 1)).Must(HttpStatusCode.Created);

        (await admin.SendAsync(HttpMethod.Post, Life.Path(key.Id, "revoke"))).Must(HttpStatusCode.OK);
        (await BeginAsync(admin, key, minutes: 1)).Refuses(HttpStatusCode.BadRequest, "not active");
    }

    [Fact]
    public async Task A_flood_of_refused_callers_stays_a_bounded_number_of_rows_also_over_many_writes()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "tested");
        var begun = (await BeginAsync(admin, key, minutes: 15)).Must(HttpStatusCode.Created);
        for (var round = 0; round < 3; round++)
        {
            for (var caller = 0; caller < 90; caller++)
            {
                Assert.False(await stage.OpensAsync(key, "agent/1", $"service {round}-{caller}"));
            }

            await stage.FlushAsync();
        }

        var rows = await stage.RowsAsync<RefusedCall>(
            all => all.Where(call => call.TestId == Id<TestRevocation>.Parse(begun.Id, null)));
        Assert.Equal(Usage.CallersPerDayMax + 1, rows.Count);
        Assert.Equal(270, rows.Sum(row => row.Calls));
        Assert.Equal(70, Assert.Single(rows, row => row.Address == Usage.OtherCallers).Calls);
    }

    private static Task<ApiCaller.Answer> BeginAsync(ApiCaller caller, IssuedKey key, int minutes) =>
        caller.PostAsync(Life.Path(key.Id, "test_revocation"), "test_revocations", new { minutes });

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;

    // xmin names the transaction that last wrote a row.
    private Task<string> VersionAsync(IssuedKey key) => stage.InScopeAsync(db => db.Database
        .SqlQuery<string>($"""
            SELECT c.xmin::text || ' ' || t.xmin::text AS "Value"
            FROM credentials c JOIN test_revocations t ON t.credential_id = c.id WHERE c.id = {key.Id.Value}
            """)
        .SingleAsync());
}
