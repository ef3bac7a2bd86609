using System.Diagnostics;
using System.Text.Json;

namespace SafetyCenter.Benchmarks;

/// <summary>The product in a process of its own, on a free loopback port. It ends when we do, however we end.</summary>
internal sealed class Served : IAsyncDisposable
{
    private const string Says = "SafetyCenter is at ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;

    private Served(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>How much of the processors' time it has had.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>How much memory it holds, in MiB.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / (1024.0 * 1024.0);
        }
    }

    /// <summary>Is the product, until standard input ends.</summary>
    public static int Serve(string[] args)
    {
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            Environment.Exit(0);
        })
        {
            IsBackground = true,
        }.Start();
        return (int)typeof(Program).Assembly.EntryPoint!.Invoke(null, [args])!;
    }

    public static async Task<Served> StartAsync(
        string connectionString, string folder, params (string Name, string Value)[] settings)
    {
        var process = Launch(connectionString, folder, settings);
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.StartsWith(Says, StringComparison.Ordinal))
            {
                return new Served(process, new Uri(line[Says.Length..]));
            }
        }

        throw new InvalidOperationException("The product ended before it said where it is.");
    }

    /// <summary>Makes an organization, and the tables if there are none.</summary>
    public static async Task<Founded> BootstrapAsync(string connectionString, string folder, string organization)
    {
        using var process = Launch(
            connectionString,
            folder,
            [],
            "bootstrap", "--organization", organization, "--admin-email", $"admin@{organization}.example");
        var answer = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync();
        var json = JsonDocument.Parse(answer).RootElement;
        return new Founded(
            json.GetProperty("organization").GetProperty("id").GetGuid(),
            json.GetProperty("organization").GetProperty("slug").GetString()!,
            json.GetProperty("admin").GetProperty("email").GetString()!,
            json.GetProperty("admin").GetProperty("password").GetString()!,
            json.GetProperty("api_key").GetString()!,
            json.GetProperty("application_key").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Launch(
        string connectionString, string folder, (string Name, string Value)[] settings, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Served).Assembly.Location);
        }

        foreach (var argument in arguments.Prepend("serve"))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_APPLICATIONNAME"] = "SafetyCenter.Web";
        start.Environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = "SafetyCenter.Benchmarks";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ConnectionStrings__SafetyCenter"] = connectionString;
        start.Environment["Data__Folder"] = folder;
        start.Environment["Demo__Enabled"] = "false";
        start.Environment["Serilog__MinimumLevel__Default"] = "Error";

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        // As the product itself has it; this program does not.
        start.Environment["DOTNET_gcServer"] = "1";
        start.Environment.Remove(Load.InlineCompletions);
        return Process.Start(start) ?? throw new InvalidOperationException("The product was not started.");
    }
}

/// <summary>An organization with its first admin and their keys.</summary>
internal sealed record Founded(
    Guid Id, string Slug, string Email, string Password, string ApiKey, string ApplicationKey);
