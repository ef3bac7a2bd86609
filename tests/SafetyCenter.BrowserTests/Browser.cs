using Microsoft.Playwright;
using SafetyCenter.BrowserTests;

[assembly: AssemblyFixture(typeof(Browser))]

namespace SafetyCenter.BrowserTests;

/// <summary>
/// One Chromium for the whole run, the one that is installed; it starts when the first test asks. Without one, tests
/// that need it are skipped and say so, unless <c>SAFETYCENTER_REQUIRE_BROWSER=1</c>: then they fail.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    private const string RequiredVariable = "SAFETYCENTER_REQUIRE_BROWSER";

    // The shell without a window draws nothing that nobody looks at, which halves the work.
    private static readonly string[] ProgramNames =
        ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    /// <summary>No sandbox: root cannot have one, and all pages are our own. The rest keeps it from calling home.</summary>
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Chromium)>> _started = new(StartAsync);

    /// <summary>A browser window of its own, as of somebody who has never been here: no cookies, nothing cached.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions options)
    {
        SkipWithoutChromium();
        return await (await _started.Value).Chromium.NewContextAsync(options);
    }

    /// <summary>Ends the test as skipped, or failed where a browser is required, when there is no Chromium.</summary>
    public static void SkipWithoutChromium()
    {
        if (Program() is not null) return;
        var missing = $"No Chromium was found. Set CHROMIUM to its path, or install one ({string.Join(", ", ProgramNames)}).";
        if (Environment.GetEnvironmentVariable(RequiredVariable) == "1") Assert.Fail($"{missing} {RequiredVariable} is 1.");
        Assert.Skip(missing);
    }

    public async ValueTask DisposeAsync()
    {
        if (_started is not { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) return;
        var (driver, chromium) = await _started.Value;
        await chromium.DisposeAsync();
        driver.Dispose();
    }

    private static async Task<(IPlaywright Driver, IBrowser Chromium)> StartAsync()
    {
        var driver = await Playwright.CreateAsync();
        try
        {
            return (driver, await driver.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Program(),
                Headless = true,
                Args = Arguments,
            }));
        }
        catch
        {
            driver.Dispose();
            throw;
        }
    }

    /// <summary>The path in CHROMIUM, and nothing else when that is set; or the first known name on PATH.</summary>
    private static string? Program()
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named) return File.Exists(named) ? named : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin");
        var onPath = ProgramNames.SelectMany(name => folders.Select(folder => Path.Combine(folder, name)));
        return onPath.Append("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome").FirstOrDefault(File.Exists);
    }
}
