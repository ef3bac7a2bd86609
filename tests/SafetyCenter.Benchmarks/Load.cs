using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SafetyCenter.Benchmarks;

/// <summary>
/// Calls over kept connections, one call at a time on each, as fast as they are answered. HTTP/1.1 by hand over bare
/// sockets, since whatever the client costs is taken from the server beside it.
/// </summary>
internal sealed class Load : IDisposable
{
    /// <summary>Has answers handled by the thread that saw them come.</summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private readonly Served _server;
    private readonly Connection[] _connections;

    public Load(Served server, int connections)
    {
        _server = server;
        _connections = [.. Enumerable.Range(0, connections).Select(_ => new Connection(server.Address))];
    }

    /// <summary>Must be said before the first socket is used.</summary>
    public static void StayOnOneThread() => Environment.SetEnvironmentVariable(InlineCompletions, "1");

    /// <summary>A request that a connection can send again and again.</summary>
    public static byte[] Get(string path, params (string Name, string Value)[] headers)
    {
        var text = new StringBuilder($"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: benchmark/1.0\r\n");
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    /// <summary>Sends the requests in turn for a while.</summary>
    /// <exception cref="InvalidOperationException">Something else than the expected status came back.</exception>
    public async Task<Slice> RunAsync(byte[][] requests, int status, TimeSpan duration)
    {
        var slice = new Slice();
        var processorBefore = _server.ProcessorTime;
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(_connections.Select((connection, index) => Task.Run(
            () => connection.RunAsync(requests, index, _connections.Length, status, end, slice))));
        slice.Duration = Stopwatch.GetElapsedTime(start);
        slice.ProcessorTime = _server.ProcessorTime - processorBefore;
        return slice;
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private sealed class Connection : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _buffer = new byte[512 * 1024];

        public Connection(Uri address) => _socket.Connect(IPAddress.Parse(address.Host), address.Port);

        // One method that goes round, so that a call costs this program no memory.
        public async Task RunAsync(byte[][] requests, int first, int step, int status, long end, Slice slice)
        {
            for (var turn = first; ; turn += step)
            {
                var sent = Stopwatch.GetTimestamp();
                if (sent >= end)
                {
                    return;
                }

                await _socket.SendAsync(requests[turn % requests.Length], SocketFlags.None);
                for (var length = 0; !IsWhole(_buffer.AsSpan(0, length));)
                {
                    var read = await _socket.ReceiveAsync(_buffer.AsMemory(length), SocketFlags.None);
                    length += read > 0 ? read : throw new InvalidOperationException("The server has hung up.");
                }

                if (StatusOf(_buffer) != status)
                {
                    throw new InvalidOperationException(
                        $"Expected {status}: {Encoding.UTF8.GetString(_buffer.AsSpan(0, 400))}");
                }

                slice.Add(Stopwatch.GetElapsedTime(sent));
            }
        }

        public void Dispose() => _socket.Dispose();

        private static int StatusOf(ReadOnlySpan<byte> answer) =>
            Utf8Parser.TryParse(answer["HTTP/1.1 ".Length..], out int status, out _) ? status : 0;

        private static bool IsWhole(ReadOnlySpan<byte> answer)
        {
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0)
            {
                return false;
            }

            var body = answer[(head + 4)..];
            var length = answer[..head].IndexOf("Content-Length: "u8);
            return length < 0
                ? body.EndsWith("0\r\n\r\n"u8)
                : Utf8Parser.TryParse(answer[(length + "Content-Length: ".Length)..], out int bytes, out _)
                    && body.Length >= bytes;
        }
    }
}
