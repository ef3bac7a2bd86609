using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SafetyCenter.CompatibilityTests;

/// <summary>
/// A script with clients from npm, in a process of its own, as their users run them: one request a line on its standard
/// input, one answer a line on its standard output.
/// </summary>
/// <param name="file">The script.</param>
public abstract class NodeScript(string file) : IAsyncLifetime
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly SemaphoreSlim _turn = new(1);
    private Process? _node;

    public async ValueTask InitializeAsync()
    {
        _node = Process.Start(new ProcessStartInfo("node", [file])
        {
            WorkingDirectory = Folder(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("ready", await _node.StandardOutput.ReadLineAsync());
    }

    public ValueTask DisposeAsync()
    {
        _node?.Kill();
        _node?.Dispose();
        _turn.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks, and waits for the answer.</summary>
    protected async Task<T> AskAsync<T>(object request)
    {
        await _turn.WaitAsync();
        try
        {
            await _node!.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request, Json));
            var line = await _node.StandardOutput.ReadLineAsync();
            return JsonSerializer.Deserialize<T>(line!, Json)!;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Where the scripts and this project lie.</summary>
    internal static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SafetyCenter.sln")))
            {
                return Path.Combine(folder.FullName, "tests/SafetyCenter.CompatibilityTests");
            }
        }

        throw new InvalidOperationException("These tests run in a checkout.");
    }
}
