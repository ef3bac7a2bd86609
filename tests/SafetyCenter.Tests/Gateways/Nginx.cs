using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using SafetyCenter.Tests.House;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Gateways;

/// <summary>
/// A real nginx with the configuration that <c>docs/gateways</c> shows, but for the three ports. It ends when this process
/// does, however that ends.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class Nginx : IAsyncDisposable
{
    private const string RequiredVariable = "SAFETYCENTER_REQUIRE_NGINX";

    // nginx may not outlive us: the shell ends it when its own standard input ends, which needs nobody's doing.
    private const string UntilInputEnds = """
        "$@" </dev/null &
        cat >/dev/null
        kill -TERM $!
        wait $!
        """;

    private readonly KeptFolder _folder = new();
    private readonly Process _shell;
    private readonly StringBuilder _errors = new();

    private Nginx(string program, int safetyCenter, int service)
    {
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        var configuration = Path.Combine(_folder.Path, "nginx.conf");
        File.WriteAllText(configuration, Configuration(safetyCenter, service, Address.Port));
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "-c", UntilInputEnds, "sh",
                program, "-p", _folder.Path, "-c", configuration, "-e", "stderr", "-g", "daemon off;",
            },
        };
        _shell = new Process { StartInfo = start };
        _shell.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        _shell.Start();
        _shell.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Ends the test as skipped, or failed where nginx is required, when there is none.</summary>
    public static void SkipWithoutNginx()
    {
        if (Program() is not null)
        {
            return;
        }

        const string missing = "No nginx was found (Debian: apt-get install nginx-light).";
        if (Environment.GetEnvironmentVariable(RequiredVariable) == "1")
        {
            Assert.Fail($"{missing} {RequiredVariable} is 1.");
        }

        Assert.Skip(missing);
    }

    /// <summary>Starts it, and waits until it listens; null where there is none.</summary>
    public static async Task<Nginx?> StartAsync(int safetyCenter, int service)
    {
        if (Program() is not { } program)
        {
            return null;
        }

        var nginx = new Nginx(program, safetyCenter, service);
        await Eventually.IsTrueAsync(nginx.ListensAsync, "nginx listens");
        return nginx;
    }

    /// <summary>A port that nobody listens on at the moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
        _folder.Dispose();
    }

    private static string? Program() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, "nginx"))
            .FirstOrDefault(File.Exists);

    private static string Configuration(int safetyCenter, int service, int own)
    {
        var text = File.ReadAllText(Path.Combine(Sources.Root, "docs", "gateways", "nginx.conf"));
        foreach (var (documented, actual) in new[] { (5080, safetyCenter), (9000, service), (8080, own) })
        {
            var parts = text.Split($"127.0.0.1:{documented};");
            Assert.Equal(2, parts.Length);
            text = string.Join($"127.0.0.1:{actual};", parts);
        }

        return text;
    }

    private async Task<bool> ListensAsync()
    {
        Assert.False(_shell.HasExited, $"nginx does not start: {_errors}");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
