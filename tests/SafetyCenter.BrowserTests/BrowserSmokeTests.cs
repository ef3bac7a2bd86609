namespace SafetyCenter.BrowserTests;

public sealed class BrowserSmokeTests(Browser browser) : BrowserTest(browser)
{
    [Fact]
    public async Task A_sound_page_is_shown_in_the_size_asked_for_and_nobody_objects()
    {
        var page = await NewPageAsync(width: 390, height: 844);
        await page.GotoAsync("""
            data:text/html,<!doctype html><html lang="en"><title>Sound</title>
            <meta name="viewport" content="width=device-width"><main><h1>Hello</h1></main>
            """);

        Assert.Equal("Hello", await page.GetByRole(Microsoft.Playwright.AriaRole.Heading).InnerTextAsync());
        Assert.Equal(390, await page.EvaluateAsync<int>("innerWidth"));
        Assert.Empty(await page.AxeViolationsAsync());
        Assert.Empty(ConsoleErrors);
    }

    [Fact]
    public async Task An_unsound_page_is_found_out()
    {
        var page = await NewPageAsync();
        await page.GotoAsync("""
            data:text/html,<!doctype html><html lang="en"><title>Unsound</title>
            <main><h1>Hello</h1><img src="data:,"></main><script>console.error('oh'); throw new Error('no')</script>
            """);

        Assert.Contains(
            await page.AxeViolationsAsync(), violation => violation.StartsWith("image-alt", StringComparison.Ordinal));
        Assert.Contains(ConsoleErrors, error => error.StartsWith("oh", StringComparison.Ordinal));
        Assert.Contains(ConsoleErrors, error => error.Contains("no", StringComparison.Ordinal));
    }
}
