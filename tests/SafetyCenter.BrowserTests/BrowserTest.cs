using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// What a story stands on: pages that live until the test is over, so that a picture can be kept of those of a failed
/// one, below TestResults/screenshots. (A page disposed by the test itself is gone before anybody knows that it failed.)
/// </summary>
public abstract class BrowserTest(Browser browser) : IAsyncLifetime
{
    private readonly List<IPage> _pages = [];
    private readonly ConcurrentQueue<string> _consoleErrors = new();

    /// <summary>
    /// What any page of this test complained of so far: script errors, refusals of the content security policy, resources
    /// that are missing. It does not see an empty style sheet; ask for a computed style as well.
    /// </summary>
    protected IReadOnlyCollection<string> ConsoleErrors => _consoleErrors;

    public virtual ValueTask InitializeAsync()
    {
        // Before a test builds a whole host for pages that nobody can look at.
        Browser.SkipWithoutChromium();
        return ValueTask.CompletedTask;
    }

    /// <summary>A page in a window of its own.</summary>
    /// <param name="width">Of the viewport, in CSS pixels.</param>
    /// <param name="height">Of the viewport, in CSS pixels.</param>
    /// <param name="options">Anything else, such as the colour scheme or no JavaScript.</param>
    protected async Task<IPage> NewPageAsync(
        int width = 1280, int height = 800, Action<BrowserNewContextOptions>? options = null)
    {
        var all = new BrowserNewContextOptions
        {
            ViewportSize = new() { Width = width, Height = height },
            Locale = "en-US",
            TimezoneId = "UTC",
        };
        options?.Invoke(all);
        var context = await browser.NewContextAsync(all);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _consoleErrors.Enqueue($"{message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => _consoleErrors.Enqueue(error);
        _pages.Add(page);
        return page;
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var (number, page) in _pages.Index())
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed && !page.IsClosed)
            {
                await KeepPictureAsync(page, number + 1);
            }

            await page.Context.CloseAsync();
        }
    }

    private async Task KeepPictureAsync(IPage page, int number)
    {
        var test = TestContext.Current.TestMethod;
        var file = Path.Combine(
            Checkout.Folder,
            "TestResults",
            "screenshots",
            $"{test?.TestClass.TestClassSimpleName}.{test?.MethodName}.{number}.png");
        await page.ScreenshotAsync(new() { Path = file, FullPage = true });
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"{page.Url} looked like {file}");
        foreach (var error in _consoleErrors) output?.WriteLine($"console: {error}");
    }
}
