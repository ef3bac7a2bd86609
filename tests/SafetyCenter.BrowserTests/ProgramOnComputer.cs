using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace SafetyCenter.BrowserTests;

/// <summary>A program on somebody's computer that waits for their browser to come back (RFC 8252, 7.3).</summary>
internal sealed class ProgramOnComputer : IAsyncDisposable
{
    private readonly Channel<Dictionary<string, StringValues>> _answers =
        Channel.CreateUnbounded<Dictionary<string, StringValues>>();

    private readonly WebApplication _host;

    private ProgramOnComputer(IPAddress address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, 0));
        _host = builder.Build();
        _host.Run(async context =>
        {
            if (context.Request.Path == "/callback")
            {
                await _answers.Writer.WriteAsync(context.Request.Query.ToDictionary());
            }

            await context.Response.WriteAsync("You can close this window.");
        });
    }

    /// <summary>Where it waits: on a port that nobody knew before.</summary>
    public string Callback => $"{_host.Urls.Single()}/callback";

    public static async Task<ProgramOnComputer> StartAsync(IPAddress address)
    {
        var program = new ProgramOnComputer(address);
        await program._host.StartAsync();
        return program;
    }

    /// <summary>What the browser brought next.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AnswerAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = await _answers.Reader.ReadAsync(patience.Token);
        return answer.ToDictionary(field => field.Key, field => field.Value.ToString());
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
