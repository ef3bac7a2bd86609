using Microsoft.Playwright;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Demo;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// How every page looks to those who cannot see it as its maker does: on a phone, in the dark, through a screen reader;
/// and that the content security policy has nothing to refuse.
/// </summary>
public sealed class FaceTests(Browser browser, DemoApp app) : BrowserTest(browser), IClassFixture<DemoApp>
{
    private static readonly string[] Pages =
    [
        "/o/acme/safety-center", "/o/acme/safety-center/alerts", "/o/acme/safety-center/configuration",
        "/o/acme/safety-center/access-sharing", "/o/acme/safety-center/users",
        "/o/acme/organization-settings/api-keys", "/o/acme/organization-settings/application-keys",
        "/o/acme/organization-settings/client-tokens", "/o/acme/organization-settings/access-tokens",
        "/o/acme/organization-settings/service-accounts", "/o/globex/safety-center",
    ];

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task Every_page_is_sound(int width, bool isDark)
    {
        var page = await NewPageAsync(width, height: 844, options => options.ColorScheme = isDark
            ? ColorScheme.Dark
            : ColorScheme.Light);
        await page.GotoAsync(app.At("/sign-in"));
        await CheckAsync("/sign-in");
        await page.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        foreach (var path in Pages)
        {
            var answer = await page.GotoAsync(app.At(path));
            Assert.Equal(path.Contains("globex", StringComparison.Ordinal) ? 404 : 200, answer!.Status);
            await CheckAsync(path);
        }

        await page.GotoAsync(app.At("/o/acme/safety-center/users"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).First.ClickAsync();
        await page.WaitForURLAsync("**/organization-settings/users/*");
        await CheckAsync("a user");
        await LookAtCredentialsAsync();
        await page.GotoAsync(app.At("/o/acme/organization-settings/api-keys"));
        await page.GetByLabel("Name").FillAsync($"new {width} {isDark}");
        await page.PressAsync("Create API key");
        await CheckAsync("a new key");
        await page.PressAsync("Sign out");
        await page.SignInAsync("bob@acme.example", DemoStory.Password);
        await CheckAsync("refused for who is no admin");

        // A refusal of the network layer is no complaint of the page: the 403 and 404 above were meant.
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("status of 40", StringComparison.Ordinal));

        // A key in use, one that is being replaced, one that was turned off for a test, with everything unfolded.
        async Task LookAtCredentialsAsync()
        {
            foreach (var (list, name) in new[]
            {
                ("api-keys", "ci-prod"), ("application-keys", "terraform"), ("application-keys", "deploy-pipeline"),
                ("client-tokens", "web-shop"), ("client-tokens", "old-blog"), ("access-tokens", "metrics-export"),
            })
            {
                await page.GotoAsync(app.At($"/o/acme/organization-settings/{list}"));
                await page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).First.ClickAsync();
                await page.WaitForURLAsync("**/credentials/*");
                await UnfoldAsync();
                await CheckAsync(name);
            }

            await page.GotoAsync(app.At("/o/acme/organization-settings/api-keys"));
            await page.GetByRole(AriaRole.Link, new() { Name = "ci-prod", Exact = true }).ClickAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Rotate this API key" }).ClickAsync();
            await CheckAsync("rotate");
            await page.GoBackAsync();
            await page.GetByRole(AriaRole.Link, new() { Name = "Revoke this API key" }).ClickAsync();
            await CheckAsync("revoke");
            await page.GotoAsync(app.At("/o/acme/organization-settings/service-accounts"));
            await page.GetByRole(AriaRole.Link, new() { Name = "Deploy Robot" }).ClickAsync();
            await UnfoldAsync();
            await CheckAsync("a service account");
        }

        Task UnfoldAsync() =>
            page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");

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
        var page = await NewPageAsync(options: options => options.JavaScriptEnabled = false);
        await page.GotoAsync(app.At("/sign-in"));
        await page.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        await page.PressAsync("Dark");
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "dark");
        await page.PressAsync("Light");
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "light");
    }
}

/// <summary>The app with the demo story in it.</summary>
public sealed class DemoApp(TestPostgres postgres)
    : App(postgres, TimeProvider.System, mail: null, ("Demo:Enabled", "true"));
