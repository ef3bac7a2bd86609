namespace SafetyCenter.Web.Emails;

/// <summary>
/// Sends emails to a mail server, one after another. The session stays open for half a minute, because emails often
/// come in bunches and opening costs more than sending; after any failure it is closed.
/// </summary>
public sealed class SmtpTransport : IMailTransport, IAsyncDisposable
{
    /// <summary>Servers hang up after minutes of silence (RFC 5321, section 4.5.3.2.7); we leave before.</summary>
    internal static readonly TimeSpan MaximumIdleTime = TimeSpan.FromSeconds(30);

    private readonly SmtpOptions _options;
    private readonly ITimer _idleTimer;
    private readonly SemaphoreSlim _turn = new(1);
    private SmtpSession? _idle;
    private bool _isDisposed;

    /// <summary>Nothing is connected until the first email.</summary>
    /// <param name="options">With a host.</param>
    /// <param name="clock">For the time that a session stays open unused.</param>
    public SmtpTransport(SmtpOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        if (options.Host.Length == 0 || options.Failures().Any())
        {
            throw new ArgumentException(
                $"These options cannot send an email. {string.Join(' ', options.Failures())}", nameof(options));
        }

        _options = options;
        _idleTimer = clock.CreateTimer(
            _ => _ = CloseIdleSessionAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public async Task SendAsync(EmailMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var mime = MimeWriter.Write(message, _options.From);
        var recipient = Mailbox.Parse(message.To);

        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_options.Timeouts.Email);
            await SendInTurnAsync(recipient, mime, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SmtpUnavailableException(SmtpStage.Data,
                $"The mail server {_options.Host}:{_options.Port} is too slow: an email took longer than "
                + $"{_options.Timeouts.Email.TotalSeconds} s.", new TimeoutException());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for an email that is under way, then says goodbye to the server.</summary>
    public async ValueTask DisposeAsync()
    {
        await _idleTimer.DisposeAsync();
        await _turn.WaitAsync();
        _isDisposed = true;
        _turn.Release();
        await CloseIdleSessionAsync();
    }

    private async Task SendInTurnAsync(Mailbox recipient, byte[] mime, CancellationToken cancellationToken)
    {
        if (TakeIdleSession() is { } idle)
        {
            try
            {
                await SendOverAsync(idle, recipient, mime, cancellationToken);
                return;
            }
            catch (Exception trouble) when (trouble
                is SmtpUnavailableException { Stage: SmtpStage.Sender }
                or SmtpRefusedException { Stage: SmtpStage.Sender, Code: 421 })
            {
                // The server had closed the session in the meantime, which it may. Nothing was handed over yet.
            }
        }

        var session = await SmtpSession.OpenAsync(_options, cancellationToken);
        await SendOverAsync(session, recipient, mime, cancellationToken);
    }

    private async Task SendOverAsync(
        SmtpSession session, Mailbox recipient, byte[] mime, CancellationToken cancellationToken)
    {
        try
        {
            await session.SendAsync(_options.From, recipient, mime, cancellationToken);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }

        _idle = session;
        _idleTimer.Change(MaximumIdleTime, Timeout.InfiniteTimeSpan);
    }

    private SmtpSession? TakeIdleSession()
    {
        _idleTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var session = _idle;
        _idle = null;
        return session;
    }

    // Closing a session does not throw, so nobody needs to await this.
    private async Task CloseIdleSessionAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (TakeIdleSession() is { } session)
            {
                await session.DisposeAsync();
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
