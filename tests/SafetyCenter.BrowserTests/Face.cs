using Microsoft.Playwright;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// The two faces of a page: as it was loaded on a phone in the dark, and then, without another load, in a wide window by day.
/// </summary>
internal static class Face
{
    private const int Narrow = 390, Wide = 1280, Height = 844;

    // The script chose the dark as it does on a first visit; the light is what the server has said.
    private const string ByDay = "document.documentElement.dataset.bsTheme = 'light'";

    /// <summary>The window of somebody on a phone in the dark.</summary>
    public static void OfPhone(BrowserNewContextOptions options) =>
        (options.ViewportSize, options.ColorScheme) = (new() { Width = Narrow, Height = Height }, ColorScheme.Dark);

    /// <summary>
    /// Fails unless both faces of the page are sound. It is left on the phone; only what is loaded next is dark again.
    /// </summary>
    public static async Task CheckAsync(IPage page, string what)
    {
        // The page before is light where it was looked at: so this also waits for the one that is meant.
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "dark");
        await page.WaitForLoadStateAsync();
        await CheckOneAsync(page, $"{what}, on a phone");
        await page.SetViewportSizeAsync(Wide, Height);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.EvaluateAsync(ByDay);
        await CheckOneAsync(page, $"{what}, in a wide window");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.SetViewportSizeAsync(Narrow, Height);
    }

    private static async Task CheckOneAsync(IPage page, string what)
    {
        var violations = await page.AxeViolationsAsync();
        Assert.True(violations.Count == 0, $"{what}: {string.Join('\n', violations)}");
        Assert.False(
            await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"),
            $"{what}: must be scrolled sideways");

        // An empty style sheet raises no error; a page without one has a serif font.
        Assert.DoesNotContain(
            "Times",
            await page.EvaluateAsync<string>("getComputedStyle(document.body).fontFamily"),
            StringComparison.Ordinal);
    }
}

/// <summary>The app with the demo story in it.</summary>
public sealed class DemoApp(TestPostgres postgres)
    : App(postgres, TimeProvider.System, mail: null, ("Demo:Enabled", "true"));
