using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// The bytes between us and a mail server: sends, reads whole replies within limits, and changes to TLS. It throws what
/// sockets and streams throw; <see cref="SmtpSession"/> gives that a meaning.
/// </summary>
internal sealed class SmtpConnection : IDisposable
{
    // RFC 5321, section 4.5.3.1.5, allows 512 bytes to a line of a reply; real servers exceed that a little.
    private const int MaximumLineLength = 4096;

    // The longest real reply is that to EHLO, with some twenty lines.
    private const int MaximumLines = 128;

    // Commands are small and each waits for its answer: waiting for more to send along would only cost time.
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly byte[] _buffer = new byte[MaximumLineLength];
    private Stream _stream = Stream.Null;
    private int _start;
    private int _end;

    /// <summary>Whether the server has sent more than it was asked for.</summary>
    public bool HasUnreadBytes => _start < _end;

    public bool IsEncrypted => _stream is SslStream;

    /// <summary>Our own address as the server can see it, unless something between translates it.</summary>
    public IPAddress LocalAddress => ((IPEndPoint)_client.Client.LocalEndPoint!).Address;

    public async Task ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        await _client.ConnectAsync(host, port, cancellationToken);
        _stream = _client.GetStream();
    }

    /// <summary>
    /// The TLS handshake. The certificate must be valid, trusted and made for the host; whether it was revoked is not
    /// asked, since that needs connections to third parties, which a mail server's network seldom allows.
    /// </summary>
    public async Task EncryptAsync(
        string host, X509Certificate2Collection? trustedRoots, CancellationToken cancellationToken)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        if (trustedRoots is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(trustedRoots);
        }

        var encrypted = new SslStream(_stream);
        _stream = encrypted;
        await encrypted.AuthenticateAsClientAsync(options, cancellationToken);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        await _stream.WriteAsync(bytes, cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    /// <summary>One reply, of one or many lines.</summary>
    /// <exception cref="InvalidDataException">It is not SMTP, or exceeds a limit.</exception>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public async Task<SmtpReply> ReceiveAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var replyCode = 0;
        while (lines.Count < MaximumLines)
        {
            var line = await ReadLineAsync(cancellationToken);
            var (code, isLast, text) = SmtpReply.ReadLine(line.Span);
            if (lines.Count > 0 && code != replyCode)
            {
                throw new InvalidDataException("The lines of one reply carry different codes.");
            }

            replyCode = code;
            lines.Add(text);
            if (isLast)
            {
                return new SmtpReply(code, lines);
            }
        }

        throw new InvalidDataException($"The reply has more than {MaximumLines} lines.");
    }

    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }

    // The memory is good until the next call.
    private async Task<ReadOnlyMemory<byte>> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
            }

            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            if (_end == _buffer.Length)
            {
                throw new InvalidDataException($"A line of the reply is longer than {MaximumLineLength} bytes.");
            }

            var received = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (received == 0)
            {
                throw new EndOfStreamException("The server closed the connection.");
            }

            _end += received;
        }
    }
}
