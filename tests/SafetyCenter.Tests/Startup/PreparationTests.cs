using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Tests.Startup;

/// <summary>What a start relies on, looked at inside one process.</summary>
public sealed class PreparationTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task The_migrations_make_the_tables_that_the_model_describes() =>
        Assert.False(await app.InScopeAsync(db => Task.FromResult(db.Database.HasPendingModelChanges())));

    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown, true)]
    [InlineData(PostgresErrorCodes.CrashShutdown, true)]
    [InlineData(PostgresErrorCodes.CannotConnectNow, true)]
    [InlineData(PostgresErrorCodes.TooManyConnections, true)]
    [InlineData(PostgresErrorCodes.UniqueViolation, false)]
    [InlineData(PostgresErrorCodes.UndefinedTable, false)]
    public void A_database_is_away_by_what_it_says_and_not_by_who_repeats_it(string state, bool isAway)
    {
        var said = new PostgresException("no", "ERROR", "ERROR", state);
        Assert.Equal(isAway, DatabaseAway.Explains(said));
        Assert.Equal(isAway, DatabaseAway.Explains(new DbUpdateException("not saved", said)));
        Assert.Equal(isAway, DatabaseAway.Explains(
            new InvalidOperationException("likely transient", new DbUpdateException("not saved", said))));
    }

    [Fact]
    public void A_connection_that_broke_means_that_the_database_is_away()
    {
        var broken = new NpgsqlException("gone", new IOException("reset", new SocketException()));
        Assert.True(DatabaseAway.Explains(new InvalidOperationException("likely transient", broken)));
        Assert.False(DatabaseAway.Explains(new InvalidOperationException("a bug of ours")));
        Assert.False(DatabaseAway.Explains(new IOException("a full disk")));
        Assert.False(DatabaseAway.Explains(null));
    }
}
