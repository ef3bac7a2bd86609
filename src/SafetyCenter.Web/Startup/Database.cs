using Npgsql;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Web.Startup;

/// <summary>The database of this process: the operator's server, or else a private one that goes when we go.</summary>
public sealed class Database : IAsyncDisposable
{
    private const string Name = "safetycenter";

    private readonly PrivatePostgres? _private;

    private Database(string connectionString, PrivatePostgres? own)
    {
        ConnectionString = connectionString;
        _private = own;
    }

    /// <summary>How to reach it. Sessions are in UTC: the rules add days to instants.</summary>
    public string ConnectionString { get; }

    /// <summary>Finds or starts it.</summary>
    /// <exception cref="PostgresNotFoundException">None is configured, and no server programs are installed.</exception>
    public static async Task<Database> OpenAsync(IConfiguration configuration, Installation installation)
    {
        if (configuration.GetConnectionString("SafetyCenter") is { Length: > 0 } configured)
        {
            return new Database(
                new NpgsqlConnectionStringBuilder(configured) { Timezone = "UTC" }.ConnectionString, own: null);
        }

        var own = await PrivatePostgres.StartAsync(
            ClusterKind.Kept, Path.Combine(installation.DataFolder, "postgres"));
        await own.EnsureDatabaseAsync(Name);
        return new Database(own.ConnectionString(Name), own);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _private?.DisposeAsync() ?? ValueTask.CompletedTask;
}
