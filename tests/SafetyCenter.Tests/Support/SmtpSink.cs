using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// A mail server for tests, in this process, on a loopback port of its own. It keeps what it is sent, and can be told
/// to refuse, to fall silent, to break off or to cheat. The switches may be turned at any time.
/// </summary>
public sealed partial class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Mail> _mails = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly ConcurrentDictionary<SmtpSinkStep, Refusal> _refusals = new();
    private readonly ConcurrentDictionary<TcpClient, Task> _sessions = new();
    private readonly Task _accepting;
    private int _connections;

    public SmtpSink()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The emails that were accepted, oldest first.</summary>
    public IReadOnlyList<Mail> Mails => [.. _mails];

    /// <summary>Every command line in order, passwords included; the message itself is not among them.</summary>
    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>How many connections were opened so far.</summary>
    public int Connections => _connections;

    /// <summary>The certificate to encrypt with; with it STARTTLS is offered, unless TLS is implicit.</summary>
    public X509Certificate2? Certificate { get; set; }

    public bool IsTlsImplicit { get; set; }

    /// <summary>The one account; with it, signing in is offered, and demanded before MAIL.</summary>
    public (string User, string Password)? Account { get; set; }

    /// <summary>How one may sign in, as offered after EHLO.</summary>
    public string Mechanisms { get; set; } = "PLAIN LOGIN";

    /// <summary>Whether signing in is also offered on an unencrypted connection.</summary>
    public bool OffersAuthenticationInTheClear { get; set; } = true;

    /// <summary>A very old server: EHLO is refused, HELO is not.</summary>
    public bool IsHelloOnly { get; set; }

    /// <summary>The largest message in bytes, announced after EHLO (RFC 1870); 0 announces nothing.</summary>
    public int MaximumSize { get; set; }

    /// <summary>At this step the server says nothing more, and keeps the connection open.</summary>
    public SmtpSinkStep? SilentAt { get; set; }

    /// <summary>The connection is closed after the first line of the message.</summary>
    public bool BreaksOffMidData { get; set; }

    /// <summary>Plaintext sent in one go with the reply to STARTTLS, as an attacker would.</summary>
    public string InjectedAfterStartTls { get; set; } = "";

    /// <summary>Further lines of the reply to EHLO.</summary>
    public IReadOnlyList<string> ExtraExtensions { get; set; } = [];

    /// <summary>
    /// Answers with this line instead, the given number of times, where the command holds the given text.
    /// </summary>
    public void Refuse(SmtpSinkStep step, string reply, int times = int.MaxValue, string where = "") =>
        _refusals[step] = new Refusal(reply, times, where);

    /// <summary>Ends what <see cref="Refuse"/> began.</summary>
    public void AcceptAll() => _refusals.Clear();

    /// <summary>Waits until that many emails have come in all, and gives them; fails after ten seconds.</summary>
    public async Task<IReadOnlyList<Mail>> WaitForAsync(int count)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (_mails.Count < count)
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"Of {count} emails, {_mails.Count} came.");
            }

            await Task.Delay(5, CancellationToken.None);
        }

        return Mails;
    }

    /// <summary>Closes every open connection, as a server does that restarts.</summary>
    public void HangUp()
    {
        foreach (var client in _sessions.Keys)
        {
            client.Client.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The loop may be between two connections, and must not find the listener stopped.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_sessions.Values);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _sessions[client] = ServeAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        await Task.Yield();
        try
        {
            client.NoDelay = true;
            using var session = new Session(this, client.GetStream());
            await session.RunAsync(_stop.Token);
        }
        catch (Exception end) when (end
            is IOException or SocketException or AuthenticationException or OperationCanceledException
            or ObjectDisposedException)
        {
            // The client, or the test, is done with this connection; what that means is for the test to judge.
        }
        finally
        {
            client.Dispose();
            _sessions.TryRemove(client, out _);
        }
    }

    private string? RefusalFor(SmtpSinkStep step, string line) =>
        _refusals.TryGetValue(step, out var refusal) && refusal.Applies(line) ? refusal.Reply : null;

    private sealed class Refusal(string reply, int times, string where)
    {
        private int _left = times;

        public string Reply => reply;

        public bool Applies(string line) =>
            line.Contains(where, StringComparison.OrdinalIgnoreCase) && Interlocked.Decrement(ref _left) >= 0;
    }
}

/// <summary>Where a <see cref="SmtpSink"/> can refuse or fall silent.</summary>
public enum SmtpSinkStep
{
    Greeting,
    Hello,
    StartTls,
    Authentication,
    Mail,
    Recipient,
    Data,
    EndOfData,
    Quit,
}
