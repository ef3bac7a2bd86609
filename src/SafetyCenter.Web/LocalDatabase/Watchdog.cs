using System.Diagnostics;

namespace SafetyCenter.Web.LocalDatabase;

/// <summary>
/// A small shell program that runs the server and stops it when the last process that uses the cluster has gone, also
/// when that was killed with -9. It works like this:
/// <list type="number">
///   <item>Every process that uses the cluster holds a shared lock on <c>users.lock</c>.</item>
///   <item>The watchdog waits for the exclusive lock on the same file: it gets it when nobody holds the other.</item>
///   <item>It keeps it until the server has stopped. So who comes in that moment waits for its shared lock, finds no
///   watchdog, and starts a new one; nobody can join a server that is about to stop.</item>
/// </list>
/// It and the server stand in a session of their own (setsid, where it exists), so that Ctrl-C in a terminal reaches
/// the program alone, which may need the database to finish its work.
/// </summary>
internal static class Watchdog
{
    // $1 postgres, $2 the cluster's folder, $3 the signal that stops the server, $4 not empty: remove the folder too.
    // Descriptor 9 carries the lock: who inherits it shares it, so everything that may outlive us closes it.
    private const string Script = """
        exec </dev/null >"$2/log" 2>&1 8<"$2/watchdog.lock" 9<"$2/users.lock"
        trap '' INT HUP
        postgres=$1 home=$2 signal=$3 remove=$4

        # flock is part of util-linux; macOS has none, but has perl. Both lock the descriptor we share with them.
        if command -v flock >/dev/null; then
          lock() { exec flock "$1"; }
        elif command -v perl >/dev/null; then
          lock() { exec perl -e 'open(my $file, "<&=", $ARGV[0]) or die $!; flock($file, 2) or die $!' "$1"; }
        else
          echo "neither flock nor perl is here to watch over the server"
          exit 1
        fi
        (lock 8) || exit 1

        "$postgres" -D "$home/data" 8<&- 9<&- &
        server=$!
        (
          exec 8<&-
          (lock 9) &
          lock=$!
          trap 'kill $lock; exit' TERM
          wait $lock
          trap - TERM
          : >"$home/unused"
          # Twice: a server that is just starting may not listen to signals yet.
          kill -s "$signal" $server && sleep 1 9<&- && kill -s "$signal" $server
        ) &
        waiter=$!
        wait $server
        kill $waiter
        # A server that ended by itself leaves its folder, and in it its last words, to those who use it.
        if [ "$remove" ] && [ -e "$home/unused" ]; then rm -rf "$home"; fi
        """;

    private static readonly string[] SetSidPlaces = ["/usr/bin/setsid", "/bin/setsid"];

    /// <summary>Starts it, and with it the server. The caller already holds a shared lock on <c>users.lock</c>.</summary>
    public static Process Start(PostgresPrograms programs, ClusterFolder folder, ServerAccount account, ClusterKind kind)
    {
        // Throwing the data away needs no care; keeping them does, but not patience with open connections.
        var (signal, remove) = kind == ClusterKind.Disposable ? ("QUIT", "remove") : ("INT", "");
        var command = account.Command(
            "/bin/sh", "-c", Script, "safetycenter-watchdog", programs.Postgres, folder.Home, signal, remove);
        if (SetSidPlaces.FirstOrDefault(File.Exists) is { } setsid)
        {
            command.ArgumentList.Insert(0, command.FileName);
            command.FileName = setsid;
        }

        return Process.Start(command) ?? throw new InvalidOperationException($"{command.FileName} did not start.");
    }
}
