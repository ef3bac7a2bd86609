using Microsoft.Playwright;
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
        "/o/acme/safety-center/configuration/rules", "/o/acme/safety-center/configuration/leaks",
        "/o/acme/safety-center/configuration/reporters", "/o/acme/safety-center/configuration/imports",
        "/o/acme/safety-center/configuration/repositories",
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

    [Fact]
    public async Task Every_page_is_sound()
    {
        var page = await NewPageAsync(options: Face.OfPhone);
        await page.GotoAsync(app.At("/sign-in"));
        await Face.CheckAsync(page, "/sign-in");
        await page.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        foreach (var path in Pages)
        {
            var answer = await page.GotoAsync(app.At(path));
            Assert.Equal(path.Contains("globex", StringComparison.Ordinal) ? 404 : 200, answer!.Status);
            await Face.CheckAsync(page, path);
        }

        foreach (var key in new[] { "ci-prod", "erik-notebook" })
        {
            await page.GotoAsync(app.At("/o/acme/safety-center/alerts?state=all"));
            await page.Locator("[data-alert] h2 a").Filter(new() { HasText = key }).ClickAsync();
            await Assertions.Expect(page.Locator("h1")).ToContainTextAsync(key);
            await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)");
            await Face.CheckAsync(page, $"the alert of {key}");
        }

        await page.GotoAsync(app.At("/o/acme/safety-center/users"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).First.ClickAsync();
        await page.WaitForURLAsync("**/organization-settings/users/*");
        await Face.CheckAsync(page, "a user");
        await page.GotoAsync(app.At("/o/acme/organization-settings/users?status=pending"));
        await page.Locator("[data-user] a").First.ClickAsync();
        await Face.CheckAsync(page, "somebody who has not come");
        await page.GotoAsync(app.At("/o/acme/organization-settings/users"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Bob Builder" }).ClickAsync();
        await page.GetByLabel("Datadog Admin Role").CheckAsync();
        await page.PressAsync("Preview");
        await Face.CheckAsync(page, "a preview of roles");
        await page.GetByRole(AriaRole.Link, new() { Name = "Disable this user" }).ClickAsync();
        await Face.CheckAsync(page, "what stops with a user");
        await page.GotoAsync(app.At("/o/acme/organization-settings/api-keys"));
        await page.GetByLabel("Name").FillAsync("brand new");
        await page.PressAsync("Create API key");
        await Face.CheckAsync(page, "a new key");
        await page.PressAsync("Sign out");
        await page.SignInAsync("bob@acme.example", DemoStory.Password);
        await Face.CheckAsync(page, "refused for who is no admin");

        // A refusal of the network layer is no complaint of the page: the 403 and 404 above were meant.
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("status of 40", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_has_chosen_nothing_and_whose_system_is_light_gets_the_light()
    {
        var page = await NewPageAsync(options: options => options.ColorScheme = ColorScheme.Light);
        await page.GotoAsync(app.At("/sign-in"));
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "light");
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
