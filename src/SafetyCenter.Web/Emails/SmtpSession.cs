using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// One conversation with a mail server as a submission client (RFC 5321, 3207, 4954, 6409, 8314):
/// <code>
/// 1. connect; implicit TLS at once                      Connect, Tls
/// 2. 220 greeting; EHLO, or HELO for a very old server  Greeting
/// 3. STARTTLS, then EHLO anew                           Tls, Greeting
/// 4. AUTH PLAIN or LOGIN                                Authentication
/// 5. for each email: MAIL FROM, RCPT TO, DATA           Sender, Recipient, Data
/// 6. QUIT
/// </code>
/// After any failure the session is of no further use. It is not safe for use by two at once.
/// </summary>
public sealed class SmtpSession : IAsyncDisposable
{
    // RFC 5321, section 4.5.3.1.4, without the CRLF.
    private const int MaximumCommandLength = 510;

    private static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(2);

    private readonly SmtpOptions _options;
    private readonly SmtpConnection _connection = new();
    private readonly Dictionary<string, string> _extensions = new(StringComparer.OrdinalIgnoreCase);
    private bool _isUsable;

    private SmtpSession(SmtpOptions options) => _options = options;

    /// <summary>Steps 1 to 4: connected, encrypted and signed in as the options say, and never less.</summary>
    /// <exception cref="SmtpRefusedException">The server said no, above all to the password.</exception>
    /// <exception cref="SmtpUnavailableException">There is no server to be reached or trusted.</exception>
    public static async Task<SmtpSession> OpenAsync(SmtpOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var session = new SmtpSession(options);
        try
        {
            await session.ConnectAsync(cancellationToken);
            await session.IntroduceAsync(cancellationToken);
            if (options.Tls == SmtpTls.StartTls)
            {
                await session.StartTlsAsync(cancellationToken);
            }

            if (options.User is not null)
            {
                await session.AuthenticateAsync(options.User, options.Password ?? "", cancellationToken);
            }

            session._isUsable = true;
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Step 5, for one email; returns once the server has accepted it.</summary>
    /// <param name="sender">The envelope's return address, ASCII.</param>
    /// <param name="recipient">The envelope's recipient, ASCII.</param>
    /// <param name="message">The email as <see cref="MimeWriter"/> writes it.</param>
    /// <param name="cancellationToken">Breaks the session off.</param>
    /// <exception cref="FormatException">The message has line breaks that are not CRLF.</exception>
    /// <exception cref="SmtpRefusedException">The server said no to sender, recipient or message.</exception>
    /// <exception cref="SmtpUnavailableException">The connection broke, or no answer came in time.</exception>
    public async Task SendAsync(
        Mailbox sender, Mailbox recipient, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(recipient);
        var data = SmtpData.Encode(message.Span);
        _isUsable = false;

        // A server that knows the size can refuse at once what it would refuse after the last byte (RFC 1870).
        var size = _extensions.ContainsKey("SIZE")
            ? string.Create(CultureInfo.InvariantCulture, $" SIZE={message.Length}")
            : "";
        await AskAsync(SmtpStage.Sender, $"MAIL FROM:<{sender.Address}>{size}", [250], cancellationToken);
        await AskAsync(SmtpStage.Recipient, $"RCPT TO:<{recipient.Address}>", [250, 251], cancellationToken);
        await AskAsync(SmtpStage.Data, "DATA", [354], cancellationToken);
        await ExchangeAsync(SmtpStage.Data, data, [250], _options.Timeouts.EndOfData, cancellationToken);
        _isUsable = true;
    }

    /// <summary>Says goodbye if the session is still good, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isUsable)
        {
            _isUsable = false;
            try
            {
                using var limit = new CancellationTokenSource(QuitTimeout);
                await AskAsync(SmtpStage.Data, "QUIT", [221], limit.Token);
            }
            catch (Exception trouble) when (trouble
                is SmtpRefusedException or SmtpUnavailableException or OperationCanceledException)
            {
                // Every email was accepted or has failed by now; how the server takes the goodbye changes nothing.
            }
        }

        _connection.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await WithinAsync(
            SmtpStage.Connect,
            _options.Timeouts.Connect,
            token => _connection.ConnectAsync(_options.Host, _options.Port, token),
            cancellationToken);
        if (_options.Tls == SmtpTls.Implicit)
        {
            await EncryptAsync(cancellationToken);
        }

        // The server speaks first, so there is nothing to be sent.
        await ExchangeAsync(SmtpStage.Greeting, default, [220], _options.Timeouts.Step, cancellationToken);
    }

    private async Task IntroduceAsync(CancellationToken cancellationToken)
    {
        // An address literal is valid wherever we run; the name of a machine or container often is no host name.
        var name = Mailbox.Literal(_connection.LocalAddress);
        _extensions.Clear();
        SmtpReply reply;
        try
        {
            reply = await AskAsync(SmtpStage.Greeting, $"EHLO {name}", [250], cancellationToken);
        }
        catch (SmtpRefusedException refusal) when (refusal.Code is 500 or 501 or 502 or 504)
        {
            // It does not know the command, as opposed to not wanting us (RFC 5321, section 4.2.4).
            await AskAsync(SmtpStage.Greeting, $"HELO {name}", [250], cancellationToken);
            return;
        }

        foreach (var line in reply.Lines.Skip(1))
        {
            // "AUTH=" is how servers wrote it before RFC 4954, some to this day.
            var words = line.Split([' ', '='], 2);
            _extensions.TryAdd(words[0], words.Length == 2 ? words[1] : "");
        }
    }

    private async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        if (!_extensions.ContainsKey("STARTTLS"))
        {
            throw new SmtpUnavailableException(SmtpStage.Tls,
                $"The mail server {_options.Host} offers no STARTTLS, and without encryption nothing is sent.");
        }

        await AskAsync(SmtpStage.Tls, "STARTTLS", [220], cancellationToken);
        await EncryptAsync(cancellationToken);

        // What was said before in the clear may be forged, so all is asked anew (RFC 3207, section 4.2).
        await IntroduceAsync(cancellationToken);
    }

    private async Task EncryptAsync(CancellationToken cancellationToken)
    {
        // Bytes that came in the clear would be read as if they had come encrypted (CVE-2011-0411).
        RefuseUnaskedBytes(SmtpStage.Tls);
        await WithinAsync(
            SmtpStage.Tls,
            _options.Timeouts.Step,
            token => _connection.EncryptAsync(_options.Host, _options.TrustedRoots, token),
            cancellationToken);
    }

    private async Task AuthenticateAsync(string user, string password, CancellationToken cancellationToken)
    {
        if (!_connection.IsEncrypted && !_options.IsLoopback)
        {
            throw new SmtpUnavailableException(SmtpStage.Authentication,
                $"The password is not sent to {_options.Host}, because the connection is not encrypted.");
        }

        var offered = _extensions.GetValueOrDefault("AUTH", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (offered.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
        {
            // RFC 4616. A response that is too long for the command goes on a line of its own (RFC 4954, section 4).
            var response = Base64($"\0{user}\0{password}");
            var command = $"AUTH PLAIN {response}";
            if (command.Length > MaximumCommandLength)
            {
                await AskAsync(SmtpStage.Authentication, "AUTH PLAIN", [334], cancellationToken);
                command = response;
            }

            await AskAsync(SmtpStage.Authentication, command, [235], cancellationToken);
        }
        else if (offered.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
        {
            await AskAsync(SmtpStage.Authentication, "AUTH LOGIN", [334], cancellationToken);
            await AskAsync(SmtpStage.Authentication, Base64(user), [334], cancellationToken);
            await AskAsync(SmtpStage.Authentication, Base64(password), [235], cancellationToken);
        }
        else
        {
            throw new SmtpUnavailableException(SmtpStage.Authentication,
                $"The mail server {_options.Host} offers neither AUTH PLAIN nor AUTH LOGIN, so we cannot sign in.");
        }
    }

    private Task<SmtpReply> AskAsync(
        SmtpStage stage, string command, int[] expected, CancellationToken cancellationToken) =>
        ExchangeAsync(
            stage, Encoding.ASCII.GetBytes(command + "\r\n"), expected, _options.Timeouts.Step, cancellationToken);

    private async Task<SmtpReply> ExchangeAsync(
        SmtpStage stage,
        ReadOnlyMemory<byte> bytes,
        int[] expected,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        RefuseUnaskedBytes(stage);
        SmtpReply? reply = null;
        await WithinAsync(stage, limit, ConverseAsync, cancellationToken);

        if (expected.Contains(reply!.Code))
        {
            return reply;
        }

        var text = stage == SmtpStage.Authentication ? WithoutPassword(reply.Text) : reply.Text;
        throw reply.Code >= 400
            ? new SmtpRefusedException(stage, reply.Code, text)
            : new SmtpUnavailableException(stage, $"The mail server made no sense ({stage}): {reply.Code} {text}");

        async Task ConverseAsync(CancellationToken token)
        {
            await _connection.SendAsync(bytes, token);
            reply = await _connection.ReceiveAsync(token);
        }
    }

    private async Task WithinAsync(
        SmtpStage stage, TimeSpan limit, Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        watch.CancelAfter(limit);
        try
        {
            await step(watch.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SmtpUnavailableException(stage,
                $"The mail server {_options.Host}:{_options.Port} was silent for {limit.TotalSeconds} s ({stage}).",
                new TimeoutException());
        }
        catch (Exception trouble) when (trouble
            is IOException or SocketException or AuthenticationException or InvalidDataException)
        {
            throw new SmtpUnavailableException(stage,
                $"The mail server {_options.Host}:{_options.Port} is not usable ({stage}): {trouble.Message}", trouble);
        }
    }

    private void RefuseUnaskedBytes(SmtpStage stage)
    {
        if (_connection.HasUnreadBytes)
        {
            throw new SmtpUnavailableException(stage,
                $"The mail server {_options.Host}:{_options.Port} sent more than it was asked for ({stage}).");
        }
    }

    // A server may quote what it did not understand, and its words end up in logs.
    private string WithoutPassword(string text)
    {
        if (string.IsNullOrEmpty(_options.Password))
        {
            return text;
        }

        var withoutResponse = text.Replace(
            Base64($"\0{_options.User}\0{_options.Password}"), "***", StringComparison.Ordinal);
        return withoutResponse
            .Replace(Base64(_options.Password), "***", StringComparison.Ordinal)
            .Replace(_options.Password, "***", StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
