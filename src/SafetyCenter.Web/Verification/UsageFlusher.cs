using Npgsql;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Writes what the buffer noted: every second, and at shutdown, after the last call was answered. What cannot be
/// written goes back into the buffer, which is bounded, and is tried again.
/// </summary>
public sealed partial class UsageFlusher(
    UsageBuffer buffer,
    TestRefusals refusals,
    NpgsqlDataSource source,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<UsageFlusher> log) : BackgroundService
{
    /// <summary>So many credentials are written in one transaction; more wait when the database was away.</summary>
    private const int CredentialsPerTransaction = 10_000;

    /// <summary>From so many used credentials on we write less often: many busy keys are no busy table.</summary>
    private const int ManyCredentials = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterMany = TimeSpan.FromSeconds(2.5);

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private bool _isFailureLogged;

    /// <summary>Writes everything that was noted before the call.</summary>
    /// <returns>How many credentials had been used.</returns>
    /// <exception cref="Npgsql.NpgsqlException">It could not be written, and is back in the buffer.</exception>
    public async Task<int> FlushAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            await FlushRefusedAsync(cancellationToken);
            var credentials = 0;
            int written;
            do
            {
                written = await FlushOnceAsync(cancellationToken);
                credentials += written;
            }
            while (written == CredentialsPerTransaction);
            return credentials;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await TryFlushAsync(cancellationToken);
        }
        finally
        {
            if (!buffer.IsEmpty)
            {
                Log.LostAtShutdown(log);
            }
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _oneAtATime.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Pause;
        while (true)
        {
            await Task.Delay(pause, time, stoppingToken);
            var credentials = await TryFlushAsync(stoppingToken);
            pause = credentials < ManyCredentials ? Pause : PauseAfterMany;
        }
    }

    private async Task<int> TryFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            var credentials = await FlushAsync(cancellationToken);
            if (buffer.TakeLost() is > 0 and var lost)
            {
                Log.Lost(log, lost);
            }

            _isFailureLogged = false;
            return credentials;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Once, and not every second while the database is away.
            if (!_isFailureLogged)
            {
                _isFailureLogged = true;
                Log.Failed(log, exception);
            }

            return 0;
        }
    }

    private async Task FlushRefusedAsync(CancellationToken cancellationToken)
    {
        var refused = refusals.Take();
        if (refused.Count == 0)
        {
            return;
        }

        var isWritten = false;
        try
        {
            await UsageTable.WriteRefusedAsync(source, refused, cancellationToken);
            isWritten = true;
        }
        finally
        {
            if (!isWritten)
            {
                refusals.TakeBack(refused);
            }
        }
    }

    private async Task<int> FlushOnceAsync(CancellationToken cancellationToken)
    {
        var uses = buffer.Take(CredentialsPerTransaction);
        if (uses.Count == 0)
        {
            return 0;
        }

        var isWritten = false;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<SafetyCenterDb>();
            await UsageTable.WriteAsync(db, uses, time.GetUtcNow(), cancellationToken);
            isWritten = true;
        }
        finally
        {
            // Should the connection have broken while it committed, these are counted twice; that is better than never.
            if (!isWritten)
            {
                buffer.TakeBack(uses);
            }
        }

        return uses.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Uses of credentials could not be written; they are kept and tried again.")]
        public static partial void Failed(ILogger logger, Exception exception);

        [LoggerMessage(
            LogLevel.Error, "{Uses} uses were lost: too many credentials were used while the database was away.")]
        public static partial void Lost(ILogger logger, long uses);

        [LoggerMessage(LogLevel.Error, "The last uses of credentials are lost: they could not be written at shutdown.")]
        public static partial void LostAtShutdown(ILogger logger);
    }
}
