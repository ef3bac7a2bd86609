using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SafetyCenter.Benchmarks;

/// <summary>A signed report.</summary>
internal sealed record SignedReport(byte[] Body, string Signature);

/// <summary>Reports leaks as GitHub does: publishes a key on loopback, and signs with it.</summary>
internal sealed class Reporter : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly string _identifier;
    private readonly byte[] _list;

    private Reporter()
    {
        Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = Key.ExportSubjectPublicKeyInfoPem() + "\n";
        _identifier = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(pem)));
        _list = JsonSerializer.SerializeToUtf8Bytes(
            new { public_keys = new[] { new { key_identifier = _identifier, key = pem, is_current = true } } });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _host = builder.Build();
        _host.Run(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.Body.WriteAsync(_list, context.RequestAborted).AsTask();
        });
    }

    public ECDsa Key { get; }

    public Uri KeysUrl => new(new Uri(_host.Urls.Single()), "/keys");

    public static async Task<Reporter> StartAsync()
    {
        var reporter = new Reporter();
        await reporter._host.StartAsync();
        return reporter;
    }

    /// <summary>A report of these, each at a place of its own.</summary>
    public SignedReport Sign(IEnumerable<string> tokens)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(tokens.Select((token, index) => new
        {
            token,
            type = "safetycenter_api_key",
            url = $"https://github.example/acme/app/blob/0123456789abcdef/config/{index}.env",
            source = "commit",
        }));
        return new SignedReport(body, Convert.ToBase64String(
            Key.SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
    }

    /// <summary>Sends it to the product, which must take it.</summary>
    /// <returns>How many items it said were ours.</returns>
    public async Task<int> SendAsync(HttpClient client, Served server, SignedReport report, string? trace = null)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(server.Address, "/webhooks/github/secret-scanning"));
        request.Content = new ByteArrayContent(report.Body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Github-Public-Key-Identifier", _identifier);
        request.Headers.Add("Github-Public-Key-Signature", report.Signature);
        if (trace is not null)
        {
            request.Headers.Add("traceparent", StatementCount.TraceParent(trace));
        }

        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsByteArrayAsync();
        return answer.StatusCode == HttpStatusCode.OK
            ? text.AsSpan().Count("true_positive"u8)
            : throw new InvalidOperationException($"The report was answered {(int)answer.StatusCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Key.Dispose();
    }
}
