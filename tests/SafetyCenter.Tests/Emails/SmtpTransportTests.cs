using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using static SafetyCenter.Tests.Emails.EmailSamples;

namespace SafetyCenter.Tests.Emails;

public sealed class SmtpTransportTests
{
    [Fact]
    public async Task Emails_that_follow_each_other_share_a_connection()
    {
        await using var sink = new SmtpSink();
        await using (var transport = new SmtpTransport(OptionsFor(sink), TimeProvider.System))
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(
                i => transport.SendAsync(Email(to: $"reader{i}@example.test"), Token)));
        }

        Assert.Equal(20, sink.Mails.Select(mail => Assert.Single(mail.Recipients)).Distinct().Count());
        Assert.Equal(1, sink.Connections);
        Assert.Equal("QUIT", sink.Commands[^1]);
    }

    [Fact]
    public async Task An_idle_connection_is_closed_politely_after_half_a_minute()
    {
        await using var sink = new SmtpSink();
        var clock = new ManualTimer();
        await using var transport = new SmtpTransport(OptionsFor(sink), clock);
        await transport.SendAsync(Email(), Token);
        Assert.Equal(TimeSpan.FromSeconds(30), clock.DueIn);

        clock.Fire();
        await UntilAsync(() => sink.Commands[^1] == "QUIT");
        await transport.SendAsync(Email(), Token);

        Assert.Equal(2, sink.Connections);
        Assert.Equal(2, sink.Mails.Count);
    }

    [Fact]
    public async Task A_connection_that_the_server_closed_in_between_is_opened_anew()
    {
        await using var sink = new SmtpSink();
        await using var transport = new SmtpTransport(OptionsFor(sink), TimeProvider.System);
        await transport.SendAsync(Email(), Token);

        sink.HangUp();
        await transport.SendAsync(Email(), Token);
        sink.Refuse(SmtpSinkStep.Mail, "421 4.4.2 idle for too long", times: 1);
        await transport.SendAsync(Email(), Token);

        Assert.Equal(3, sink.Mails.Count);
        Assert.Equal(3, sink.Connections);
    }

    [Fact]
    public async Task A_refused_email_does_not_keep_the_next_from_leaving()
    {
        await using var sink = new SmtpSink();
        await using var transport = new SmtpTransport(OptionsFor(sink), TimeProvider.System);
        sink.Refuse(SmtpSinkStep.Recipient, "550 5.1.1 unknown", where: "eve@");

        await transport.SendAsync(Email(), Token);
        await Assert.ThrowsAsync<SmtpRefusedException>(() => transport.SendAsync(Email(to: "eve@example.test"), Token));
        await transport.SendAsync(Email(), Token);

        Assert.Equal(2, sink.Mails.Count);
    }

    [Fact]
    public async Task An_email_is_not_sent_twice_when_its_acceptance_is_in_doubt()
    {
        await using var sink = new SmtpSink();
        var timeouts = SmtpTimeouts.Default with { EndOfData = TimeSpan.FromSeconds(1) };
        await using var transport = new SmtpTransport(OptionsFor(sink, timeouts: timeouts), TimeProvider.System);
        await transport.SendAsync(Email(), Token);

        sink.SilentAt = SmtpSinkStep.EndOfData;
        await Assert.ThrowsAsync<SmtpUnavailableException>(() => transport.SendAsync(Email(), Token));

        Assert.Equal(1, sink.Connections);
        Assert.Equal(2, sink.Commands.Count(command => command == "DATA"));
    }

    [Fact]
    public async Task A_malformed_email_is_refused_before_anything_is_connected()
    {
        await using var sink = new SmtpSink();
        await using var transport = new SmtpTransport(OptionsFor(sink), TimeProvider.System);

        foreach (var email in new[] { Email(subject: "a\r\nBcc: b@c.test"), Email(to: "a@b.test\r\nDATA") })
        {
            await Assert.ThrowsAsync<FormatException>(() => transport.SendAsync(email, Token));
        }

        Assert.Equal(0, sink.Connections);
    }

    [Fact]
    public async Task After_disposal_nothing_is_sent()
    {
        await using var sink = new SmtpSink();
        var transport = new SmtpTransport(OptionsFor(sink), TimeProvider.System);
        await transport.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => transport.SendAsync(Email(), Token));

        Assert.Equal(0, sink.Connections);
    }

    [Fact]
    public void Options_that_cannot_send_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SmtpTransport(new SmtpOptions(Sender), TimeProvider.System));
        var half = new SmtpOptions(Sender) { Host = "mail.example.test", User = "ann" };
        Assert.Contains("belong together",
            Assert.Throws<ArgumentException>(() => new SmtpTransport(half, TimeProvider.System)).Message,
            StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    /// <summary>A clock with one timer, which fires when the test says so.</summary>
    private sealed class ManualTimer : TimeProvider, ITimer
    {
        private TimerCallback? _callback;

        public TimeSpan DueIn { get; private set; }

        public void Fire() => _callback!(null);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback = callback;
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            DueIn = dueTime;
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
