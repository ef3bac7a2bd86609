using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// The product as an operator runs it: a process of its own, <c>dotnet SafetyCenter.Web.dll</c>. The program is the one
/// that was built with these tests and lies beside them, so it can be neither older nor of another configuration.
/// It listens on a free loopback port, and knows no setting of the environment but those it is given.
/// </summary>
internal sealed partial class RunningApp : IAsyncDisposable
{
    /// <summary>Nothing takes this long; a machine that does several things at once may be slow all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly string[] SettingsOfOurs =
        ["ASPNETCORE_", "ConnectionStrings__", "Data__", "Demo__", "Keys__", "Leaks__", "Smtp__", "SAFETYCENTER_"];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningApp(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address { get; private set; } = new("http://localhost:1/");

    /// <summary>What it has written to standard output.</summary>
    public string Output => Text(_output);

    /// <summary>What it has written to standard error.</summary>
    public string Errors => Text(_errors);

    /// <summary>How much of a processor's time it has had.</summary>
    public TimeSpan ProcessorTime => _process.TotalProcessorTime;

    public bool IsRunning => !_process.HasExited;

    /// <summary>Starts it and waits until it says where it is.</summary>
    public static async Task<RunningApp> StartAsync(string folder, params (string Name, string Value)[] settings)
    {
        var app = Launch(folder, [], settings);
        try
        {
            app.Address = await app._address.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            return app;
        }
        catch (Exception failed)
        {
            await app.DisposeAsync();
            throw new InvalidOperationException($"The app did not start: {app.Output}{app.Errors}", failed);
        }
    }

    /// <summary>Runs a command, or what ends by itself, to its end.</summary>
    public static async Task<Outcome> RunAsync(
        string folder, string[] arguments, params (string Name, string Value)[] settings)
    {
        await using var app = Launch(folder, arguments, settings);
        return await app.EndAsync();
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public static RunningApp Launch(
        string folder, string[] arguments, params (string Name, string Value)[] settings)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "SafetyCenter.Web.dll");
        string[] command = [.. WithInterrupts(), DotNet(), program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            // Elsewhere than the program, where no file of ours lies.
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsSettingOfOurs).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["Data__Folder"] = folder;

        // These prepare a program for long work, or guard its code against being overwritten, and so cost one that lives for
        // seconds a quarter of its time.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";

        // Of the tests' own process, which makes a lot of garbage; here it would only hide how much memory the product takes.
        start.Environment.Remove("DOTNET_GCgen0size");
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new RunningApp(start);
    }

    /// <summary>A visitor of their own: keeps cookies, follows no redirect.</summary>
    public HttpClient NewClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };

    /// <summary>Ctrl-C, and the wait for the end.</summary>
    public async Task<Outcome> InterruptAsync()
    {
        using var kill = Process.Start(
            "/bin/sh", ["-c", "kill -INT $1", "sh", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await EndAsync();
    }

    /// <summary>kill -9: the process has no chance to do anything any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until it writes something to standard error.</summary>
    public Task SayAsync(string words) => Eventually.IsTrueAsync(
        () => Errors.Contains(words, StringComparison.Ordinal), $"“{words}” on standard error");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task<Outcome> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return new Outcome(_process.ExitCode, Output, Errors);
    }

    private void Take(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null)
            {
                text.Append(line).Append('\n');
            }
        }

        if (line is null)
        {
            _address.TrySetException(new EndOfStreamException("It ended before it said where it is."));
        }
        else if (text == _output && AddressLine().Match(line) is { Success: true } match)
        {
            _address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private static string DotNet() => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static bool IsSettingOfOurs(string name) =>
        name is "PublicUrl" or "DOTNET_ENVIRONMENT" or "URLS" or "HTTP_PORTS"
        || SettingsOfOurs.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// A shell starts what it runs in the background deaf to Ctrl-C, and its children inherit that: also the app of a
    /// test run that was itself started so. This makes it hear again, and is replaced by the app.
    /// </summary>
    private static string[] WithInterrupts()
    {
        const ulong interrupt = 1UL << 1;
        const string ignored = "SigIgn:";
        var line = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").First(line => line.StartsWith(ignored, StringComparison.Ordinal))
            : ignored + "0";
        var signals = ulong.Parse(line[ignored.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (signals & interrupt) != 0 ? ["/usr/bin/env", "--default-signal=INT"] : [];
    }

    [GeneratedRegex(@"^SafetyCenter is at (http\S+)")]
    private static partial Regex AddressLine();
}

/// <summary>How a process of ours ended, and what it had said.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    /// <summary>It refused, in a sentence for people, and left standard output to the answers of commands.</summary>
    public void IsRefusal(params string[] words)
    {
        Assert.Equal("", Output);
        Assert.All(words, word => Assert.Contains(word, Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Errors, StringComparison.Ordinal);
        Assert.Equal(1, ExitCode);
    }
}
