using Npgsql;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Hears from the database which credentials changed, on a connection of its own, and has the directory forget them.
/// The messages are sent by triggers, at commit; see the migration TellCredentialChanges for what they say.
/// </summary>
internal sealed partial class CredentialListener(
    NpgsqlDataSource source, CredentialDirectory directory, TimeProvider time, ILogger<CredentialListener> log)
    : BackgroundService
{
    // Listening a second time changes nothing, and its answer comes after all that was told before: a sign of life.
    private const string Listen = "LISTEN credential_changed";

    private const int HashPayloadLength = 64;

    // After that the connection is given up and a new one is tried.
    private const int AnswerTimeoutSeconds = 5;

    // A third of the lease, so that one late answer does not send every call to the database.
    private static readonly TimeSpan BetweenSigns = CredentialDirectory.Lease / 3;

    private static readonly TimeSpan BeforeTryingAgain = TimeSpan.FromMilliseconds(250);

    private bool _isLossLogged;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Once per loss and not four times a second. Until we hear again, every call asks the database.
                if (!_isLossLogged)
                {
                    _isLossLogged = true;
                    Log.Lost(log, exception);
                }
            }
            finally
            {
                directory.StopTrusting();
            }

            await Task.Delay(BeforeTryingAgain, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => Forget(notification.Payload);
        await using var listen = new NpgsqlCommand(Listen, connection) { CommandTimeout = AnswerTimeoutSeconds };
        await listen.ExecuteNonQueryAsync(cancellationToken);
        directory.StartTrusting(time.GetTimestamp());
        if (_isLossLogged)
        {
            _isLossLogged = false;
            Log.Regained(log);
        }

        while (true)
        {
            // Returns with the first message or when the time is over; either way the messages have been handled.
            await connection.WaitAsync(BetweenSigns, cancellationToken);
            var asked = time.GetTimestamp();
            await listen.ExecuteNonQueryAsync(cancellationToken);
            directory.Heard(asked);
        }
    }

    private void Forget(string payload)
    {
        if (payload.Length == HashPayloadLength)
        {
            directory.Forget(new SecretHash(Convert.FromHexString(payload)));
        }
        else if (Guid.TryParseExact(payload, "D", out var owner))
        {
            directory.ForgetOwnedBy(owner);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning, "Changes of credentials cannot be heard; every verification asks the database.")]
        public static partial void Lost(ILogger logger, Exception exception);

        [LoggerMessage(LogLevel.Information, "Changes of credentials are heard again.")]
        public static partial void Regained(ILogger logger);
    }
}
