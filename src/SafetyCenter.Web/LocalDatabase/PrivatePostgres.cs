using System.Diagnostics;
using Npgsql;

namespace SafetyCenter.Web.LocalDatabase;

/// <summary>What a private cluster is for.</summary>
public enum ClusterKind
{
    /// <summary>For tests: fast, careless about a power cut, and gone with its process, however that ends.</summary>
    Disposable,

    /// <summary>For development: its data stay; a power cut may cost the last moments, never the whole.</summary>
    Kept,
}

/// <summary>
/// A PostgreSQL cluster of our own, made from the server programs that are installed: its own data, reached through a
/// Unix socket that only its owner can open, no TCP port. It works as root and as an ordinary user.
/// <para>
/// A kept cluster is shared: a second process that starts it joins the server that runs, and the server stops when the
/// last of them has gone. See <see cref="Watchdog"/> for how.
/// </para>
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    /// <summary>Recovery after a power cut is what takes longest.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a server may end before it is ready. The backends of a killed server need a moment to notice; until
    /// then PostgreSQL refuses to start on their data.
    /// </summary>
    private const int MaximumStarts = 5;

    private static readonly TimeSpan BetweenStarts = TimeSpan.FromMilliseconds(200);

    /// <summary>Per process and database; three such processes fit into the hundred connections of a kept cluster.</summary>
    private const int MaximumPoolSize = 30;

    private const string Owner = "safetycenter";

    private readonly ClusterKind _kind;
    private readonly ClusterFolder _folder;
    private readonly ServerAccount _account;
    private readonly FileStream _use;
    private Process? _watchdog;
    private int _clones;

    private PrivatePostgres(ClusterKind kind, ClusterFolder folder, ServerAccount account, FileStream use) =>
        (_kind, _folder, _account, _use) = (kind, folder, account, use);

    /// <summary>Where the cluster lies. Not always below the folder that was asked for, see the remarks of StartAsync.</summary>
    public string Folder => _folder.Home;

    /// <summary>
    /// Starts the cluster, or joins it when it is kept and another process has started it; makes it when there is none.
    /// Returns when it takes connections.
    /// </summary>
    /// <remarks>
    /// As root, when the unprivileged account that must run the server cannot get to <paramref name="folder"/>, the
    /// cluster lies below /var/tmp and <paramref name="folder"/> holds a note of where; see <see cref="Folder"/>.
    /// </remarks>
    /// <param name="kind">What it is for.</param>
    /// <param name="folder">The folder of a kept cluster, absolute or not; must be null for a disposable one.</param>
    /// <param name="cancellation">Gives up the wait; a server nobody uses then stops by itself.</param>
    /// <exception cref="PostgresNotFoundException">No server programs, or not those that made the cluster.</exception>
    /// <exception cref="InvalidOperationException">The server does not start; the message has its words.</exception>
    /// <exception cref="TimeoutException">The server neither starts nor fails for 90 seconds.</exception>
    public static Task<PrivatePostgres> StartAsync(
        ClusterKind kind, string? folder = null, CancellationToken cancellation = default) =>
        StartAsync(kind, folder, PostgresSearch.OfThisMachine(), cancellation);

    internal static async Task<PrivatePostgres> StartAsync(
        ClusterKind kind, string? folder, PostgresSearch search, CancellationToken cancellation)
    {
        if ((kind == ClusterKind.Kept) != (folder is not null))
        {
            throw new ArgumentException("A kept cluster needs a folder, and a disposable one has its own.", nameof(folder));
        }

        if (OperatingSystem.IsWindows())
        {
            throw new PostgresNotFoundException("A PostgreSQL of our own needs Unix sockets and a shell, so not Windows.");
        }

        // Before anything is written: who has no PostgreSQL at all should not find half a cluster.
        _ = PostgresPrograms.Find(search);
        var account = ServerAccount.OfThisProcess();
        if (folder is null)
        {
            return await StartAsync(kind, await ClusterFolder.NewAsync(account, cancellation), account, search, cancellation);
        }

        folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(folder);
        await using var oneAtATime =
            await FileLock.ExclusiveAsync(Path.Combine(folder, "start.lock"), StartPatience, cancellation);
        var kept = await ClusterFolder.KeptAsync(folder, account, cancellation);
        return await StartAsync(kind, kept, account, search, cancellation);
    }

    private static async Task<PrivatePostgres> StartAsync(
        ClusterKind kind, ClusterFolder folder, ServerAccount account, PostgresSearch search, CancellationToken cancellation)
    {
        // From here on a server that runs keeps running. We wait here while one that nobody uses is stopping.
        var use = await FileLock.SharedAsync(folder.UsersLock, StartPatience, cancellation);
        var cluster = new PrivatePostgres(kind, folder, account, use);
        try
        {
            await cluster.BeReadyAsync(PostgresPrograms.Find(search, folder.MadeBy()), cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The connection string of a database of this cluster: as its owner, in UTC, with a bounded pool. It is good as long
    /// as the cluster is.
    /// </summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _folder.Socket,
        Username = Owner,
        Database = database,
        Timezone = "UTC",
        MaxPoolSize = MaximumPoolSize,
        IncludeErrorDetail = true,          // its data are invented or the developer's own
    }.ConnectionString;

    /// <summary>Makes an empty database if there is none of that name. Several processes may do so at once.</summary>
    public async Task EnsureDatabaseAsync(string name, CancellationToken cancellation = default)
    {
        await using var connection = await ConnectAsync(cancellation);
        await using var question = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection);
        question.Parameters.Add(new() { Value = name });
        if (await question.ExecuteScalarAsync(cancellation) is not null) return;
        try
        {
            await using var create = new NpgsqlCommand($"CREATE DATABASE {Quoted(name)}", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException other)
            when (other.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Somebody else was quicker, which serves as well.
        }
    }

    /// <summary>
    /// Makes a copy of a database and answers its name; some 20 ms. Connections to the template are ended, as
    /// PostgreSQL copies only what nobody else looks at.
    /// </summary>
    public async Task<string> CloneAsync(string template, CancellationToken cancellation = default)
    {
        var name = $"{template}_{Interlocked.Increment(ref _clones)}";
        await using var connection = await ConnectAsync(cancellation);
        await using var end = new NpgsqlCommand(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
            connection);
        end.Parameters.Add(new() { Value = template });
        await end.ExecuteNonQueryAsync(cancellation);

        // The default strategy, WAL_LOG, is meant: FILE_COPY makes a checkpoint before and after each copy.
        await using var create = new NpgsqlCommand($"CREATE DATABASE {Quoted(name)} TEMPLATE {Quoted(template)}", connection);
        await create.ExecuteNonQueryAsync(cancellation);
        return name;
    }

    /// <summary>Throws a database away with all that it holds; whoever is still connected to it is cut off.</summary>
    public async Task DropAsync(string name, CancellationToken cancellation = default)
    {
        await using var connection = await ConnectAsync(cancellation);
        await using var drop = new NpgsqlCommand($"DROP DATABASE IF EXISTS {Quoted(name)} WITH (FORCE)", connection);
        await drop.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// Leaves the cluster; the server stops if we were its last user. Connections that are still open do not hinder
    /// it. A disposable cluster is gone from the disk when this returns.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        // A pooled connection would outlive its server and disappoint whoever starts the cluster again in this process.
        NpgsqlConnection.ClearAllPools();
        await _use.DisposeAsync();
        if (_kind == ClusterKind.Disposable)
        {
            if (_watchdog is not null) await _watchdog.WaitForExitAsync().WaitAsync(StopPatience);

            // Usually the watchdog has done so; not when the server never came up.
            await _account.RunScriptAsync("""rm -rf "$1" """, [_folder.Home], CancellationToken.None);
        }

        _watchdog?.Dispose();
    }

    /// <summary>Brings a server to life unless one is. For a kept cluster we hold the start lock and our shared lock.</summary>
    private async Task BeReadyAsync(PostgresPrograms programs, CancellationToken cancellation)
    {
        var deadline = new Deadline(StartPatience);
        for (var starts = 0; !await TakesConnectionsAsync(cancellation); await Task.Delay(10, cancellation))
        {
            if (FileLock.IsHeld(_folder.WatchdogLock) || _watchdog is { HasExited: false })
            {
                if (deadline.HasPassed) throw new TimeoutException("PostgreSQL does not start. " + LogTail());
                continue;
            }

            if (starts++ == MaximumStarts)
            {
                var shell = await _watchdog!.StandardError.ReadToEndAsync(cancellation);
                throw new InvalidOperationException($"PostgreSQL does not start. {shell}{LogTail()}");
            }

            if (starts == 1) await MakeDataAsync(programs, cancellation);
            else await Task.Delay(BetweenStarts, cancellation);
            await new LeftoverServer(_folder, _account).ClearAwayAsync(programs, cancellation);
            _watchdog?.Dispose();
            _watchdog = Watchdog.Start(programs, _folder, _account, _kind);
        }
    }

    /// <summary>Whether the server can be used and is watched, so that it neither stops under us nor outlives us.</summary>
    private async Task<bool> TakesConnectionsAsync(CancellationToken cancellation)
    {
        if (!FileLock.IsHeld(_folder.WatchdogLock)) return false;
        try
        {
            await using var connection = await ConnectAsync(cancellation);
            return true;
        }
        catch (PostgresException answer)
        {
            // Starting or stopping; any other answer, such as "too many clients", comes from a server that is up.
            return answer.SqlState != PostgresErrorCodes.CannotConnectNow;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task MakeDataAsync(PostgresPrograms programs, CancellationToken cancellation)
    {
        if (_folder.MadeBy() is null)
        {
            // Under another name first: what carries the right name is whole, however often somebody pressed Ctrl-C.
            const string make = """
                initdb=$1 data=$2
                shift 2
                rm -rf "$data.new"
                "$initdb" -D "$data.new" "$@" >&2 && mv "$data.new" "$data"
                """;
            // "trust" is right where only the owner (and root) can get to the socket, and there is no other way in.
            string[] options =
            [
                "--username", Owner, "--auth", "trust", "--encoding", "UTF8", "--lc-messages", "C",
                "--locale", OperatingSystem.IsMacOS() ? "en_US.UTF-8" : "C.UTF-8",
                .. _kind == ClusterKind.Disposable ? ["--no-sync"] : Array.Empty<string>(),
            ];
            await _account.RunScriptAsync(make, [programs.InitDb, _folder.Data, .. options], cancellation);
        }

        // Written at each start, so that a change of ours reaches a cluster that was made before it. What initdb found out
        // about this machine, such as its kind of shared memory, stands in postgresql.conf, which this one only overrules.
        var settings = Path.Combine(_folder.Data, "postgresql.auto.conf");
        await _account.RunAsync(
            ["/bin/sh", "-c", """cat >"$1" """, "sh", settings], ServerSettings.For(_kind, _folder.Socket), cancellation);
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { Pooling = false };
        var connection = new NpgsqlConnection(unpooled.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private string LogTail() => File.Exists(_folder.Log)
        ? $"The end of {_folder.Log}:\n" + string.Join('\n', File.ReadLines(_folder.Log).TakeLast(20))
        : $"There is no {_folder.Log}.";

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
