using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Gateways;

/// <summary>A service behind nginx that asks SafetyCenter, which trusts nginx's word on addresses.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GatewayStage(TestPostgres postgres) : IAsyncLifetime
{
    private App? _app;
    private Echo? _service;
    private Nginx? _nginx;

    public App App => _app ?? throw new InvalidOperationException("The stage was not built yet.");

    internal Echo Service => _service ?? throw new InvalidOperationException("The stage was not built yet.");

    internal Uri Address => _nginx?.Address ?? throw new InvalidOperationException("There is no nginx.");

    public async ValueTask InitializeAsync()
    {
        _app = await App.StartAsync(postgres, settings: ("Gateway:TrustedProxies", "127.0.0.1, 10.8.0.0/16"));
        _service = await Echo.StartAsync();
        _nginx = await Nginx.StartAsync(_app.Address.Port, _service.Port);
    }

    /// <summary>A client at another address of this machine than the gateway's.</summary>
    public static HttpClient ClientAt(string address) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (connection, cancellation) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, connection.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var one in new IAsyncDisposable?[] { _nginx, _service, _app })
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
