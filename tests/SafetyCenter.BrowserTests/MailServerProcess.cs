using System.Diagnostics;
using System.Text.Json;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// A mail server that others wrote, as a process of its own: the npm package smtp-server, run by node. It hands over
/// each letter it took as a line of JSON.
/// </summary>
internal sealed class MailServerProcess : IDisposable
{
    private const string Script = """
        const { SMTPServer } = require('smtp-server');
        const server = new SMTPServer({
          disabledCommands: ['AUTH', 'STARTTLS'],
          disableReverseLookup: true,
          onData: (stream, session, done) => {
            const chunks = [];
            stream.on('data', chunk => chunks.push(chunk));
            stream.on('end', () => { console.log(JSON.stringify(Buffer.concat(chunks).toString('latin1'))); done(); });
          },
        });
        server.on('error', () => {});
        server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
        process.stdin.resume().on('end', () => process.exit());
        """;

    private readonly Process _node;

    private MailServerProcess(Process node, int port) => (_node, Port) = (node, port);

    public int Port { get; }

    public static async Task<MailServerProcess> StartAsync()
    {
        var node = Process.Start(new ProcessStartInfo("node", ["-e", Script])
        {
            WorkingDirectory = Path.Combine(Checkout.Folder, "src/SafetyCenter.Web"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var port = await node.StandardOutput.ReadLineAsync();
        return new MailServerProcess(
            node, int.Parse(port!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The next letter, as soon as it is there.</summary>
    public async Task<SmtpSink.Mail> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var line = await _node.StandardOutput.ReadLineAsync(patience.Token);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Deserialize<string>(line!), System.Text.Encoding.Latin1);
        var letter = SmtpSink.Mail.FromFile(file);
        File.Delete(file);
        return letter;
    }

    public void Dispose()
    {
        _node.Kill();
        _node.Dispose();
    }
}
