namespace SafetyCenter.Web.LocalDatabase;

/// <summary>
/// Locks on files between processes. .NET takes them with flock(2), so the kernel drops them when their holder is gone,
/// however it went, and a shell can take them too. A child process does not inherit them (O_CLOEXEC).
/// </summary>
internal static class FileLock
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(10);

    /// <summary>The lock that only one may hold. Makes the file if there is none.</summary>
    public static Task<FileStream> ExclusiveAsync(string file, TimeSpan patience, CancellationToken cancellation) =>
        TakeAsync(() => new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), patience, cancellation);

    /// <summary>The lock that many may hold, while nobody holds the exclusive one. The file must exist.</summary>
    public static Task<FileStream> SharedAsync(string file, TimeSpan patience, CancellationToken cancellation) =>
        TakeAsync(() => new(file, FileMode.Open, FileAccess.Read, FileShare.Read), patience, cancellation);

    /// <summary>Whether anybody holds a lock on the file at this moment. Changes nothing.</summary>
    public static bool IsHeld(string file)
    {
        try
        {
            new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return false;
        }
        catch (IOException held) when (IsRefusal(held))
        {
            return true;
        }
    }

    private static async Task<FileStream> TakeAsync(
        Func<FileStream> open, TimeSpan patience, CancellationToken cancellation)
    {
        var deadline = new Deadline(patience);
        while (true)
        {
            try
            {
                return open();
            }
            catch (IOException held) when (IsRefusal(held))
            {
                if (deadline.HasPassed) throw new TimeoutException("Another process holds a lock for too long.", held);
            }

            await Task.Delay(BetweenTries, cancellation);
        }
    }

    /// <summary>A refused lock is an IOException of no special kind; a missing file or folder has its own.</summary>
    private static bool IsRefusal(IOException exception) => exception.GetType() == typeof(IOException);
}
