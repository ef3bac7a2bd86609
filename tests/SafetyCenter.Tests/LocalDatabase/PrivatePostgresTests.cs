using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Npgsql;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Tests.LocalDatabase;

[UnsupportedOSPlatform("windows")]
public sealed class PrivatePostgresTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetycenter-kept-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public PrivatePostgresTests()
    {
        // As in a checkout: others, and so the account that root steps down to, may enter.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    public void Dispose() => _folder.Delete(recursive: true);

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
            Assert.NotEmpty(ServersOf(folder));
        }

        Assert.False(Directory.Exists(folder));
        Assert.Empty(ServersOf(folder));
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
        for (var round = 0; round < 5; round++)
        {
            // The server of the round before may be stopping at this very moment.
            await using var cluster = await StartKeptAsync();
            await cluster.EnsureDatabaseAsync("kept", Cancellation);
            var kept = cluster.ConnectionString("kept");
            await AskAsync(kept, "CREATE TABLE IF NOT EXISTS t (n int)");
            await AskAsync(kept, "INSERT INTO t VALUES (1)");
            Assert.Equal(round + 1L, await AskAsync(kept, "SELECT count(*) FROM t"));
            Assert.Equal("on", await AskAsync(kept, "SHOW fsync"));
        }

        await AssertStoppedAsync();
    }

    [Fact]
    public async Task Two_processes_share_a_server_that_stops_only_when_the_last_is_killed()
    {
        using var first = await ClusterUser.StartAsync(_folder.FullName);
        using var second = await ClusterUser.StartAsync(_folder.FullName);
        Assert.Equal(first.ConnectionString, second.ConnectionString);
        var server = Assert.Single(ServersOf(_folder.FullName));

        await first.KillAsync();

        // Long enough for a server that wrongly stops with its first user (it takes 100 ms) to be found out.
        for (var since = Stopwatch.StartNew(); since.ElapsedMilliseconds < 700;)
        {
            Assert.Equal(1, await AskAsync(second.ConnectionString, "SELECT 1"));
        }

        Assert.Equal(server, Assert.Single(ServersOf(_folder.FullName)));

        await second.KillAsync();
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task Many_processes_that_start_at_once_all_get_the_same_server()
    {
        var users = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ClusterUser.StartAsync(_folder.FullName)));
        Assert.Single(ServersOf(_folder.FullName));

        foreach (var user in users) user.Dispose();
        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_server_whose_watchdog_was_killed_is_replaced_and_its_data_stay()
    {
        using (var user = await ClusterUser.StartAsync(_folder.FullName))
        {
            await AskAsync(user.ConnectionString, "CREATE TABLE t (n int)");
            var orphan = Assert.Single(ServersOf(_folder.FullName));
            Kill(ParentOf(orphan));
            await using var cluster = await StartKeptAsync();
            Assert.Equal(0L, await AskAsync(cluster.ConnectionString("shared"), "SELECT count(*) FROM t"));
            Assert.NotEqual(orphan, Assert.Single(ServersOf(_folder.FullName)));
        }

        await AssertStoppedAsync();
    }

    [Fact]
    public async Task After_a_power_cut_the_number_of_the_old_server_may_belong_to_another_program()
    {
        string data;
        await using (var cluster = await StartKeptAsync())
        {
            data = Path.Combine(cluster.Folder, "data");
            Kill(ParentOf(Assert.Single(ServersOf(_folder.FullName))));
            Kill(Assert.Single(ServersOf(_folder.FullName)));
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

        await AssertStoppedAsync();
    }

    [Fact]
    public async Task A_folder_too_long_or_too_odd_for_a_socket_is_no_hindrance()
    {
        var folder = Path.Combine(_folder.FullName, new string('x', 120), "a,b=c;d 'e'");
        string socket;
        await using (var cluster = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder, Cancellation))
        {
            Assert.StartsWith(folder, cluster.Folder, StringComparison.Ordinal);
            socket = new NpgsqlConnectionStringBuilder(cluster.ConnectionString("postgres")).Host!;
            Assert.Equal(1, await AskAsync(cluster.ConnectionString("postgres"), "SELECT 1"));
        }

        await AssertStoppedAsync();
        Directory.Delete(socket);
    }

    [Fact]
    public async Task A_folder_closed_to_the_account_of_the_server_leads_to_one_that_is_not()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs the server as somebody else.");
        File.SetUnixFileMode(_folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var folder = Path.Combine(_folder.FullName, "postgres");

        string elsewhere;
        await using (var cluster = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder, Cancellation))
        {
            elsewhere = cluster.Folder;
            Assert.StartsWith("/var/tmp/", elsewhere, StringComparison.Ordinal);
            await using var joined = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder, Cancellation);
            Assert.Equal(elsewhere, joined.Folder);
            Assert.Equal(1, await AskAsync(joined.ConnectionString("postgres"), "SELECT 1"));
        }

        await AssertStoppedAsync(elsewhere);
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public async Task Without_server_programs_the_ways_out_are_named()
    {
        var nowhere = new PostgresSearch(NamedFolder: null, Path: [], Roots: []);
        var kept = Path.Combine(_folder.FullName, "postgres");

        var missing = await Assert.ThrowsAsync<PostgresNotFoundException>(
            () => PrivatePostgres.StartAsync(ClusterKind.Kept, kept, nowhere, Cancellation));

        Assert.Contains("apt-get install postgresql", missing.Message, StringComparison.Ordinal);
        Assert.Contains("docker compose up", missing.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__SafetyCenter", missing.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(kept));
    }

    [Fact]
    public async Task A_cluster_of_another_version_is_not_touched()
    {
        await using (await StartKeptAsync())
        {
        }

        await AssertStoppedAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "server/data/PG_VERSION"), "9\n", Cancellation);
        var refused = await Assert.ThrowsAsync<PostgresNotFoundException>(StartKeptAsync);
        Assert.Contains("made by PostgreSQL 9, but only version", refused.Message, StringComparison.Ordinal);
    }

    private Task<PrivatePostgres> StartKeptAsync() =>
        PrivatePostgres.StartAsync(ClusterKind.Kept, _folder.FullName, Cancellation);

    private static async Task<object?> AskAsync(string connectionString, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private async Task AssertStoppedAsync(string? folder = null)
    {
        folder ??= _folder.FullName;
        for (var since = Stopwatch.StartNew(); ProcessesOf(folder).Count > 0; await Task.Delay(20, Cancellation))
        {
            Assert.True(since.Elapsed < Patience, "still running: " + string.Join('\n', ProcessesOf(folder)));
        }
    }

    /// <summary>The numbers of the servers (not their backends, which write their own words in their command line).</summary>
    private static List<int> ServersOf(string folder) =>
        [.. ProcessesOf(folder).Where(process => process.Words[0].EndsWith("/postgres", StringComparison.Ordinal))
            .Select(process => process.Number)];

    /// <summary>Servers and watchdogs; a dead process whose parent has not looked yet has no command line any more.</summary>
    private static List<(int Number, string[] Words)> ProcessesOf(string folder)
    {
        var all = new List<(int, string[])>();
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                try
                {
                    var words = File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0');
                    var isServer = words[0].EndsWith("/postgres", StringComparison.Ordinal)
                        || words.Contains("safetycenter-watchdog");
                    if (isServer && words.Any(word => word.StartsWith(folder, StringComparison.Ordinal)))
                    {
                        all.Add((process.Id, words));
                    }
                }
                catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
                {
                    // It ended while we looked, or is none of our business.
                }
            }
        }

        return all;
    }

    private static int ParentOf(int process) => int.Parse(
        File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture);

    private static void Kill(int process)
    {
        using var running = Process.GetProcessById(process);
        running.Kill();
        running.WaitForExit();
    }
}
