using Npgsql;

namespace SafetyCenter.Web.Emails;

/// <summary>Sends emails as soon as they are written, and those that failed when they are due again.</summary>
public sealed class EmailSender(IServiceScopeFactory scopes, EmailWake wake, ILogger<EmailSender> logger)
    : BackgroundService
{
    /// <summary>How long a retry, or an email that another process wrote, may lie before we look by ourselves.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<EmailOutbox>().SendDueAsync(stoppingToken);
            }
            catch (Exception away) when (away is NpgsqlException or InvalidOperationException
                or Microsoft.EntityFrameworkCore.DbUpdateException && !stoppingToken.IsCancellationRequested)
            {
                logger.LogError(away, "Emails wait: the database is away");
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await wake.WaitAsync(LookAgainAfter, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
