using System.Collections.Concurrent;
using System.Net;

namespace SafetyCenter.Tests.Support;

/// <summary>Keeps every answer that refused something, to look for what must not be in it.</summary>
internal sealed class Refusals(ConcurrentQueue<string> kept)
    : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (answer.StatusCode >= HttpStatusCode.BadRequest)
        {
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            kept.Enqueue($"{answer.Headers}\n{await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }

        return answer;
    }
}
