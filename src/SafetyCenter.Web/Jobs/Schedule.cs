using Quartz;
using SafetyCenter.Web.Findings;

namespace SafetyCenter.Web.Jobs;

/// <summary>Everything that happens by itself, and when.</summary>
public static class Schedule
{
    /// <summary>A job and its times.</summary>
    /// <param name="Name">What the operator calls it.</param>
    /// <param name="Type">What does it.</param>
    /// <param name="Cron">When: seconds, minutes, hours, day, month, weekday; in UTC.</param>
    /// <param name="Purpose">Why.</param>
    public sealed record Entry(string Name, Type Type, string Cron, string Purpose);

    /// <summary>Every job.</summary>
    public static IReadOnlyList<Entry> All { get; } =
    [
        Job<ScanFindings>("scan-findings", "0 7 * * * ?", "Raises and clears findings as time passes."),
        Job<SendLetters>("send-letters", "30 * * * * ?", "Sends emails that are due; the safety net of the sender."),
        Job<RemindContacts>("remind-contacts", "0 20 6 * * ?", "Asks to confirm security contacts every six months."),
        Job<ForgetReports>("forget-reports", "0 40 3 * * ?", "Forgets the hashes of leak reports after 30 days."),
        Job<ForgetSessions>("forget-sessions", "0 50 3 * * ?", "Forgets sessions that have been over for 30 days."),
        Job<ForgetOAuthTokens>(
            "forget-oauth-tokens", "0 30 * * * ?", "Forgets codes and tokens of OAuth apps a day after their time."),
        Job<ForgetOAuthClients>(
            "forget-oauth-clients", "0 15 * * * ?", "Forgets programs that registered themselves and that nobody let in."),
        Job<EndCredentials>("end-credentials", "10 * * * * ?", "Writes down which credentials have come to their end."),
        Job<WarnExpiring>("warn-expiring", "0 11 * * * ?", "Tells people 14, 7 and 1 days before a credential ends."),
        Job<WatchRepositories>("watch-repositories", "50 * * * * ?", "Looks into the watched repositories that are due."),
        Job<FollowAlerts>(
            "follow-alerts", "*/10 * * * * ?", "Revokes what leaked when its time has come, and tells of what is overdue."),
        Job<TellPlaces>("tell-places", "0 25 6 * * ?", "Tells of more places where leaked keys were seen the day before."),
    ];

    /// <summary>
    /// Registers the jobs with Quartz, on our own database: several instances share one schedule, and a job whose
    /// instance dies is taken up by another.
    /// </summary>
    public static void AddJobs(this IServiceCollection services)
    {
        services.AddScoped<FindingsScan>();
        foreach (var job in All)
        {
            services.AddScoped(job.Type);
        }

        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(options =>
            {
                options.InstanceName = "safetycenter";
                options.InstanceId = $"{Environment.MachineName}-{Guid.NewGuid():N}";
            });
            quartz.UseDefaultThreadPool(4);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(postgres => postgres.UseRegisteredDataSource = true);
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = "qrtz_";

                    // When everything else has ended, so has the process, whatever these still want of the database.
                    options.UseBackgroundThreads = true;
                });
                store.ProvisionSchema();
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(5);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(10);
                });
            });
            quartz.AddQuartzHealthChecks(health => health.Tags.Add("ready"));
            quartz.AddJob<ScanFindings>();
            quartz.AddJob<SendLetters>();
            quartz.AddJob<RemindContacts>();
            quartz.AddJob<ForgetReports>();
            quartz.AddJob<ForgetSessions>();
            quartz.AddJob<ForgetOAuthTokens>();
            quartz.AddJob<ForgetOAuthClients>();
            quartz.AddJob<EndCredentials>();
            quartz.AddJob<WarnExpiring>();
            quartz.AddJob<WatchRepositories>();
            quartz.AddJob<FollowAlerts>();
            quartz.AddJob<TellPlaces>();
        });
        services.AddHostedService<ScheduleRunner>();
    }

    private static Entry Job<T>(string name, string cron, string purpose)
        where T : IScheduled => new(name, typeof(T), cron, purpose);

    private static void AddJob<T>(this IQuartzBuilder quartz)
        where T : IScheduled
    {
        var entry = All.Single(entry => entry.Type == typeof(T));
        quartz.ScheduleJob<QuartzJob<T>>(
            trigger => trigger.WithIdentity(entry.Name).WithCronSchedule(entry.Cron, cron => cron
                .InTimeZone(TimeZoneInfo.Utc)
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed)),
            job => job.WithIdentity(entry.Name).WithDescription(entry.Purpose).RequestRecovery());
    }
}

/// <summary>Lets Quartz run a job of ours. One instance runs it at a time.</summary>
[DisallowConcurrentExecution]
public sealed class QuartzJob<T>(T job, ILogger<T> logger) : IJob
    where T : IScheduled
{
    /// <inheritdoc />
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var summary = await job.RunAsync(cancellationToken);
        logger.LogDebug("Done: {@Summary}", summary);
    }
}
