using Npgsql;

namespace SafetyCenter.Tests.Support;

public sealed class TestPostgresTests
{
    [Fact]
    public async Task Databases_asked_for_at_once_all_have_the_schema_and_it_is_made_once()
    {
        var migrations = 0;
        await using var postgres = new TestPostgres(async connectionString =>
        {
            Interlocked.Increment(ref migrations);
            await using var source = NpgsqlDataSource.Create(connectionString);
            await using var create = source.CreateCommand("CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
            await create.ExecuteNonQueryAsync();
        });

        var databases = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => postgres.NewDatabaseAsync()));

        Assert.Equal(5, databases.Distinct().Count());
        Assert.Equal(1, migrations);
        foreach (var database in databases)
        {
            await using var source = NpgsqlDataSource.Create(database);
            await using var count = source.CreateCommand("DELETE FROM t RETURNING n");
            Assert.Equal(1, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_migration_that_fails_fails_every_test_that_needs_it_and_leaves_nothing_running()
    {
        await using var postgres = new TestPostgres(_ => throw new InvalidOperationException("no such column"));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var failed = await Assert.ThrowsAsync<InvalidOperationException>(postgres.NewDatabaseAsync);
            Assert.Equal("no such column", failed.Message);
        }
    }
}
