using Npgsql;

namespace SafetyCenter.Web.Startup;

/// <summary>Tells a database that is away, for a moment or for longer, from everything else that can go wrong.</summary>
public static class DatabaseAway
{
    /// <summary>
    /// Whether the exception, or what lies inside it, says so. EF Core wraps: what saving met in a
    /// <c>DbUpdateException</c>, what a query met in an <see cref="InvalidOperationException"/>, as it may be worth
    /// another try. A deadlock counts too, as the advice is the same: try again.
    /// </summary>
    public static bool Explains(Exception? exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is NpgsqlException { IsTransient: true }
                or PostgresException
                {
                    // Stopped by its operator, crashed, still starting: these end a session under way.
                    SqlState: PostgresErrorCodes.AdminShutdown
                        or PostgresErrorCodes.CrashShutdown
                        or PostgresErrorCodes.CannotConnectNow,
                })
            {
                return true;
            }
        }

        return false;
    }
}
