using Npgsql;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.LocalDatabase;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace SafetyCenter.Tests.Support;

/// <summary>
/// One disposable PostgreSQL for the whole run. The schema is made once, in a template; each caller gets a copy of its
/// own in some 20 ms. Nothing starts before the first caller asks, so a run of pure tests needs no PostgreSQL.
/// Take it as a constructor argument of the test class.
/// </summary>
public sealed class TestPostgres : IAsyncDisposable
{
    private const string Template = "template_safetycenter";

    private readonly Lazy<Task<PrivatePostgres>> _cluster;

    public TestPostgres()
        : this(App.MigrateAsync)
    {
    }

    internal TestPostgres(Func<string, Task> migrate) => _cluster = new(() => StartAsync(migrate));

    /// <summary>
    /// The connection string of a new database, as the product leaves one behind that was started and stopped: the
    /// whole schema, the key that protects cookies, nothing else.
    /// </summary>
    public async Task<string> NewDatabaseAsync()
    {
        var cluster = await _cluster.Value;
        return cluster.ConnectionString(await cluster.CloneAsync(Template));
    }

    /// <summary>Throws a database away. Thousands of them would fill the disk, and keep it busy.</summary>
    public async Task DropAsync(string connectionString)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        await (await _cluster.Value).DropAsync(database);
    }

    public async ValueTask DisposeAsync()
    {
        // A start that failed has cleaned up after itself.
        if (_cluster is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _cluster.Value).DisposeAsync();
        }
    }

    private static async Task<PrivatePostgres> StartAsync(Func<string, Task> migrate)
    {
        var cluster = await PrivatePostgres.StartAsync(ClusterKind.Disposable);
        try
        {
            await cluster.EnsureDatabaseAsync(Template);
            await migrate(cluster.ConnectionString(Template));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }
}
