using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Web.LocalDatabase;

/// <summary>
/// The folder of a cluster, as the server's account owns it (mode 0700), and what lies in it:
/// <code>
///   data/           PostgreSQL's own
///   s/              the socket; short, because a socket's whole path may have 107 bytes (macOS: 103)
///   users.lock      shared lock: one per process that uses the cluster
///   watchdog.lock   exclusive lock of the watchdog, so that there is one
///   log             what server and watchdog said since the last start
/// </code>
/// </summary>
internal sealed record ClusterFolder(string Home, string Socket)
{
    private const int MaximumSocketPathBytes = 103;

    /// <summary>Both survive a process; /var/tmp also survives a reboot. TMPDIR is not asked: it differs by process.</summary>
    private const string KeptTemporary = "/var/tmp", Temporary = "/tmp";

    public string Data => Path.Combine(Home, "data");
    public string UsersLock => Path.Combine(Home, "users.lock");
    public string WatchdogLock => Path.Combine(Home, "watchdog.lock");
    public string Log => Path.Combine(Home, "log");

    /// <summary>The major version that made the data, or null when there are none yet.</summary>
    public int? MadeBy()
    {
        var file = Path.Combine(Data, "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Trim().Split('.')[0], null) : null;
    }

    /// <summary>A new folder that nobody else knows, for a cluster that is thrown away.</summary>
    public static async Task<ClusterFolder> NewAsync(ServerAccount account, CancellationToken cancellation)
    {
        // The first of these that the server's account can write to; a TMPDIR below /root is no place for it.
        const string make = """
            for parent in "$@"; do
              mktemp -d "$parent/safetycenter-XXXXXXXX" 2>/dev/null && exit 0
            done
            echo "no folder for temporary files can be written to" >&2
            exit 1
            """;
        string[] parents = [Path.GetTempPath().TrimEnd('/'), Temporary, KeptTemporary];
        var shortEnough = parents.Where(parent => FitsSocket(Path.Combine(parent, "safetycenter-12345678", "s")));
        return await InAsync(await account.RunScriptAsync(make, shortEnough, cancellation), account, cancellation);
    }

    /// <summary>
    /// The folder of a kept cluster: <c>server</c> below <paramref name="folder"/>. When we are root and the server's
    /// account cannot get there (a checkout below /root, which is closed to others), it lies in a new folder below
    /// /var/tmp, and the file <c>location</c> says in which. Deleting <paramref name="folder"/> thus always means
    /// starting anew, also for a checkout at the same place later. To choose the place, set Data__Folder.
    /// Call it under the start lock: it is not safe against itself.
    /// </summary>
    /// <exception cref="InvalidOperationException">The folder belongs to somebody else.</exception>
    public static async Task<ClusterFolder> KeptAsync(string folder, ServerAccount account, CancellationToken cancellation)
    {
        var home = Path.Combine(folder, "server");
        if (account.Name is { } name && !await account.AgreesAsync("""cd "$1" 2>/dev/null""", [folder], cancellation))
        {
            var location = Path.Combine(folder, "location");
            home = File.Exists(location) ? (await File.ReadAllTextAsync(location, cancellation)).Trim() : "";
            if (!Directory.Exists(home))
            {
                const string make = """mktemp -d "$1/safetycenter-XXXXXXXX" """;
                home = await account.RunScriptAsync(make, [KeptTemporary], cancellation);
                await File.WriteAllTextAsync(location, home + "\n", cancellation);
            }
        }
        else if (!Directory.Exists(home))
        {
            // It gets its name when it has its owner: a start that is broken off must not leave one that nobody can use.
            var unfinished = Directory.CreateDirectory(home + ".new");
            if (account.Name is { } owner) await ChangeOwnerAsync(unfinished.FullName, owner, cancellation);
            unfinished.MoveTo(home);
        }

        return await InAsync(home, account, cancellation);
    }

    private static async Task<ClusterFolder> InAsync(string home, ServerAccount account, CancellationToken cancellation)
    {
        var socket = Path.Combine(home, "s");
        if (!FitsSocket(socket))
        {
            // The name follows from the home, so that every process finds the same folder.
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)))[..16];
            socket = Path.Combine(Temporary, "safetycenter-" + hash);
        }

        // Anybody may make folders in the places for temporary files, so a folder counts only when it is a real one and
        // ours. -O asks for the owner; with mode 0700 nobody else can put anything into it or answer on its socket.
        const string prepare = """
            umask 077
            [ -d "$2" ] || mkdir "$2" 2>/dev/null
            for folder in "$1" "$2"; do
              if [ -L "$folder" ] || [ ! -d "$folder" ] || [ ! -O "$folder" ]; then
                echo "$folder belongs to somebody else; run as that user, or delete it, or set Data__Folder" >&2
                exit 1
              fi
              chmod 0700 "$folder"
            done
            : >>"$1/users.lock"
            : >>"$1/watchdog.lock"
            """;
        await account.RunScriptAsync(prepare, [home, socket], cancellation);
        return new(home, socket);
    }

    /// <summary>Whether PostgreSQL and Npgsql both take it: short, and without what separates hosts in their lists.</summary>
    private static bool FitsSocket(string folder) =>
        Encoding.UTF8.GetByteCount(folder + "/.s.PGSQL.5432") <= MaximumSocketPathBytes
        && folder.All(letter => char.IsLetterOrDigit(letter) || "/._- +".Contains(letter, StringComparison.Ordinal));

    /// <summary>As root, which is who we are when there is another account.</summary>
    private static async Task ChangeOwnerAsync(string folder, string owner, CancellationToken cancellation)
    {
        using var process = System.Diagnostics.Process.Start("chown", ["--", owner, folder]);
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{folder} could not be given to {owner}.");
    }
}
