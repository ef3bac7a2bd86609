using System.Net.Sockets;
using System.Text;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using static SafetyCenter.Tests.Emails.EmailSamples;

namespace SafetyCenter.Tests.Emails;

/// <summary>The conversation without encryption; <see cref="SmtpTlsTests"/> has the rest.</summary>
public sealed class SmtpSessionTests
{
    [Fact]
    public async Task An_email_arrives_as_it_was_written()
    {
        await using var sink = new SmtpSink();

        var email = Email(subject: "🔑 נשלח", text: ".\n..dots\n.", to: "Ann <ann@bücher.example>");
        await SendAsync(OptionsFor(sink), email);

        var mail = Assert.Single(sink.Mails);
        Assert.Equal("safetycenter@example.test", mail.Sender);
        Assert.Equal(["ann@xn--bcher-kva.example"], mail.Recipients);
        Assert.Equal("🔑 נשלח", mail.Subject);
        Assert.Equal(".\n..dots\n.", mail.Text);
        Assert.Equal("<p>Revoke it.</p>", mail.Html);
        Assert.Equal("auto-generated", mail.Header("Auto-Submitted"));
        Assert.False(mail.WasEncrypted);
        Assert.Equal(["EHLO", "MAIL", "RCPT", "DATA", "QUIT"], sink.Commands.Select(command => command[..4]));
        Assert.Equal("EHLO [127.0.0.1]", sink.Commands[0]);
    }

    [Fact]
    public async Task Dots_and_long_lines_pass_byte_for_byte()
    {
        await using var sink = new SmtpSink();
        var email = Email(text: $".\n.{new string('.', 3000)}\n.\n", html: new string('x', 300_000));

        await SendAsync(OptionsFor(sink), email);

        Assert.Equal(Encoding.Latin1.GetString(MimeWriter.Write(email, Sender)), Assert.Single(sink.Mails).Raw);
        Assert.Contains("\r\n.\r\n", sink.Mails[0].Raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\n.\r\nMAIL FROM:<eve@example.test>\r\n")]
    [InlineData("a\r")]
    public async Task A_line_break_that_servers_read_differently_is_never_sent(string message)
    {
        await using var sink = new SmtpSink();
        await using var session = await SmtpSession.OpenAsync(OptionsFor(sink), Token);

        await Assert.ThrowsAsync<FormatException>(
            () => session.SendAsync(Sender, Sender, Encoding.ASCII.GetBytes(message), Token));

        Assert.DoesNotContain(sink.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SmtpSinkStep.Greeting, SmtpStage.Greeting)]
    [InlineData(SmtpSinkStep.Hello, SmtpStage.Greeting)]
    [InlineData(SmtpSinkStep.Authentication, SmtpStage.Authentication)]
    [InlineData(SmtpSinkStep.Mail, SmtpStage.Sender)]
    [InlineData(SmtpSinkStep.Recipient, SmtpStage.Recipient)]
    [InlineData(SmtpSinkStep.Data, SmtpStage.Data)]
    [InlineData(SmtpSinkStep.EndOfData, SmtpStage.Data)]
    public async Task A_refusal_tells_stage_code_and_whether_to_try_again(SmtpSinkStep step, SmtpStage stage)
    {
        await using var sink = new SmtpSink { Account = ("ann", "secret-1") };
        var options = OptionsFor(sink, user: "ann", password: "secret-1");

        sink.Refuse(step, "450-4.2.1 come\r\n450 back later");
        var later = await Assert.ThrowsAsync<SmtpRefusedException>(() => SendAsync(options));
        sink.Refuse(step, "554 5.7.1 never");
        var never = await Assert.ThrowsAsync<SmtpRefusedException>(() => SendAsync(options));

        Assert.Equal((stage, 450, true), (later.Stage, later.Code, later.IsTransient));
        Assert.Contains("450 4.2.1 come back later", later.Message, StringComparison.Ordinal);
        Assert.Equal((stage, 554, false), (never.Stage, never.Code, never.IsTransient));
        Assert.Equal(stage is SmtpStage.Recipient or SmtpStage.Data, never.ConcernsThisEmail);
        Assert.Empty(sink.Mails);
    }

    [Theory]
    [InlineData("PLAIN LOGIN", "AUTH PLAIN AGFubgBzZWNyZXQtMQ==")]
    [InlineData("CRAM-MD5 plain", "AUTH PLAIN AGFubgBzZWNyZXQtMQ==")]
    [InlineData("XOAUTH2 LOGIN", "AUTH LOGIN")]
    public async Task One_signs_in_by_what_is_offered(string mechanisms, string command)
    {
        await using var sink = new SmtpSink { Account = ("ann", "secret-1"), Mechanisms = mechanisms };

        await SendAsync(OptionsFor(sink, user: "ann", password: "secret-1"));

        Assert.Equal("ann", Assert.Single(sink.Mails).User);
        Assert.Equal(command, sink.Commands[1]);
    }

    [Fact]
    public async Task A_password_too_long_for_one_command_goes_on_a_line_of_its_own()
    {
        var password = new string('p', 600);
        await using var sink = new SmtpSink { Account = ("ann", password) };

        await SendAsync(OptionsFor(sink, user: "ann", password: password));

        Assert.Equal("ann", Assert.Single(sink.Mails).User);
        Assert.Equal("AUTH PLAIN", sink.Commands[1]);
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task A_refused_password_is_an_error_and_nothing_is_sent_after_it(string mechanism)
    {
        await using var sink = new SmtpSink { Account = ("ann", "right"), Mechanisms = mechanism };

        var refusal = await Assert.ThrowsAsync<SmtpRefusedException>(
            () => SendAsync(OptionsFor(sink, user: "ann", password: "wrong-secret")));

        Assert.Equal((SmtpStage.Authentication, 535, false), (refusal.Stage, refusal.Code, refusal.IsTransient));
        Assert.Contains("wrong password ***", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", refusal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(sink.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_offers_no_way_to_sign_in_is_an_error()
    {
        await using var sink = new SmtpSink { Account = ("ann", "secret-1"), Mechanisms = "CRAM-MD5 GSSAPI" };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink, user: "ann", password: "secret-1")));

        Assert.Equal(SmtpStage.Authentication, trouble.Stage);
        Assert.DoesNotContain(sink.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_is_not_sent_in_the_clear_to_a_host_that_is_not_this_machine_by_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux reaches itself by an address that is not loopback.");
        await using var sink = new SmtpSink { Account = ("ann", "secret-1") };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SmtpSession.OpenAsync(OptionsFor(sink, host: "0.0.0.0", user: "ann", password: "secret-1"), Token));

        Assert.Equal(SmtpStage.Authentication, trouble.Stage);
        Assert.DoesNotContain(sink.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_very_old_server_is_greeted_with_HELO()
    {
        await using var sink = new SmtpSink { IsHelloOnly = true };

        await SendAsync(OptionsFor(sink));

        Assert.Single(sink.Mails);
        Assert.Equal("HELO [127.0.0.1]", sink.Commands[1]);
    }

    [Fact]
    public async Task The_size_is_told_to_a_server_that_asks_for_it()
    {
        await using var sink = new SmtpSink { MaximumSize = 1000 };

        await SendAsync(OptionsFor(sink));

        var size = Assert.Single(sink.Mails).Raw.Length;
        Assert.Contains($"MAIL FROM:<safetycenter@example.test> SIZE={size}", sink.Commands);
    }

    [Fact]
    public async Task A_server_that_breaks_off_mid_data_is_a_passing_trouble()
    {
        await using var sink = new SmtpSink { BreaksOffMidData = true };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink), Email(text: new string('x', 3_000_000))));

        Assert.Equal(SmtpStage.Data, trouble.Stage);
        Assert.IsAssignableFrom<IOException>(trouble.InnerException);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_a_passing_trouble()
    {
        var sink = new SmtpSink();
        var options = OptionsFor(sink);
        await sink.DisposeAsync();

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(() => SendAsync(options));

        Assert.Equal(SmtpStage.Connect, trouble.Stage);
        Assert.IsType<SocketException>(trouble.InnerException);
    }

    // All at once, so that each can have a second for the steps before it on a busy machine.
    [Fact]
    public async Task A_server_that_falls_silent_at_any_step_is_given_up_in_time()
    {
        await Task.WhenAll(
            IsGivenUpAsync(SmtpSinkStep.Greeting, SmtpStage.Greeting),
            IsGivenUpAsync(SmtpSinkStep.Hello, SmtpStage.Greeting),
            IsGivenUpAsync(SmtpSinkStep.Mail, SmtpStage.Sender),
            IsGivenUpAsync(SmtpSinkStep.Recipient, SmtpStage.Recipient),
            IsGivenUpAsync(SmtpSinkStep.Data, SmtpStage.Data),
            IsGivenUpAsync(SmtpSinkStep.EndOfData, SmtpStage.Data));

        static async Task IsGivenUpAsync(SmtpSinkStep step, SmtpStage stage)
        {
            await using var sink = new SmtpSink { SilentAt = step };
            var brief = TimeSpan.FromSeconds(1);
            var options = OptionsFor(sink, timeouts: SmtpTimeouts.Default with { Step = brief, EndOfData = brief });

            var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(() => SendAsync(options))
                .WaitAsync(Soon, Token);

            Assert.Equal(stage, trouble.Stage);
            Assert.IsType<TimeoutException>(trouble.InnerException);
        }
    }

    [Fact]
    public async Task An_email_as_a_whole_is_given_up_in_time()
    {
        await using var sink = new SmtpSink { SilentAt = SmtpSinkStep.Data };
        var timeouts = SmtpTimeouts.Default with { Email = TimeSpan.FromMilliseconds(300) };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink, timeouts: timeouts))).WaitAsync(Soon, Token);

        Assert.IsType<TimeoutException>(trouble.InnerException);
    }

    [Theory]
    [InlineData(SmtpSinkStep.Greeting)]
    [InlineData(SmtpSinkStep.EndOfData)]
    public async Task A_silent_server_can_be_left_by_cancelling(SmtpSinkStep step)
    {
        await using var sink = new SmtpSink { SilentAt = step };
        await using var transport = new SmtpTransport(OptionsFor(sink), TimeProvider.System);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        var sending = transport.SendAsync(Email(), cancellation.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending).WaitAsync(Soon, Token);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2", "does not speak SMTP")]
    [InlineData("22é", "does not speak SMTP")]
    [InlineData("199 low", "does not speak SMTP")]
    [InlineData("220+plus", "does not speak SMTP")]
    [InlineData("220-a\r\n221 b", "different codes")]
    [InlineData("250 not yet", "made no sense")]
    [InlineData("220 early\r\n250 bird", "more than it was asked for")]
    public async Task What_is_no_greeting_is_a_passing_trouble(string greeting, string sentence)
    {
        await using var sink = new SmtpSink();
        sink.Refuse(SmtpSinkStep.Greeting, greeting);

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(() => SendAsync(OptionsFor(sink)));

        Assert.Equal(SmtpStage.Greeting, trouble.Stage);
        Assert.Contains(sentence, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_reply_is_cut_off()
    {
        await using var sink = new SmtpSink();

        sink.Refuse(SmtpSinkStep.Hello, $"250-{new string('x', 5000)}\r\n250 ok");
        var longLine = await Assert.ThrowsAsync<SmtpUnavailableException>(() => SendAsync(OptionsFor(sink)));
        sink.Refuse(SmtpSinkStep.Hello, string.Concat(Enumerable.Repeat("250-x\r\n", 500)) + "250 ok");
        var manyLines = await Assert.ThrowsAsync<SmtpUnavailableException>(() => SendAsync(OptionsFor(sink)));

        Assert.Contains("longer than 4096 bytes", longLine.Message, StringComparison.Ordinal);
        Assert.Contains("more than 128 lines", manyLines.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_and_many_lines_within_the_limits_are_read()
    {
        await using var sink = new SmtpSink
        {
            ExtraExtensions = [.. Enumerable.Range(0, 100).Select(i => $"X{i} {new string('x', 3000)}"), "SIZE"],
        };

        await SendAsync(OptionsFor(sink));

        Assert.Contains("SIZE=", sink.Commands[1], StringComparison.Ordinal);
    }

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
