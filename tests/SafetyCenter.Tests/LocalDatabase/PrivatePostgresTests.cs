using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Npgsql;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Tests.LocalDatabase;

[UnsupportedOSPlatform("windows")]
public sealed class PrivatePostgresTests(KeptFolder kept) : IClassFixture<KeptFolder>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disposable_cluster_works_in_utc_and_is_gone_afterwards()
    {
        string folder;
        await using (var cluster = await PrivatePostgres.StartAsync(ClusterKind.Disposable, null, Cancellation))
        {
            folder = cluster.Folder;
            await cluster.EnsureDatabaseAsync("first", Cancellation);
            await cluster.EnsureDatabaseAsync("first", Cancellation);
            Assert.Equal("UTC", await AskAsync(cluster.ConnectionString("first"), "SHOW timezone"));
            Assert.Equal("off", await AskAsync(cluster.ConnectionString("first"), "SHOW fsync"));
            Assert.Equal("", await AskAsync(cluster.ConnectionString("first"), "SHOW listen_addresses"));
            Assert.NotEmpty(ServerProcesses.ServersOf(folder));
        }

        Assert.False(Directory.Exists(folder));
        Assert.Empty(ServerProcesses.ServersOf(folder));
    }

    [Fact]
    public async Task A_clone_has_what_its_template_has_and_keeps_its_own_to_itself()
    {
        await using var cluster = await PrivatePostgres.StartAsync(ClusterKind.Disposable, null, Cancellation);
        await cluster.EnsureDatabaseAsync("template", Cancellation);
        await AskAsync(cluster.ConnectionString("template"), "CREATE TABLE t (n int); INSERT INTO t VALUES (7)");

        // A connection to the template, such as a pool keeps, must not be in the way.
        await using var open = new NpgsqlConnection(cluster.ConnectionString("template"));
        await open.OpenAsync(Cancellation);
        var one = cluster.ConnectionString(await cluster.CloneAsync("template", Cancellation));
        var two = cluster.ConnectionString(await cluster.CloneAsync("template", Cancellation));
        await AskAsync(one, "UPDATE t SET n = 8");

        Assert.Equal(8, await AskAsync(one, "SELECT n FROM t"));
        Assert.Equal(7, await AskAsync(two, "SELECT n FROM t"));
    }

    [Fact]
    public async Task A_kept_cluster_keeps_its_data_however_often_it_is_left_and_entered()
    {
        for (var round = 0; round < 4; round++)
        {
            // The server of the round before may be stopping at this very moment.
            await using var cluster = await StartKeptAsync();
            await cluster.EnsureDatabaseAsync("kept", Cancellation);
            var database = cluster.ConnectionString("kept");
            await AskAsync(database, "CREATE TABLE IF NOT EXISTS t (n int)");
            await AskAsync(database, "INSERT INTO t VALUES (1)");
            Assert.Equal(round + 1L, await AskAsync(database, "SELECT count(*) FROM t"));
            Assert.Equal("on", await AskAsync(database, "SHOW fsync"));
        }

        await ServerProcesses.EndAsync(kept.Path);
    }

    [Fact]
    public async Task Two_processes_share_a_server_that_stops_only_when_the_last_is_killed()
    {
        using var first = await ClusterUser.StartAsync(kept.Path);
        using var second = await ClusterUser.StartAsync(kept.Path);
        Assert.Equal(first.ConnectionString, second.ConnectionString);
        var server = Assert.Single(ServerProcesses.ServersOf(kept.Path));

        await first.KillAsync();

        // Long enough for a server that wrongly stops with its first user (it takes 100 ms) to be found out.
        for (var since = Stopwatch.StartNew(); since.ElapsedMilliseconds < 700;)
        {
            Assert.Equal(1, await AskAsync(second.ConnectionString, "SELECT 1"));
        }

        Assert.Equal(server, Assert.Single(ServerProcesses.ServersOf(kept.Path)));

        await second.KillAsync();
        await ServerProcesses.EndAsync(kept.Path);
    }

    [Fact]
    public async Task Many_processes_that_start_at_once_all_get_the_same_server()
    {
        var users = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ClusterUser.StartAsync(kept.Path)));
        Assert.Single(ServerProcesses.ServersOf(kept.Path));

        foreach (var user in users) user.Dispose();
        await ServerProcesses.EndAsync(kept.Path);
    }

    [Fact]
    public async Task A_server_whose_watchdog_was_killed_is_replaced_and_its_data_stay()
    {
        using (var user = await ClusterUser.StartAsync(kept.Path))
        {
            await AskAsync(user.ConnectionString, "CREATE TABLE of_orphan (n int)");
            var orphan = Assert.Single(ServerProcesses.ServersOf(kept.Path));
            Kill(ServerProcesses.ParentOf(orphan));
            await using var cluster = await StartKeptAsync();
            Assert.Equal(0L, await AskAsync(cluster.ConnectionString("shared"), "SELECT count(*) FROM of_orphan"));
            Assert.NotEqual(orphan, Assert.Single(ServerProcesses.ServersOf(kept.Path)));
        }

        await ServerProcesses.EndAsync(kept.Path);
    }

    [Fact]
    public async Task After_a_power_cut_the_number_of_the_old_server_may_belong_to_another_program()
    {
        string data;
        await using (var cluster = await StartKeptAsync())
        {
            data = Path.Combine(cluster.Folder, "data");
            Kill(ServerProcesses.ParentOf(Assert.Single(ServerProcesses.ServersOf(kept.Path))));
            Kill(Assert.Single(ServerProcesses.ServersOf(kept.Path)));
        }

        // This test stands in for the other program.
        var pidFile = Path.Combine(data, "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(pidFile, Cancellation);
        lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(pidFile, lines, Cancellation);

        await using (var cluster = await StartKeptAsync())
        {
            Assert.Equal(1, await AskAsync(cluster.ConnectionString("postgres"), "SELECT 1"));
        }

        await ServerProcesses.EndAsync(kept.Path);
    }

    [Fact]
    public async Task A_folder_too_long_or_too_odd_for_a_socket_is_no_hindrance()
    {
        var folder = Path.Combine(kept.Path, new string('x', 120), "a,b=c;d 'e'");
        string socket;
        await using (var cluster = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder, Cancellation))
        {
            Assert.StartsWith(folder, cluster.Folder, StringComparison.Ordinal);
            socket = new NpgsqlConnectionStringBuilder(cluster.ConnectionString("postgres")).Host!;
            Assert.Equal(1, await AskAsync(cluster.ConnectionString("postgres"), "SELECT 1"));
        }

        await ServerProcesses.EndAsync(kept.Path);
        Directory.Delete(socket);
        Directory.Delete(Path.Combine(kept.Path, new string('x', 120)), recursive: true);
    }

    [Fact]
    public async Task A_folder_closed_to_the_account_of_the_server_leads_to_one_that_is_not()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs the server as somebody else.");
        // Nobody but us may enter a folder that is made this way.
        var closed = Directory.CreateTempSubdirectory("safetycenter-closed-");
        var folder = Path.Combine(closed.FullName, "postgres");

        string elsewhere;
        await using (var cluster = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder, Cancellation))
        {
            elsewhere = cluster.Folder;
            Assert.StartsWith("/var/tmp/", elsewhere, StringComparison.Ordinal);
            await using var joined = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder, Cancellation);
            Assert.Equal(elsewhere, joined.Folder);
            Assert.Equal(1, await AskAsync(joined.ConnectionString("postgres"), "SELECT 1"));
        }

        await ServerProcesses.EndAsync(elsewhere);
        Directory.Delete(elsewhere, recursive: true);
        closed.Delete(recursive: true);
    }

    [Fact]
    public async Task Without_server_programs_the_ways_out_are_named()
    {
        var nowhere = new PostgresSearch(NamedFolder: null, Path: [], Roots: []);
        var folder = Path.Combine(kept.Path, "another");

        var missing = await Assert.ThrowsAsync<PostgresNotFoundException>(
            () => PrivatePostgres.StartAsync(ClusterKind.Kept, folder, nowhere, Cancellation));

        Assert.Contains("apt-get install postgresql", missing.Message, StringComparison.Ordinal);
        Assert.Contains("docker compose up", missing.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__SafetyCenter", missing.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_server_that_does_not_start_is_quoted()
    {
        await WithFileOfDataAsync("pg_hba.conf", "nonsense\n", async () =>
        {
            var failed = await Assert.ThrowsAsync<InvalidOperationException>(StartKeptAsync);
            Assert.Contains("invalid connection type \"nonsense\"", failed.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_cluster_of_another_version_is_not_touched()
    {
        await WithFileOfDataAsync("PG_VERSION", "9\n", async () =>
        {
            var refused = await Assert.ThrowsAsync<PostgresNotFoundException>(StartKeptAsync);
            Assert.Contains("made by PostgreSQL 9, but only version", refused.Message, StringComparison.Ordinal);
        });
    }

    /// <summary>Stops the kept cluster, does something while one of its files reads differently, and puts it right.</summary>
    private async Task WithFileOfDataAsync(string name, string content, Func<Task> act)
    {
        string file;
        await using (var cluster = await StartKeptAsync())
        {
            file = Path.Combine(cluster.Folder, "data", name);
        }

        await ServerProcesses.EndAsync(kept.Path);
        var sound = await File.ReadAllTextAsync(file, Cancellation);
        await File.WriteAllTextAsync(file, content, Cancellation);
        try
        {
            await act();
        }
        finally
        {
            await File.WriteAllTextAsync(file, sound, Cancellation);
        }
    }

    private Task<PrivatePostgres> StartKeptAsync() =>
        PrivatePostgres.StartAsync(ClusterKind.Kept, kept.Path, Cancellation);

    private static async Task<object?> AskAsync(string connectionString, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static void Kill(int process)
    {
        using var running = Process.GetProcessById(process);
        running.Kill();
        running.WaitForExit();
    }
}
