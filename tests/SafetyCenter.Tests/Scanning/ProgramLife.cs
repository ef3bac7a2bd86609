using Microsoft.Extensions.Hosting;

namespace SafetyCenter.Tests.Scanning;

/// <summary>A program that a test ends.</summary>
internal sealed class ProgramLife : IHostApplicationLifetime, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    public CancellationToken ApplicationStarted => new(canceled: true);

    public CancellationToken ApplicationStopping => _stopping.Token;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();
}
