using Microsoft.Playwright;
using SafetyCenter.Web.Demo;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// How the pages of single credentials and apps look, as <see cref="FaceTests"/> asks of the others; a class of its own, so
/// that both are looked at at the same time.
/// </summary>
public sealed class CredentialFaceTests(Browser browser, DemoApp app) : BrowserTest(browser), IClassFixture<DemoApp>
{
    [Fact]
    public async Task Every_page_of_a_credential_is_sound_with_everything_unfolded()
    {
        var page = await NewPageAsync(options: Face.OfPhone);
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
            await Face.CheckAsync(page, name);
        }

        foreach (var act in new[] { "Rotate", "Revoke" })
        {
            await OpenAsync("api-keys", "ci-prod");
            await page.GetByRole(AriaRole.Link, new() { Name = $"{act} this API key" }).ClickAsync();
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync($"{act} this API key?");
            await Face.CheckAsync(page, act);
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

            await Face.CheckAsync(page, $"an app, {act}");
        }

        await OpenAsync("oauth-apps", "Status Board");
        await page.Locator("[data-grant] a").First.ClickAsync();
        await Face.CheckAsync(page, "a grant");
        Assert.Empty(ConsoleErrors);

        async Task OpenAsync(string list, string name)
        {
            await page.GotoAsync(app.At($"/o/acme/organization-settings/{list}"));
            await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).First.ClickAsync();
            await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(name);
        }
    }
}
