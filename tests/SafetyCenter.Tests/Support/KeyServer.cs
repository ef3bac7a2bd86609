using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// Stands in for GitHub: a real server on a loopback port that publishes keys as <c>/meta/public_keys</c> does, and
/// signs bodies with them. It begins with one key, and can be told to misbehave.
/// </summary>
public sealed class KeyServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<SeenRequest> _requests = [];
    private readonly List<SigningKey> _keys = [new SigningKey()];
    private readonly WebApplication _host;
    private RequestDelegate? _instead;

    private KeyServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _host = builder.Build();
        _host.Run(AnswerAsync);
    }

    public static async Task<KeyServer> StartAsync()
    {
        var server = new KeyServer();
        await server._host.StartAsync();
        return server;
    }

    /// <summary>For <c>Leaks__GitHub__PublicKeysUrl</c>.</summary>
    public Uri Url => new(new Uri(_host.Urls.Single()), "/meta/public_keys/secret_scanning");

    /// <summary>What has arrived so far.</summary>
    public IReadOnlyList<SeenRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    public SigningKey CurrentKey
    {
        get
        {
            lock (_gate)
            {
                return _keys[0];
            }
        }
    }

    /// <summary>Signs with the current key, as GitHub signs a delivery.</summary>
    public SignedHeaders Sign(byte[] body) => CurrentKey.Sign(body);

    public SignedHeaders Sign(string body) => Sign(Encoding.UTF8.GetBytes(body));

    /// <summary>Publishes a new current key; the earlier ones stay listed with <c>is_current: false</c>.</summary>
    public SigningKey Rotate()
    {
        lock (_gate)
        {
            _keys.Insert(0, new SigningKey());
            return _keys[0];
        }
    }

    /// <summary>Takes a key off the list.</summary>
    public void Withdraw(SigningKey key)
    {
        lock (_gate)
        {
            _keys.Remove(key);
        }
    }

    public void AnswerNormally() => _instead = null;

    /// <summary>Answers with a text of one's own.</summary>
    public void AnswerWith(string body, string contentType = "application/json") =>
        AnswerWith(context =>
        {
            context.Response.ContentType = contentType;
            return context.Response.WriteAsync(body, context.RequestAborted);
        });

    /// <summary>Answers with a bare status and perhaps headers.</summary>
    public void AnswerWith(int status, params (string Name, string Value)[] headers) =>
        AnswerWith(context =>
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            return Task.CompletedTask;
        });

    /// <summary>Takes requests and never answers them.</summary>
    public void Hang() => AnswerWith(context => Task.Delay(Timeout.Infinite, context.RequestAborted));

    /// <summary>Answers normally, but only once the task is done.</summary>
    public void AnswerAfter(Task signal) =>
        AnswerWith(async context =>
        {
            await signal.WaitAsync(context.RequestAborted);
            await PublishAsync(context);
        });

    public void AnswerWith(RequestDelegate answer) => _instead = answer;

    /// <summary>Waits until that many requests have arrived.</summary>
    public async Task SeeRequestsAsync(int count)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (Requests.Count < count)
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Hanging requests are cut off; the server would wait for them otherwise.
        await _host.StopAsync(new CancellationToken(canceled: true));
        await _host.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        lock (_gate)
        {
            _requests.Add(new SeenRequest(context.Request.Headers.UserAgent, context.Request.Headers.IfNoneMatch));
        }

        return (_instead ?? PublishAsync)(context);
    }

    private Task PublishAsync(HttpContext context)
    {
        byte[] list;
        lock (_gate)
        {
            list = JsonSerializer.SerializeToUtf8Bytes(new
            {
                public_keys = _keys.Select((key, index) => new
                {
                    key_identifier = key.Identifier,
                    key = key.Pem,
                    is_current = index == 0,
                }),
            });
        }

        var version = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(list))}\"";
        context.Response.Headers.ETag = version;
        if (context.Request.Headers.IfNoneMatch == version)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = list.Length;
        return context.Response.Body.WriteAsync(list, context.RequestAborted).AsTask();
    }
}

/// <summary>The headers of a request for the list; null where there was none.</summary>
public sealed record SeenRequest(string? UserAgent, string? IfNoneMatch);
