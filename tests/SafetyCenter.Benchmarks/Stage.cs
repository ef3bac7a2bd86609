using Npgsql;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Benchmarks;

/// <summary>A PostgreSQL of our own and what stands in it; gone when the benchmark is over.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly PrivatePostgres _cluster;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetycenter-benchmark-");

    private Stage(PrivatePostgres cluster)
    {
        _cluster = cluster;
        ConnectionString = cluster.ConnectionString("benchmark");
        Source = NpgsqlDataSource.Create(ConnectionString);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>The product's data folder.</summary>
    public string Folder => _folder.FullName;

    public static async Task<Stage> StartAsync()
    {
        var stage = new Stage(await PrivatePostgres.StartAsync(ClusterKind.Disposable));
        await stage._cluster.EnsureDatabaseAsync("benchmark");
        return stage;
    }

    public Task<Founded> FoundAsync(string organization) =>
        Served.BootstrapAsync(ConnectionString, _folder.FullName, organization);

    public Task<Served> ServeAsync(params (string Name, string Value)[] settings) =>
        Served.StartAsync(ConnectionString, _folder.FullName, settings);

    /// <summary>Many API keys, one a second into the past.</summary>
    public async Task<(Guid Id, string Secret)[]> IssueAsync(Founded organization, int count)
    {
        var format = new SecretFormat();
        var now = TimeProvider.System.GetUtcNow();
        var secrets = Enumerable.Range(0, count).Select(_ => format.Mint(SecretKind.ApiKey)).ToArray();
        var times = Enumerable.Range(0, count).Select(index => now.AddSeconds(-index).UtcDateTime).ToArray();
        var ids = times.Select(time => Id<Credential>.New(time).Value).ToArray();
        await AskAsync(
            """
            INSERT INTO credentials (id, kind, organization_id, name, hash, last4, created_at, tracked_since,
                                     category, remote_config_read_enabled)
            SELECT id, 'api_key', $1, 'key ' || id, hash, last4, at, at, 'default', true
            FROM unnest($2, $3, $4, $5) AS many (id, hash, last4, at)
            """,
            organization.Id,
            ids,
            secrets.Select(secret => secret.Hash.ToArray()).ToArray(),
            secrets.Select(secret => secret.Last4).ToArray(),
            times);
        return [.. ids.Zip(secrets, (id, secret) => (id, secret.Reveal()))];
    }

    /// <summary>What a database that has run for a while knows about its tables.</summary>
    public Task SettleAsync() => AskAsync("VACUUM ANALYZE");

    /// <summary>The first value of the first row; null when there is none.</summary>
    public async Task<object?> AskAsync(string question, params object[] parameters)
    {
        await using var command = Source.CreateCommand(question);
        command.CommandTimeout = 60;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
