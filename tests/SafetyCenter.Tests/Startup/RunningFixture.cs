using System.Diagnostics;
using System.Runtime.Versioning;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Startup;

/// <summary>
/// What starts processes of the product. They are heavy, so that one class at a time does so.
/// </summary>
[CollectionDefinition(Name)]
public sealed class Processes
{
    public const string Name = "Processes";
}

/// <summary>One running app with the demo, from an empty folder on, for tests that leave it as it is.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RunningFixture : IAsyncLifetime
{
    private readonly KeptFolder _folder = new();
    private RunningApp? _app;

    internal RunningApp App => _app ?? throw new InvalidOperationException("The app was not started yet.");

    public string Folder => _folder.Path;

    /// <summary>From the start of the process until a browser has the first page.</summary>
    public TimeSpan FirstPageAfter { get; private set; }

    /// <summary>The processor time of the process until then.</summary>
    public TimeSpan ProcessorTime { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var start = Stopwatch.GetTimestamp();
        _app = await RunningApp.StartAsync(Folder, ("DOTNET_TieredPGO", "1"), ("DOTNET_gcServer", "1"));
        using var client = _app.NewClient();
        await client.PageAsync("/sign-in");
        (FirstPageAfter, ProcessorTime) = (Stopwatch.GetElapsedTime(start), _app.ProcessorTime);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
            await ServerProcesses.EndAsync(Folder);
        }

        _folder.Dispose();
    }
}
