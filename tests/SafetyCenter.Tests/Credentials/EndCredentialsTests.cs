using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Credentials;

/// <summary>Ends come by the clock; the job writes them down, each as of its own moment.</summary>
[Collection(LifeStage.Name)]
public sealed class EndCredentialsTests(FindingsStage stage)
{
    [Fact]
    public async Task A_key_opens_until_its_end_and_not_at_it_also_when_no_job_ran()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueEndingAsync(organization, "ending", stage.Now.AddDays(1));
        stage.Time.Jump(TimeSpan.FromDays(1) - Life.Tick);
        await stage.RunAsync<EndCredentials>();
        Assert.True(await stage.OpensAsync(key));
        Assert.True((await stage.RowAsync(key.Id)).IsActive);
        stage.Time.Jump(Life.Tick);
        Assert.False(await stage.OpensAsync(key));
        Assert.Equal("expired", (await admin.GetAsync(Life.Path(key.Id))).Attribute("state").GetString());
        Assert.Equal((2L, 2L), await stage.ActiveAsync(organization, "api_key"));

        // By the clock it is over, and nobody gives it more time before the job has come.
        var longer = await admin.SendAsync(HttpMethod.Put, Life.Path(key.Id, "expiry"), Expiry(stage.Now.AddDays(1)));
        Assert.Contains("ended at", longer.Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
        (await admin.SendAsync(HttpMethod.Put, Life.Path(key.Id, "expiry"), Expiry(null))).Must(HttpStatusCode.BadRequest);

        stage.Time.Jump(TimeSpan.FromHours(3));
        var summary = await stage.RunAsync<EndCredentials>();
        Assert.Contains("Expired = ", summary.ToString(), StringComparison.Ordinal);
        var row = await stage.RowAsync(key.Id);
        Assert.Equal((row.ExpiresAt, RevocationReason.Expired), (row.RevokedAt, row.RevokedBecause));
        Assert.Null(row.RevokedBy);
        Assert.Equal((1L, 1L), await stage.ActiveAsync(organization, "api_key"));
        Assert.Equal("expired", (await admin.GetAsync(Life.Path(key.Id))).Attribute("state").GetString());
        var told = await stage.RowsAsync<AuditEvent>(all => all
            .Where(row => row.OrganizationId == organization.Id && row.Name == "expired"));
        Assert.Contains("SafetyCenter ended the expired API key “ending”", Assert.Single(told).Message, StringComparison.Ordinal);

        await stage.RunAsync<EndCredentials>();
        Assert.Equal(row.RevokedAt, (await stage.RowAsync(key.Id)).RevokedAt);
    }

    [Fact]
    public async Task An_end_can_be_set_moved_and_lifted_while_it_has_not_come()
    {
        var (admin, organization) = await stage.FoundAsync();
        var key = await stage.IssueApiKeyAsync(organization, "ending");
        Assert.Equal(stage.Now.AddDays(9), (await PutAsync(key, Expiry(stage.Now.AddDays(9))))
            .Must(HttpStatusCode.OK).Attribute("ends_at").GetDateTimeOffset());
        (await PutAsync(key, Expiry(stage.Now))).Must(HttpStatusCode.BadRequest);
        (await PutAsync(key, Expiry(stage.Now.AddYears(11)))).Must(HttpStatusCode.BadRequest);
        (await PutAsync(key, new { data = new { type = "expiries", attributes = new { } } })).Must(HttpStatusCode.BadRequest);
        (await PutAsync(organization.ApiKey, Expiry(stage.Now.AddDays(9)))).Must(HttpStatusCode.Forbidden);
        (await PutAsync(key, Expiry(null))).Must(HttpStatusCode.OK);
        Assert.True((await stage.RowAsync(key.Id)).IsLasting);
        (await PutAsync(organization.ApiKey, Expiry(stage.Now.AddDays(9)))).Must(HttpStatusCode.OK);

        var token = await stage.IssueTokenAsync(organization.Admin.Id, "token", stage.Now.AddDays(9), "api_keys_read");
        Assert.Contains(
            "fixed when it is made",
            (await PutAsync(token, Expiry(stage.Now.AddDays(19)))).Must(HttpStatusCode.BadRequest).Errors[0],
            StringComparison.Ordinal);

        Task<ApiCaller.Answer> PutAsync(IssuedKey which, object body) =>
            admin.SendAsync(HttpMethod.Put, Life.Path(which.Id, "expiry"), body);
    }

    [Fact]
    public async Task More_than_a_batch_ends_in_one_run()
    {
        var (_, organization) = await stage.FoundAsync();
        await stage.IssueManyAsync(organization, EndCredentials.BatchMax + 5);
        await stage.SqlAsync($"""
            UPDATE credentials SET expires_at = {stage.Now}
            WHERE organization_id = {organization.Id.Value} AND name LIKE 'many %'
            """);
        await stage.RunAsync<EndCredentials>();
        Assert.Equal((1L, 1L), await stage.ActiveAsync(organization, "api_key"));
    }

    [Fact]
    public async Task What_is_given_more_time_while_the_job_waits_is_not_ended()
    {
        var (_, organization) = await stage.FoundAsync();
        var key = await stage.IssueEndingAsync(organization, "saved", stage.Now.AddHours(1));
        stage.Time.Jump(TimeSpan.FromHours(1));
        Task<object> job = null!;
        await stage.InScopeAsync(db => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                job = Task.Run(stage.RunAsync<EndCredentials>);
                await stage.SomebodyWaitsAsync();
                return await db.Database.ExecuteSqlAsync(
                    $"UPDATE credentials SET expires_at = NULL WHERE id = {key.Id.Value}");
            },
            CancellationToken.None));
        await job;
        Assert.True((await stage.RowAsync(key.Id)).IsLasting);
    }

    [Fact]
    public async Task What_is_due_is_found_by_indexes()
    {
        var query = await stage.InScopeAsync(db => Task.FromResult(
            db.Credentials.IgnoreQueryFilters().DueToEnd(stage.Now).ToQueryString()));
        var select = query[query.IndexOf("SELECT", StringComparison.Ordinal)..];
        foreach (var (name, value) in Parameters(query))
        {
            select = select.Replace(name, value, StringComparison.Ordinal);
        }

        await using var source = NpgsqlDataSource.Create($"{stage.ConnectionString};Options=-c enable_seqscan=off");
        await using var explain = source.CreateCommand($"EXPLAIN {select}");
        await using var plan = await explain.ExecuteReaderAsync();
        while (await plan.ReadAsync())
        {
            Assert.DoesNotContain("Seq Scan", plan.GetString(0), StringComparison.Ordinal);
        }
    }

    // As EF Core writes them before the statement: -- @now='2026-01-15T12:00:00.0000000+00:00' (DbType = DateTime)
    private static IEnumerable<(string Name, string Value)> Parameters(string query) => query.Split('\n')
        .Where(line => line.StartsWith("-- @", StringComparison.Ordinal))
        .Select(line => line[3..].Split('\'', 3))
        .Select(parts => (parts[0].TrimEnd('='), $"TIMESTAMPTZ '{parts[1]}'"))
        .OrderByDescending(parameter => parameter.Item1.Length);

    private static object Expiry(DateTimeOffset? at) =>
        new { data = new { type = "expiries", attributes = new { expires_at = at } } };
}
