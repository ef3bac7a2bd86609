using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using static SafetyCenter.Tests.Emails.EmailSamples;

namespace SafetyCenter.Tests.Emails;

/// <summary>
/// Sends to a mail server that others wrote: the npm package smtp-server, run by node, where both are installed. Our
/// own sink could share a misunderstanding with our own client.
/// </summary>
public sealed class SmtpServerPackageTests
{
    private const string Server = """
        const { SMTPServer } = require('smtp-server');
        const implicit = process.env.SINK_TLS === 'Implicit';
        const server = new SMTPServer({
          secure: implicit,
          key: process.env.SINK_KEY,
          cert: process.env.SINK_CERTIFICATE,
          disableReverseLookup: true,
          authMethods: [process.env.SINK_MECHANISM],
          onAuth: (auth, session, done) => auth.username === 'ann' && auth.password === 'pässword'
            ? done(null, { user: auth.username }) : done(new Error('Invalid username or password')),
          onData: (stream, session, done) => {
            const chunks = [];
            stream.on('data', chunk => chunks.push(chunk));
            stream.on('end', () => {
              console.log(JSON.stringify({
                sender: session.envelope.mailFrom.address,
                recipients: session.envelope.rcptTo.map(recipient => recipient.address),
                secure: session.secure,
                user: session.user,
                raw: Buffer.concat(chunks).toString('latin1'),
              }));
              done();
            });
          },
        });
        server.on('error', () => {});
        server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
        process.stdin.resume().on('end', () => process.exit());
        """;

    [Theory]
    [InlineData(SmtpTls.StartTls, "PLAIN")]
    [InlineData(SmtpTls.StartTls, "LOGIN")]
    [InlineData(SmtpTls.Implicit, "PLAIN")]
    public async Task An_email_arrives_at_a_server_of_others(SmtpTls tls, string mechanism)
    {
        using var certificate = TestCertificate.For(["localhost"]);
        using var node = StartNode(tls, mechanism, certificate);
        var port = int.Parse(await ReadLineAsync(node), System.Globalization.CultureInfo.InvariantCulture);
        var options = new SmtpOptions(Sender)
        {
            Host = "localhost",
            Port = port,
            Tls = tls,
            User = "ann",
            Password = "pässword",
            TrustedRoots = [certificate],
        };
        var email = Email(subject: "🔑 נשלח", text: ".\n..dots\n.\nend", to: "Ann <ann@bücher.example>");

        await SendAsync(options, email);

        using var received = JsonDocument.Parse(await ReadLineAsync(node));
        var root = received.RootElement;
        Assert.Equal("safetycenter@example.test", root.GetProperty("sender").GetString());
        Assert.Equal("ann@bücher.example", Unicode(Assert.Single(root.GetProperty("recipients").EnumerateArray())));
        Assert.True(root.GetProperty("secure").GetBoolean());
        Assert.Equal("ann", root.GetProperty("user").GetString());
        var expected = Encoding.Latin1.GetString(MimeWriter.Write(email, Sender));
        Assert.Equal(expected, root.GetProperty("raw").GetString());
        node.StandardInput.Close();
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    // Whether the server shows an international domain decoded is its own affair.
    private static string Unicode(JsonElement address)
    {
        var parts = address.GetString()!.Split('@');
        return $"{parts[0]}@{new System.Globalization.IdnMapping().GetUnicode(parts[1])}";
    }

    private static Process StartNode(SmtpTls tls, string mechanism, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        var start = new ProcessStartInfo("node", ["-e", Server])
        {
            WorkingDirectory = WebFolder(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["SINK_TLS"] = tls.ToString(),
                ["SINK_MECHANISM"] = mechanism,
                ["SINK_KEY"] = key.ExportPkcs8PrivateKeyPem(),
                ["SINK_CERTIFICATE"] = certificate.ExportCertificatePem(),
            },
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("node is not installed.");
            throw;
        }
    }

    private static string WebFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "SafetyCenter.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        var web = Path.Combine(folder ?? "", "src", "SafetyCenter.Web");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(web, "node_modules", "smtp-server")),
            "The npm package smtp-server is not installed in src/SafetyCenter.Web.");
        return web;
    }

    private static async Task<string> ReadLineAsync(Process node) =>
        await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)
        ?? throw new InvalidOperationException("The mail server ended.");
}
