using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using static SafetyCenter.Tests.Emails.EmailSamples;

namespace SafetyCenter.Tests.Emails;

public sealed class SmtpTlsTests
{
    [Theory]
    [InlineData(SmtpTls.StartTls, "localhost")]
    [InlineData(SmtpTls.StartTls, "127.0.0.1")]
    [InlineData(SmtpTls.Implicit, "localhost")]
    [InlineData(SmtpTls.Implicit, "127.0.0.1")]
    public async Task An_email_and_a_password_travel_encrypted(SmtpTls tls, string host)
    {
        using var certificate = TestCertificate.For(["localhost", "127.0.0.1"]);
        await using var sink = new SmtpSink
        {
            Certificate = certificate,
            IsTlsImplicit = tls == SmtpTls.Implicit,
            Account = ("ann", "secret-1"),
            OffersAuthenticationInTheClear = false,
        };

        await SendAsync(OptionsFor(sink, tls, host, "ann", "secret-1", certificate));

        var mail = Assert.Single(sink.Mails);
        Assert.True(mail.WasEncrypted);
        Assert.Equal("ann", mail.User);
    }

    [Fact]
    public async Task What_was_offered_before_encryption_is_forgotten()
    {
        using var certificate = TestCertificate.For(["localhost"]);
        await using var sink = new SmtpSink
        {
            Certificate = certificate,
            Account = ("ann", "secret-1"),
            Mechanisms = "PLAIN",
        };
        var options = OptionsFor(sink, SmtpTls.StartTls, "localhost", "ann", "secret-1", certificate);
        await SendAsync(options);

        var commands = sink.Commands.Select(command => command.Split(' ')[0]);

        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"], commands);
    }

    [Theory]
    [InlineData(SmtpTls.StartTls, "localhost", "mail.example.test")]
    [InlineData(SmtpTls.Implicit, "localhost", "mail.example.test")]
    [InlineData(SmtpTls.StartTls, "127.0.0.1", "localhost")]
    public async Task A_certificate_for_another_host_is_refused(SmtpTls tls, string host, string named)
    {
        using var certificate = TestCertificate.For([named]);

        await IsNotTrustedAsync(tls, host, certificate, "NameMismatch");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        using var certificate = TestCertificate.For(["localhost"], isExpired: true);

        await IsNotTrustedAsync(SmtpTls.StartTls, "localhost", certificate, "NotTimeValid");
    }

    [Fact]
    public async Task A_certificate_that_the_system_does_not_trust_is_refused()
    {
        using var certificate = TestCertificate.For(["localhost"]);
        await using var sink = new SmtpSink { Certificate = certificate };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink, SmtpTls.StartTls, "localhost")));

        Assert.IsType<AuthenticationException>(trouble.InnerException);
        Assert.Equal(["EHLO [127.0.0.1]", "STARTTLS"], sink.Commands.Select(WithoutFamily));
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_nothing_when_it_is_demanded()
    {
        await using var sink = new SmtpSink { Account = ("ann", "secret-1") };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink, SmtpTls.StartTls, user: "ann", password: "secret-1")));

        Assert.Equal(SmtpStage.Tls, trouble.Stage);
        Assert.Contains("offers no STARTTLS", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(["EHLO [127.0.0.1]"], sink.Commands);
    }

    [Fact]
    public async Task A_refused_STARTTLS_is_an_error()
    {
        using var certificate = TestCertificate.For(["localhost"]);
        await using var sink = new SmtpSink { Certificate = certificate };
        sink.Refuse(SmtpSinkStep.StartTls, "454 4.7.0 no TLS today");

        var refusal = await Assert.ThrowsAsync<SmtpRefusedException>(
            () => SendAsync(OptionsFor(sink, SmtpTls.StartTls, "localhost", trusted: certificate)));

        Assert.Equal((SmtpStage.Tls, 454, true), (refusal.Stage, refusal.Code, refusal.IsTransient));
        Assert.DoesNotContain(sink.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plaintext_after_the_reply_to_STARTTLS_is_refused()
    {
        using var certificate = TestCertificate.For(["localhost"]);
        await using var sink = new SmtpSink
        {
            Certificate = certificate,
            InjectedAfterStartTls = "\r\n250-sink.test\r\n250 AUTH PLAIN",
        };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink, SmtpTls.StartTls, "localhost", trusted: certificate)));

        Assert.Equal(SmtpStage.Tls, trouble.Stage);
        Assert.Contains("more than it was asked for", trouble.Message, StringComparison.Ordinal);
        Assert.Empty(sink.Mails);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_TLS_is_a_passing_trouble()
    {
        await using var sink = new SmtpSink();

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink, SmtpTls.Implicit)));

        Assert.Equal(SmtpStage.Tls, trouble.Stage);
    }

    private static async Task IsNotTrustedAsync(
        SmtpTls tls, string host, X509Certificate2 certificate, string reason)
    {
        await using var sink = new SmtpSink { Certificate = certificate, IsTlsImplicit = tls == SmtpTls.Implicit };

        var trouble = await Assert.ThrowsAsync<SmtpUnavailableException>(
            () => SendAsync(OptionsFor(sink, tls, host, trusted: certificate)));

        Assert.Equal(SmtpStage.Tls, trouble.Stage);
        Assert.Contains(reason, trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(sink.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    // "localhost" may be reached by either family, and the greeting names the address.
    private static string WithoutFamily(string command) =>
        command.Replace("[IPv6:::1]", "[127.0.0.1]", StringComparison.Ordinal);
}
