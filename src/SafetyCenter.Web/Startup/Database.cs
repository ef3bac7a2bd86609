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
    /// <exception cref="CannotStartException">The connection string cannot be read, or ours does not start.</exception>
    public static async Task<Database> OpenAsync(IConfiguration configuration, Installation installation)
    {
        if (configuration.GetConnectionString("SafetyCenter") is { Length: > 0 } configured)
        {
            return new Database(InUtc(configured), own: null);
        }

        var folder = Path.Combine(installation.DataFolder, "postgres");
        try
        {
            var own = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder);
            await own.EnsureDatabaseAsync(Name);
            return new Database(own.ConnectionString(Name), own);
        }
        catch (Exception failed) when (failed is InvalidOperationException or TimeoutException or IOException
            or UnauthorizedAccessException or NpgsqlException)
        {
            throw new CannotStartException(
                $"The private PostgreSQL in {folder} cannot be used: {failed.Message} "
                + "Data__Folder moves it; ConnectionStrings__SafetyCenter names another server.",
                failed);
        }
    }

    // What it says is not repeated: there is a password in it.
    private static string InUtc(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString) { Timezone = "UTC" }.ConnectionString;
        }
        catch (ArgumentException unreadable)
        {
            throw new CannotStartException(
                "The setting ConnectionStrings__SafetyCenter cannot be read; it must look like "
                + "Host=db.example.com;Database=safetycenter;Username=safetycenter;Password=...",
                unreadable);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _private?.DisposeAsync() ?? ValueTask.CompletedTask;
}
