using System.Diagnostics;
using SafetyCenter.Web.LocalDatabase;

namespace SafetyCenter.Tests.LocalDatabase;

/// <summary>Another process that uses a kept cluster, until it is killed: this test program, started with a verb.</summary>
internal sealed class ClusterUser : IDisposable
{
    public const string Verb = "use-cluster";

    private readonly Process _process;

    private ClusterUser(Process process, string connectionString) =>
        (_process, ConnectionString) = (process, connectionString);

    public string ConnectionString { get; }

    public static async Task<ClusterUser> StartAsync(string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };

        // Run as "dotnet SafetyCenter.Tests.dll", our process is dotnet, and needs to be told which program.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ClusterUser).Assembly.Location);
        }

        start.ArgumentList.Add(Verb);
        start.ArgumentList.Add(folder);
        var process = Process.Start(start)!;
        var ready = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new(process, ready ?? throw new InvalidOperationException("the second process ended before it was ready"));
    }

    /// <summary>kill -9: the process has no chance to do anything any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What the second process does: uses the cluster until its standard input ends or it is killed.</summary>
    public static async Task HoldAsync(string folder)
    {
        await using var cluster = await PrivatePostgres.StartAsync(ClusterKind.Kept, folder);
        await cluster.EnsureDatabaseAsync("shared");
        await Console.Out.WriteLineAsync(cluster.ConnectionString("shared"));
        await Console.In.ReadLineAsync();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
