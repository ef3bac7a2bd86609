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
        "/o/acme/safety-center/configuration/rules",
        "/o/acme/organization-settings/api-keys", "/o/acme/organization-settings/application-keys",
        "/o/acme/organization-settings/client-tokens", "/o/acme/organization-settings/access-tokens",
        "/o/acme/organization-settings/service-accounts", "/o/acme/organization-settings/audit", "/o/globex/safety-center",
        "/organizations", "/report-a-key",
        "/o/acme/organization-settings/roles", "/o/acme/organization-settings/roles/new",
        "/o/acme/organization-settings/users?status=all",
        "/o/acme/organization-settings/invites", "/o/acme/organization-settings/users/invite",
        "/me/security", "/me/grants", "/o/acme/organization-settings/oauth-apps",
        "/o/acme/organization-settings/oauth-apps/new",
    ];

    [Theory]
    [InlineData(1280, false)]
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
        await page.GotoAsync(app.At("/o/acme/organization-settings/users?status=pending"));
        await page.Locator("[data-user] a").First.ClickAsync();
        await CheckAsync("somebody who has not come");
        await page.GotoAsync(app.At("/o/acme/organization-settings/users"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Bob Builder" }).ClickAsync();
        await page.GetByLabel("Datadog Admin Role").CheckAsync();
        await page.PressAsync("Preview");
        await CheckAsync("a preview of roles");
        await page.GetByRole(AriaRole.Link, new() { Name = "Disable this user" }).ClickAsync();
        await CheckAsync("what stops with a user");
        await page.GotoAsync(app.At("/o/acme/organization-settings/api-keys"));
        await page.GetByLabel("Name").FillAsync($"new {width} {isDark}");
        await page.PressAsync("Create API key");
        await CheckAsync("a new key");
        await page.PressAsync("Sign out");
        await page.SignInAsync("bob@acme.example", DemoStory.Password);
        await CheckAsync("refused for who is no admin");

        // A refusal of the network layer is no complaint of the page: the 403 and 404 above were meant.
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("status of 40", StringComparison.Ordinal));

        Task CheckAsync(string path) => CheckPageAsync(page, path, isDark);
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task Every_page_of_a_credential_is_sound_with_everything_unfolded(int width, bool isDark)
    {
        var page = await NewPageAsync(width, height: 844, options => options.ColorScheme = isDark
            ? ColorScheme.Dark
            : ColorScheme.Light);
        await page.GotoAsync(app.At("/o/acme/organization-settings/api-keys"));
        await page.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);

        // One in use, one that was turned off for a test, one that is being replaced, one that can be brought back.
        foreach (var (list, name) in new[]
        {
            ("api-keys", "ci-prod"), ("application-keys", "terraform"), ("application-keys", "deploy-pipeline"),
            ("client-tokens", "old-blog"), ("service-accounts", "Deploy Robot"),
        })
        {
            await OpenAsync(list, name);
            await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
            await CheckPageAsync(page, name, isDark);
        }

        foreach (var act in new[] { "Rotate", "Revoke" })
        {
            await OpenAsync("api-keys", "ci-prod");
            await page.GetByRole(AriaRole.Link, new() { Name = $"{act} this API key" }).ClickAsync();
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync($"{act} this API key?");
            await CheckPageAsync(page, act, isDark);
        }

        foreach (var act in new[] { null, "Disable", "Delete" })
        {
            await OpenAsync("oauth-apps", "Status Board");
            await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
            if (act is not null)
            {
                await page.GetByRole(AriaRole.Link, new() { Name = $"{act} this app" }).ClickAsync();
                await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync($"{act} this OAuth app?");
            }

            await CheckPageAsync(page, $"an app, {act}", isDark);
        }

        await OpenAsync("oauth-apps", "Status Board");
        await page.Locator("[data-grant] a").First.ClickAsync();
        await CheckPageAsync(page, "a grant", isDark);
        Assert.Empty(ConsoleErrors);

        async Task OpenAsync(string list, string name)
        {
            await page.GotoAsync(app.At($"/o/acme/organization-settings/{list}"));
            await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).First.ClickAsync();
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(name);
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

    private static async Task CheckPageAsync(IPage page, string path, bool isDark)
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

/// <summary>The app with the demo story in it.</summary>
public sealed class DemoApp(TestPostgres postgres)
    : App(postgres, TimeProvider.System, mail: null, ("Demo:Enabled", "true"));
