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
        : this(MigrateAsync)
    {
    }

    internal TestPostgres(Func<string, Task> migrate) => _cluster = new(() => StartAsync(migrate));

    /// <summary>The connection string of a new database that has the whole schema and no rows but the schema's own.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var cluster = await _cluster.Value;
        return cluster.ConnectionString(await cluster.CloneAsync(Template));
    }

    public async ValueTask DisposeAsync()
    {
        // A start that failed has cleaned up after itself.
        if (_cluster is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _cluster.Value).DisposeAsync();
        }
    }

    /// <summary>The one place that says how a database gets its schema: the same way as in the product.</summary>
    private static Task MigrateAsync(string connectionString) => Task.CompletedTask;

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
