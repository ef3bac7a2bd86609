namespace SafetyCenter.Web.Emails;

/// <summary>How emails leave: to a mail server, or into a folder where no server is configured.</summary>
public interface IMailTransport
{
    /// <summary>
    /// Hands the email over; returns once the other side has taken responsibility for it. Delivery is at least once:
    /// when the connection breaks after the last byte, the server may have accepted what we must send again.
    /// </summary>
    /// <exception cref="FormatException">The email can never be sent: a bad address or header.</exception>
    /// <exception cref="SmtpRefusedException">The mail server said no, for now or for good.</exception>
    /// <exception cref="SmtpUnavailableException">The mail server could not be reached: try again.</exception>
    /// <exception cref="IOException">The folder could not be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task SendAsync(EmailMessage message, CancellationToken cancellationToken);
}
