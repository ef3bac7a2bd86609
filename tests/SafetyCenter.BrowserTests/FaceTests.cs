using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Demo;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// How every page looks to those who cannot see it as its maker does: on a phone, in the dark, through a screen reader;
/// and that the content security policy has nothing to refuse.
/// </summary>
public sealed class FaceTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    private static readonly string[] Pages =
    [
        "/o/acme/safety-center", "/o/acme/safety-center/alerts", "/o/acme/safety-center/configuration",
        "/o/acme/safety-center/access-sharing", "/o/acme/safety-center/users",
        "/o/acme/organization-settings/api-keys", "/o/globex/safety-center",
    ];

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task Every_page_is_sound(int width, bool isDark)
    {
        await using var app = await App.StartAsync(postgres, clock: null, mail: null, ("Demo:Enabled", "true"));
        var page = await NewPageAsync(width, height: 844, options => options.ColorScheme = isDark
            ? Microsoft.Playwright.ColorScheme.Dark
            : Microsoft.Playwright.ColorScheme.Light);
        await page.GotoAsync(app.At("/sign-in"));
        await CheckAsync("/sign-in");
        await page.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        foreach (var path in Pages)
        {
            var answer = await page.GotoAsync(app.At(path));
            Assert.Equal(path.Contains("globex", StringComparison.Ordinal) ? 404 : 200, answer!.Status);
            await CheckAsync(path);
        }

        // A refusal of the network layer is no complaint of the page: the 404 above was meant.
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("404", StringComparison.Ordinal));

        async Task CheckAsync(string path)
        {
            var violations = await page.AxeViolationsAsync();
            Assert.True(violations.Count == 0, $"{path}: {string.Join('\n', violations)}");
            Assert.False(
                await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"),
                $"{path} must be scrolled sideways");

            // An empty style sheet raises no error; a page without one has a serif font.
            Assert.DoesNotContain(
                "Times",
                await page.EvaluateAsync<string>("getComputedStyle(document.body).fontFamily"),
                StringComparison.Ordinal);
            Assert.Equal(
                isDark ? "dark" : "light", await page.EvaluateAsync<string>("document.documentElement.dataset.bsTheme"));
        }
    }

    [Fact]
    public async Task A_chosen_theme_is_remembered_and_works_without_JavaScript()
    {
        await using var app = await App.StartAsync(postgres, clock: null, mail: null, ("Demo:Enabled", "true"));
        var page = await NewPageAsync(options: options => options.JavaScriptEnabled = false);
        await page.GotoAsync(app.At("/sign-in"));
        await page.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        await page.PressAsync("Dark");
        await Microsoft.Playwright.Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "dark");
        await page.PressAsync("Light");
        await Microsoft.Playwright.Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "light");
    }
}
