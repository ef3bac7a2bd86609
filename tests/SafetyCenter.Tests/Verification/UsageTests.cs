using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Verification;

public sealed class UsageTests(TestPostgres postgres) : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    // Nothing is written by itself before this clock is advanced.
    private readonly ManualClock _clock = new(Noon);
    private string _database = null!;
    private Node _node = null!;
    private Cast _acme = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _node = await Node.StartAsync(_database, _clock);
        _acme = await Cast.FoundAsync(_node, "acme");
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Both_keys_of_an_accepted_call_were_used_when_from_where_and_with_what()
    {
        using var response = await _node.VerifyAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret, "agent/7.2");
        await _node.FlushAsync();
        foreach (var key in new[] { _acme.ApiKey, _acme.ApplicationKey })
        {
            var credential = await Cast.LoadAsync(_node, key);
            Assert.Equal(Noon, credential.LastUsedAt);
            Assert.Equal("127.0.0.1", credential.LastUsedAddress);
            Assert.Equal("agent/7.2", credential.LastUsedClient);
            var usage = Assert.Single(await Cast.UsageAsync(_node, key));
            Assert.Equal(_acme.Organization, usage.OrganizationId);
            Assert.Equal(new DateOnly(2026, 3, 10), usage.Day);
            Assert.Equal(("127.0.0.1", "agent/7.2", 1L), (usage.Address, usage.Client, usage.Calls));
            Assert.Equal((Noon, Noon), (usage.FirstAt, usage.LastAt));
        }

        Assert.Null((await Cast.LoadAsync(_node, _acme.OtherApiKey)).LastUsedAt);
    }

    [Fact]
    public async Task Validating_a_key_is_use()
    {
        using var response = await _node.SendAsync("/api/v1/validate", _acme.ApiKey.Secret.Reveal());
        await _node.FlushAsync();
        Assert.Single(await Cast.UsageAsync(_node, _acme.ApiKey));
    }

    [Fact]
    public async Task Use_is_written_by_itself_after_a_second()
    {
        await CallAsync(_node, "agent/1");
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty(await Cast.UsageAsync(_node, _acme.ApiKey));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await Node.UntilAsync(
            async () => (await Cast.UsageAsync(_node, _acme.ApiKey)).Count == 1, "the use is written");
    }

    [Fact]
    public async Task Refused_calls_are_no_use()
    {
        var other = await Cast.FoundAsync(_node, "other");
        await Cast.RevokeAsync(_node, _acme.OtherApiKey);
        Assert.Equal(HttpStatusCode.Forbidden, await _node.StatusAsync(_acme.OtherApiKey.Secret));
        Assert.Equal(
            HttpStatusCode.Forbidden, await _node.StatusAsync(_acme.ApiKey.Secret, other.ApplicationKey.Secret));
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await _node.StatusAsync(_acme.ApiKey.Secret, Cast.Format.Mint(SecretKind.ApplicationKey)));
        Assert.Equal(HttpStatusCode.Forbidden, await _node.StatusAsync(null, _acme.ApplicationKey.Secret));
        using var refused = await _node.SendAsync("/api/v1/validate", _acme.OtherApiKey.Secret.Reveal());
        await _node.FlushAsync();
        Assert.Equal(0L, await _node.SqlAsync("SELECT count(*) FROM usage"));
        Assert.Equal(0L, await _node.SqlAsync("SELECT count(*) FROM credentials WHERE last_used_at IS NOT NULL"));
    }

    [Fact]
    public async Task Last_use_never_goes_back_and_counts_add_up_over_flushes_and_nodes()
    {
        await CallAsync(_node, "late/1");
        await _node.FlushAsync();
        var earlier = new ManualClock(Noon.AddHours(-2));
        await using var second = await Node.StartAsync(_database, earlier);
        await CallAsync(second, "early/1");
        await CallAsync(second, "late/1");
        await second.FlushAsync();
        var key = await Cast.LoadAsync(_node, _acme.ApiKey);
        Assert.Equal((Noon, "late/1"), (key.LastUsedAt, key.LastUsedClient));
        var usage = await Cast.UsageAsync(_node, _acme.ApiKey);
        Assert.Equal(["early/1", "late/1"], usage.Select(row => row.Client));
        Assert.Equal([1, 2], usage.Select(row => row.Calls));
        Assert.Equal((Noon.AddHours(-2), Noon), (usage[1].FirstAt, usage[1].LastAt));

        earlier.Advance(TimeSpan.FromHours(3));
        await CallAsync(second, "early/1");
        await second.FlushAsync();
        key = await Cast.LoadAsync(_node, _acme.ApiKey);
        Assert.Equal((Noon.AddHours(1), "early/1"), (key.LastUsedAt, key.LastUsedClient));
    }

    [Fact]
    public async Task Each_UTC_day_has_a_row_of_its_own()
    {
        await _node.Flusher.StopAsync(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromHours(12) - TimeSpan.FromTicks(1));
        await CallAsync(_node, "agent/1");
        _clock.Advance(TimeSpan.FromTicks(1));
        await CallAsync(_node, "agent/1");
        await _node.FlushAsync();
        var usage = await Cast.UsageAsync(_node, _acme.ApiKey);
        Assert.Equal([new DateOnly(2026, 3, 10), new DateOnly(2026, 3, 11)], usage.Select(row => row.Day));
    }

    [Fact]
    public async Task Callers_beyond_the_bound_share_a_row_also_when_they_come_by_several_nodes()
    {
        const int max = Usage.CallersPerDayMax;
        for (var caller = 0; caller < max - 10; caller++)
        {
            await CallAsync(_node, $"agent/{caller:000}");
        }

        await _node.FlushAsync();
        await using var second = await Node.StartAsync(_database, _clock);
        for (var caller = max - 20; caller < max + 10; caller++)
        {
            await CallAsync(second, $"agent/{caller:000}");
        }

        await second.FlushAsync();
        var usage = await Cast.UsageAsync(_node, _acme.ApiKey);
        var shared = Assert.Single(usage, row => row.Address == Usage.OtherCallers);
        Assert.Equal(Usage.OtherCallers, shared.Client);
        Assert.Equal(10, shared.Calls);
        Assert.Equal(max + 1, usage.Count);
        Assert.Equal(2, usage.Single(row => row.Client == $"agent/{max - 11:000}").Calls);

        // Who has a row keeps it, and the newest caller is named at the key although it has none.
        await CallAsync(second, "agent/000");
        _clock.Advance(TimeSpan.FromTicks(10));
        await CallAsync(second, "newest/1");
        await second.FlushAsync();
        usage = await Cast.UsageAsync(_node, _acme.ApiKey);
        Assert.Equal(max + 1, usage.Count);
        Assert.Equal(2, usage.Single(row => row.Client == "agent/000").Calls);
        Assert.Equal(11, usage.Single(row => row.Address == Usage.OtherCallers).Calls);
        Assert.Equal("newest/1", (await Cast.LoadAsync(_node, _acme.ApiKey)).LastUsedClient);
    }

    [Fact]
    public async Task Many_calls_are_few_writes()
    {
        await CallAsync(_node, "agent/1");
        await _node.FlushAsync();
        await _node.SqlAsync(
            """
            CREATE TABLE writes (relation text);
            CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO writes VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
            CREATE TRIGGER count_write AFTER INSERT OR UPDATE ON credentials
                FOR EACH ROW EXECUTE FUNCTION count_write();
            CREATE TRIGGER count_write AFTER INSERT OR UPDATE ON usage
                FOR EACH ROW EXECUTE FUNCTION count_write();
            """);

        for (var call = 0; call < 100; call++)
        {
            _clock.Advance(TimeSpan.FromMicroseconds(1));
            await CallAsync(_node, "agent/1");
        }

        await _node.FlushAsync();
        Assert.Equal(101, Assert.Single(await Cast.UsageAsync(_node, _acme.ApiKey)).Calls);
        Assert.Equal(
            "credentials, usage",
            await _node.SqlAsync("SELECT string_agg(relation, ', ' ORDER BY relation) FROM writes"));
    }

    [Fact]
    public async Task Use_that_cannot_be_written_is_kept_and_written_later()
    {
        await _node.SqlAsync("ALTER TABLE usage RENAME TO hidden");
        await CallAsync(_node, "agent/1");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(_node.FlushAsync);
        Assert.Null((await Cast.LoadAsync(_node, _acme.ApiKey)).LastUsedAt);
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        await CallAsync(_node, "agent/1");
        await _node.SqlAsync("ALTER TABLE hidden RENAME TO usage");
        await _node.FlushAsync();
        var usage = Assert.Single(await Cast.UsageAsync(_node, _acme.ApiKey));
        Assert.Equal((2L, Noon, Noon.AddMilliseconds(500)), (usage.Calls, usage.FirstAt, usage.LastAt));
        Assert.Equal(Noon.AddMilliseconds(500), (await Cast.LoadAsync(_node, _acme.ApiKey)).LastUsedAt);
    }

    [Fact]
    public async Task A_key_that_somebody_else_is_changing_does_not_hold_up_its_change()
    {
        await CallAsync(_node, "agent/1");
        await _node.WithDbAsync(async db =>
        {
            await using var transaction =
                await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await db.Database.ExecuteSqlAsync(
                $"SELECT 1 FROM credentials WHERE id = {_acme.ApiKey.Id.Value} FOR UPDATE",
                TestContext.Current.CancellationToken);
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(_node.FlushAsync);
            Assert.Equal(Npgsql.PostgresErrorCodes.LockNotAvailable, refused.SqlState);
            return true;
        });
        await _node.FlushAsync();
        Assert.Single(await Cast.UsageAsync(_node, _acme.ApiKey));
    }

    [Fact]
    public async Task Use_of_a_key_that_is_gone_meanwhile_hinders_no_other()
    {
        using var first = await _node.VerifyAsync(_acme.OtherApiKey.Secret);
        await CallAsync(_node, "agent/1");
        await _node.SqlAsync(
            "WITH gone AS (DELETE FROM usage) DELETE FROM credentials WHERE id = $1", _acme.OtherApiKey.Id.Value);
        await _node.FlushAsync();
        Assert.Single(await Cast.UsageAsync(_node, _acme.ApiKey));
    }

    [Fact]
    public async Task Use_is_written_at_shutdown()
    {
        await CallAsync(_node, "agent/1");
        await _node.StopAsync();
        Assert.Equal(1L, await _node.SqlAsync("SELECT count(*) FROM usage"));
    }

    [Fact]
    public async Task Use_clears_the_finding_of_the_key_and_no_other()
    {
        // The keys are two months old, so saving them has raised the findings.
        var cleared = await ClearedAsync();
        Assert.Equal(2, cleared.Count);
        Assert.All(cleared.Values, at => Assert.Null(at));
        using var response = await _node.VerifyAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret);
        await _node.FlushAsync();
        cleared = await ClearedAsync();
        Assert.Equal(Noon, cleared[_acme.ApiKey.Id.Value]);
        Assert.Null(cleared[_acme.OtherApiKey.Id.Value]);

        Task<Dictionary<Guid, DateTimeOffset?>> ClearedAsync() => _node.WithDbAsync(db => db.Findings
            .IgnoreQueryFilters()
            .Where(finding => finding.Rule == FindingRule.UnusedApiKey.Name)
            .ToDictionaryAsync(
                finding => finding.SubjectId, finding => finding.ClearedAt, TestContext.Current.CancellationToken));
    }

    private async Task CallAsync(Node node, string userAgent)
    {
        using var response = await node.VerifyAsync(_acme.ApiKey.Secret, userAgent: userAgent);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
