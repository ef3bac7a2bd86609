using System.Globalization;

namespace SafetyCenter.Web.LocalDatabase;

/// <summary>
/// What a cluster without a watchdog may have left behind: a server whose watchdog was killed, or, after a crash or a
/// power cut, a <c>postmaster.pid</c> whose number another program carries by now. PostgreSQL itself refuses to start
/// on both, and in a container, where numbers are few, the second is common.
/// </summary>
internal sealed class LeftoverServer(ClusterFolder folder, ServerAccount account)
{
    private string PidFile => Path.Combine(folder.Data, "postmaster.pid");

    /// <summary>Stops the server if it runs, and removes what only a running one should have.</summary>
    public async Task ClearAwayAsync(PostgresPrograms programs, CancellationToken cancellation)
    {
        if (!File.Exists(PidFile)) return;
        if (await IsOurServerAsync(cancellation))
        {
            // Its users have lost the one who looks after it; Npgsql connects them again to the next.
            await account.RunAsync(
                [programs.PgCtl, "stop", "-D", folder.Data, "-m", "fast", "-w"], input: "", cancellation);
        }
        else
        {
            await account.RunScriptAsync("""rm -f "$1" "$2" """,
                [PidFile, Path.Combine(folder.Socket, ".s.PGSQL.5432.lock")], cancellation);
        }
    }

    /// <summary>Whether the process whose number stands in the file is a server, and of this cluster.</summary>
    private async Task<bool> IsOurServerAsync(CancellationToken cancellation)
    {
        var first = File.ReadLines(PidFile).FirstOrDefault();
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        string commandLine;
        if (Directory.Exists("/proc/self"))
        {
            var file = $"/proc/{number}/cmdline";
            commandLine = File.Exists(file) ? await File.ReadAllTextAsync(file, cancellation) : "";
        }
        else
        {
            commandLine = await account.RunScriptAsync(
                """ps -o command= -p "$1" || true""", [$"{number}"], cancellation);
        }

        return commandLine.Contains(folder.Data, StringComparison.Ordinal);
    }
}
