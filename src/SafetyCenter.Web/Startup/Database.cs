using Npgsql;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Web.Startup;

/// <summary>The database of this process: the operator's server, or else a private one that goes when we go.</summary>
public sealed class Database : IAsyncDisposable
{
    private const string Name = "safetycenter";

    /// <summary>Per connection: the statements of the pages and jobs that come often have room.</summary>
    private const int PreparedMax = 100;

    private readonly string _folder;
    private string? _connectionString;
    private PrivatePostgres? _private;

    /// <summary>Reads which one it is; <see cref="OpenAsync"/> makes sure that it is there.</summary>
    /// <exception cref="CannotStartException">The connection string cannot be read.</exception>
    public Database(IConfiguration configuration, Installation installation)
    {
        _folder = Path.Combine(installation.DataFolder, "postgres");
        _connectionString = configuration.GetConnectionString("SafetyCenter") is { Length: > 0 } configured
            ? Ours(configured)
            : null;
    }

    /// <summary>How to reach it. Sessions are in UTC: the rules add days to instants.</summary>
    /// <exception cref="InvalidOperationException">It has not been opened.</exception>
    public string ConnectionString =>
        _connectionString ?? throw new InvalidOperationException("The database has not been opened yet.");

    /// <summary>Starts the private one, unless the operator named a server.</summary>
    /// <exception cref="PostgresNotFoundException">None is named, and no server programs are installed.</exception>
    /// <exception cref="CannotStartException">Ours does not start; the message has its words.</exception>
    public async Task OpenAsync()
    {
        if (_connectionString is not null)
        {
            return;
        }

        try
        {
            _private = await PrivatePostgres.StartAsync(ClusterKind.Kept, _folder);
            await _private.EnsureDatabaseAsync(Name);
            _connectionString = Ours(_private.ConnectionString(Name));
        }
        catch (Exception failed) when (failed is InvalidOperationException or TimeoutException or IOException
            or UnauthorizedAccessException or NpgsqlException)
        {
            throw new CannotStartException(
                $"The private PostgreSQL in {_folder} cannot be used: {failed.Message} "
                + "Data__Folder moves it; ConnectionStrings__SafetyCenter names another server.",
                failed);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _private?.DisposeAsync() ?? ValueTask.CompletedTask;

    // Whatever we set for a session we set for a transaction, so nothing need be put back between two uses. Most of the time of a
    // short statement goes to planning it: those that come often are planned once. Who needs it otherwise writes it down.
    private static string Ours(string connectionString)
    {
        try
        {
            var ours = new NpgsqlConnectionStringBuilder(connectionString) { Timezone = "UTC", NoResetOnClose = true };
            if (!ours.ShouldSerialize("Max Auto Prepare"))
            {
                ours.MaxAutoPrepare = PreparedMax;
            }

            return ours.ConnectionString;
        }
        // What it says is not repeated: there is a password in it.
        catch (ArgumentException unreadable)
        {
            throw new CannotStartException(
                "The setting ConnectionStrings__SafetyCenter cannot be read; it must look like "
                + "Host=db.example.com;Database=safetycenter;Username=safetycenter;Password=...",
                unreadable);
        }
    }
}
