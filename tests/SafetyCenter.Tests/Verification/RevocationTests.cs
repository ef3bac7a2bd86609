using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Verification;

/// <summary>Two processes on one database: what ends a credential in one ends it in both.</summary>
public sealed class RevocationTests(TestPostgres postgres) : IAsyncLifetime
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);

    private string _database = null!;
    private Node _here = null!;
    private Node _there = null!;
    private Cast _acme = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _here = await Node.StartAsync(_database);
        _there = await Node.StartAsync(_database);
        _acme = await Cast.FoundAsync(_here, "acme", scopes: ["monitors_read"]);

        // Both remember both keys now.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_here));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_there));
    }

    public async ValueTask DisposeAsync()
    {
        await _there.DisposeAsync();
        await _here.DisposeAsync();
    }

    [Theory]
    [InlineData("save")]
    [InlineData("save under the lock of the organization")]
    [InlineData("disable its owner")]
    public async Task What_the_program_ends_is_refused_by_the_next_call_here_and_within_a_second_there(string how)
    {
        await EndAsync(how);
        var clock = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(_here));
        await RefusedWithinASecondAsync(_there, clock);
        Assert.Equal(HttpStatusCode.OK, await _there.StatusAsync(_acme.ApiKey.Secret));
    }

    [Theory]
    [InlineData("save")]
    [InlineData("save under the lock of the organization")]
    [InlineData("disable its owner")]
    public async Task What_the_program_ends_is_refused_by_its_next_call_without_a_word_from_the_database(string how)
    {
        await _here.SqlAsync(
            "DROP TRIGGER tell_changed ON credentials; DROP TRIGGER tell_owner_changed ON users");
        await EndAsync(how);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(_here));
    }

    [Theory]
    [InlineData("UPDATE credentials SET revoked_at = now() WHERE id = $1")]
    [InlineData("DELETE FROM credentials WHERE id = $1")]
    [InlineData("UPDATE users SET disabled_at = now() WHERE id = (SELECT owner_id FROM credentials WHERE id = $1)")]
    public async Task Whatever_ends_a_key_past_the_program_is_heard_within_a_second_on_both(string sql)
    {
        await _here.SqlAsync(sql, _acme.ApplicationKey.Id.Value);
        var clock = Stopwatch.StartNew();
        await RefusedWithinASecondAsync(_here, clock);
        await RefusedWithinASecondAsync(_there, clock);
    }

    [Fact]
    public async Task New_scopes_are_seen_within_a_second()
    {
        await _here.SqlAsync(
            "UPDATE credentials SET scopes = '{dashboards_read}' WHERE id = $1", _acme.ApplicationKey.Id.Value);
        var clock = Stopwatch.StartNew();
        string scopes;
        do
        {
            using var response = await _there.VerifyAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret);
            scopes = response.Headers.GetValues("X-Scopes").Single();
            Assert.True(clock.Elapsed < Promise, $"After {clock.Elapsed} the scopes are still {scopes}.");
        }
        while (scopes != "dashboards_read");
    }

    [Fact]
    public async Task The_database_tells_of_a_revocation_and_not_of_use()
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var told = new List<string>();
        connection.Notification += (_, notification) => told.Add(notification.Payload);
        await using var listen = new NpgsqlCommand("LISTEN credential_changed", connection);
        await listen.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await _here.FlushAsync();
        Assert.NotNull((await Cast.LoadAsync(_here, _acme.ApiKey)).LastUsedAt);
        await Cast.RevokeAsync(_here, _acme.ApiKey);

        // Listening again is answered after everything that was told before.
        await listen.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Equal([_acme.ApiKey.Secret.Hash.ToString()], told);
    }

    [Fact]
    public async Task A_revocation_that_a_broken_connection_cannot_tell_is_in_force_all_the_same()
    {
        // On this node no time passes, so that its trust does not end because of the silence alone.
        await using var timeless = await Node.StartAsync(_database, new ManualClock());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(timeless));

        // The connections that listen are gone before the key is revoked, so that nobody can hear it.
        await _here.SqlAsync(
            """
            WITH ended AS MATERIALIZED (
                SELECT count(pg_terminate_backend(pid, 5000)) AS listeners FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'
            )
            UPDATE credentials SET revoked_at = now() FROM ended WHERE id = $1 AND listeners = 3
            """,
            _acme.ApplicationKey.Id.Value);
        var clock = Stopwatch.StartNew();
        Assert.NotNull((await Cast.LoadAsync(_here, _acme.ApplicationKey)).RevokedAt);
        await RefusedWithinASecondAsync(timeless, clock);
        await RefusedWithinASecondAsync(_there, clock);
        await RefusedWithinASecondAsync(_here, clock);

        await Node.UntilAsync(() => _there.Directory.IsTrusted, "the node listens again");
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(_there));
        await Cast.RevokeAsync(_here, _acme.ApiKey);
        await RefusedWithinASecondAsync(_there, Stopwatch.StartNew(), withApplicationKey: false);
    }

    private Task<HttpStatusCode> StatusAsync(Node node) =>
        node.StatusAsync(_acme.ApiKey.Secret, _acme.ApplicationKey.Secret);

    private Task<int> EndAsync(string how) => _here.WithDbAsync(async db =>
    {
        var cancellation = TestContext.Current.CancellationToken;
        var now = TimeProvider.System.GetUtcNow();
        var key = await Cast.LoadAsync(db, _acme.ApplicationKey);
        switch (how)
        {
            case "save":
                key.Revoke(by: null, RevocationReason.ByHand, lastingApiKeys: 2, now);
                return await db.SaveChangesAsync(cancellation);
            case "disable its owner":
                var owner = await db.People.IgnoreQueryFilters().Include(user => user.Roles)
                    .SingleAsync(user => user.Id == _acme.Owner, cancellation);
                owner.Disable(now);
                return await db.SaveChangesAsync(cancellation);
            default:
                return await db.LockedAsync(
                    _acme.Organization,
                    async _ =>
                    {
                        key.Revoke(by: null, RevocationReason.Leaked, lastingApiKeys: 2, now);
                        var saved = await db.SaveChangesAsync(cancellation);

                        // It is not committed yet: the key is still good, and must not be remembered as such.
                        Assert.Equal(HttpStatusCode.OK, await StatusAsync(_here));
                        return saved;
                    },
                    cancellation);
        }
    });

    private async Task RefusedWithinASecondAsync(Node node, Stopwatch since, bool withApplicationKey = true)
    {
        while (await node.StatusAsync(_acme.ApiKey.Secret, withApplicationKey ? _acme.ApplicationKey.Secret : null)
            != HttpStatusCode.Forbidden)
        {
            Assert.True(since.Elapsed < Promise, $"It is still let in after {since.Elapsed}.");
        }
    }
}
