using Quartz;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Starts the schedule with the host, and ends it with the host, letting jobs under way finish; but not at any price.
/// Quartz has a service for that, too, but what a scheduler owes a database that is away it pays before it ends, and so
/// Ctrl-C would be without effect for as long as the database stays away.
/// </summary>
internal sealed class ScheduleRunner(ISchedulerFactory factory, ILogger<ScheduleRunner> logger) : IHostedService
{
    /// <summary>What is cut off after that is done again by another instance, or at the next start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private IScheduler? _scheduler;

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _scheduler = await factory.GetScheduler(cancellationToken);
        await _scheduler.Start(cancellationToken);
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_scheduler is null)
        {
            return;
        }

        try
        {
            await _scheduler.Shutdown(waitForJobsToComplete: true, cancellationToken).AsTask()
                .WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            logger.LogWarning(
                "The schedule does not end within {Seconds} s and is left as it is: a job is still running, or the "
                + "database is away",
                Patience.TotalSeconds);
        }
    }
}
