using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SafetyCenter.Tests.Gateways;

/// <summary>A server on a loopback port that keeps what reaches it, and answers with a status.</summary>
internal sealed class Echo : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly ConcurrentQueue<Heard> _heard = new();

    private Echo(int status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _host = builder.Build();
        _host.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            _heard.Enqueue(new Heard(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                context.Request.Headers.ToDictionary(
                    header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                await body.ReadToEndAsync(context.RequestAborted)));
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("from the service", context.RequestAborted);
        });
    }

    public int Port => new Uri(_host.Urls.Single()).Port;

    /// <summary>What has reached it under an address, oldest first.</summary>
    public IReadOnlyList<Heard> HeardAt(string address) =>
        [.. _heard.Where(call => call.Address.StartsWith(address, StringComparison.Ordinal))];

    public static async Task<Echo> StartAsync(int status = 200)
    {
        var echo = new Echo(status);
        await echo._host.StartAsync();
        return echo;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(new CancellationToken(canceled: true));
        await _host.DisposeAsync();
    }
}

/// <summary>A call as it came.</summary>
internal sealed record Heard(string Method, string Address, IReadOnlyDictionary<string, string> Headers, string Body);
