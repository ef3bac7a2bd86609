using System.Diagnostics;

namespace SafetyCenter.Tests.Support;

/// <summary>What of PostgreSQL runs on this machine, by the folder it runs in.</summary>
internal static class ServerProcesses
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The numbers of the servers. Not their backends: those write their own words in their command line, and for the moment
    /// before they do they are told by their parent, which is a server itself.
    /// </summary>
    public static List<int> ServersOf(string folder)
    {
        var found = Of(folder).Where(process => process.Words[0].EndsWith("/postgres", StringComparison.Ordinal))
            .Select(process => process.Number).ToList();
        return [.. found.Where(number => !found.Contains(ParentOf(number)))];
    }

    /// <summary>The number of a process's parent; 0 when the process has ended.</summary>
    public static int ParentOf(int process)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ');
            return int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Waits until neither server nor watchdog runs in the folder.</summary>
    /// <returns>How long that took.</returns>
    public static async Task<TimeSpan> EndAsync(string folder)
    {
        var start = Stopwatch.GetTimestamp();
        while (Of(folder).Count > 0)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(start) < Patience,
                "still running: " + string.Join('\n', Of(folder).Select(process => string.Join(' ', process.Words))));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Servers and watchdogs; a dead process whose parent has not looked yet has no command line any more.</summary>
    private static List<(int Number, string[] Words)> Of(string folder)
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
}
