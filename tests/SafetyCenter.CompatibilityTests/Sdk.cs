using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using SafetyCenter.CompatibilityTests;

[assembly: AssemblyFixture(typeof(Sdk))]

namespace SafetyCenter.CompatibilityTests;

/// <summary>The client that Datadog publishes on npm, in a process of its own, as its users run it.</summary>
public sealed class Sdk : IAsyncLifetime
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly SemaphoreSlim _turn = new(1);
    private Process? _node;

    /// <summary>Where the calls go, and with what.</summary>
    public sealed record Connection(Uri Url, string? ApiKey, string? AppKey, string? Bearer = null);

    /// <summary>What the client made of the answer: a value, or an error that it raised.</summary>
    public sealed record Outcome(JsonElement Value, int? Code, string[]? Errors, string? Failure)
    {
        /// <summary>The value; fails unless the client understood every part of it.</summary>
        public JsonElement Understood
        {
            get
            {
                Assert.True(Code is null && Failure is null, $"{Code} {string.Join("; ", Errors ?? [])} {Failure}");
                Assert.DoesNotContain("\"_unparsed\":true", Value.ToString(), StringComparison.Ordinal);
                return Value;
            }
        }

        /// <summary>Fails unless it succeeded without a body, as 204 does.</summary>
        public void IsDone() => Assert.Equal(JsonValueKind.Null, Understood.ValueKind);

        /// <summary>Fails unless the client raised an error with this code, and read its sentences.</summary>
        public string[] Refused(int code)
        {
            Assert.True(Code == code, $"Expected {code}, was {Code} {Value} {Failure}");
            Assert.NotEmpty(Errors ?? []);
            return Errors!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        _node = Process.Start(new ProcessStartInfo("node", ["sdk.cjs"])
        {
            WorkingDirectory = Folder(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("ready", await _node.StandardOutput.ReadLineAsync());
    }

    /// <summary>Calls one method.</summary>
    public async Task<Outcome> CallAsync(
        Connection connection, string version, string api, string method, object? parameters = null)
    {
        var (url, apiKey, appKey, bearer) = connection;
        var call = new
        {
            url = url.ToString().TrimEnd('/'), apiKey, appKey, bearer, version, api, method,
            parameters,
        };
        await _turn.WaitAsync();
        try
        {
            await _node!.StandardInput.WriteLineAsync(JsonSerializer.Serialize(call, Json));
            var line = await _node.StandardOutput.ReadLineAsync();
            return JsonSerializer.Deserialize<Outcome>(line!, Json)!;
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _node?.Kill();
        _node?.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Folder()
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
