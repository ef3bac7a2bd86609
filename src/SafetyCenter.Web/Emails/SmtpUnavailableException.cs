namespace SafetyCenter.Web.Emails;

/// <summary>
/// There was no usable answer: no connection, a broken one, no reply in time, no trustworthy certificate, no encryption
/// although it is demanded, or something that is not SMTP. Nothing of this is about the email, so it is always worth
/// another attempt. The cause (<see cref="IOException"/>, <see cref="System.Net.Sockets.SocketException"/>,
/// <see cref="System.Security.Authentication.AuthenticationException"/>, <see cref="TimeoutException"/>), where there
/// is one, is the inner exception.
/// </summary>
public sealed class SmtpUnavailableException(SmtpStage stage, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>
    /// How far it had come. Before <see cref="SmtpStage.Data"/>, the server certainly has not accepted the email.
    /// </summary>
    public SmtpStage Stage { get; } = stage;
}
