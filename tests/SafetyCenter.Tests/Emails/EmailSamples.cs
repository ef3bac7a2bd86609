using System.Security.Cryptography.X509Certificates;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.Emails;

internal static class EmailSamples
{
    public static readonly Mailbox Sender = Mailbox.Parse("SafetyCenter <safetycenter@example.test>");

    public static readonly DateTimeOffset Date = new(2030, 1, 31, 14, 5, 6, TimeSpan.FromHours(2));

    public static EmailMessage Email(
        string subject = "A key was leaked",
        string text = "Revoke it.",
        string html = "<p>Revoke it.</p>",
        string to = "ann@example.test",
        string messageId = "alert.1@example.test") =>
        new(messageId, to, subject, text, html) { Date = Date };

    public static SmtpOptions OptionsFor(
        SmtpSink sink,
        SmtpTls tls = SmtpTls.None,
        string host = "127.0.0.1",
        string? user = null,
        string? password = null,
        X509Certificate2? trusted = null,
        SmtpTimeouts? timeouts = null) =>
        new(Sender)
        {
            Host = host,
            Port = sink.Port,
            Tls = tls,
            User = user,
            Password = password,
            TrustedRoots = trusted is null ? null : [trusted],
            Timeouts = timeouts ?? SmtpTimeouts.Default,
        };

    /// <summary>Sends one email through a transport of its own.</summary>
    public static async Task SendAsync(SmtpOptions options, EmailMessage? email = null)
    {
        await using var transport = new SmtpTransport(options, TimeProvider.System);
        await transport.SendAsync(email ?? Email(), TestContext.Current.CancellationToken);
    }
}
