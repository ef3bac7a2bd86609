using Npgsql;

namespace SafetyCenter.Tests.Support;

/// <summary>For races that a test decides: knows when somebody has to wait.</summary>
public static class Locks
{
    /// <summary>Waits until that many transactions of this app's database wait for a lock.</summary>
    public static async Task SomebodyWaitsAsync(this App app, int count = 1)
    {
        await using var source = NpgsqlDataSource.Create(app.ConnectionString);
        await Eventually.IsTrueAsync(
            async () =>
            {
                await using var waiting = source.CreateCommand(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """);
                return (long)(await waiting.ExecuteScalarAsync())! >= count;
            },
            $"{count} transactions that wait for a lock");
    }
}
