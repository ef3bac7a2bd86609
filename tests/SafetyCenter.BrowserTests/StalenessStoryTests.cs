using Microsoft.Playwright;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Demo;

namespace SafetyCenter.BrowserTests;

/// <summary>Ann puts the demo organization in order: every recommendation, each by its own button, until none is left.</summary>
public sealed class StalenessStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_recommendation_ends_by_its_button_with_and_without_JavaScript(bool javaScript)
    {
        await using var app = await App.StartAsync(postgres, clock: null, mail: null, ("Demo:Enabled", "true"));
        var page = await NewPageAsync(options: options => options.JavaScriptEnabled = javaScript);
        await page.GotoAsync(app.At("/"));
        await page.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        Assert.Equal("2 2 2 1 0 1", await CountsAsync(page));

        await OpenAsync("Access & Sharing");
        await page.PressAsync("Disable", rowOf: "Standup Bot");
        await page.PressAsync("Disable", rowOf: "Report Mailer");
        await page.PressAsync("Revoke", rowOf: "old-staging");
        await page.PressAsync("Revoke", rowOf: "etl-nightly");
        await Assertions.Expect(page.Locator("[data-subject]")).ToHaveCountAsync(0);

        await OpenAsync("Users");
        await page.PressAsync("Resend", rowOf: "gus@acme.example");
        await page.PressAsync("Delete", rowOf: "hana@acme.example");
        await page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Dora" })
            .GetByRole(AriaRole.Link, new() { Name = "Edit" }).ClickAsync();
        await page.GetByLabel("Datadog Admin Role").UncheckAsync();
        await page.GetByLabel("Datadog Standard Role").CheckAsync();
        await page.PressAsync("Save");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Dora");

        // One admin of five people is still more than ten percent, and also the only one.
        await page.GotoAsync(app.At("/o/acme/safety-center/users"));
        await Assertions.Expect(page.Locator("[data-rule=only-one-admin]")).ToBeVisibleAsync();

        await OpenAsync("Configuration");
        await page.PressAsync("Still right");
        await OpenAsync("Overview");
        Assert.Equal("0 0 0 1 1 0", await CountsAsync(page));
        await page.PressAsync("Run now");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Checked. 0 new findings");
        Assert.Equal("0 0 0 1 1 0", await CountsAsync(page));
        Assert.Empty(ConsoleErrors);

        Task OpenAsync(string tab) =>
            page.GetByLabel("Safety Center").GetByRole(AriaRole.Link, new() { Name = tab }).ClickAsync();
    }

    private static async Task<string> CountsAsync(IPage page)
    {
        await Assertions.Expect(page.Locator("[data-rule=contacts-due] [data-count]")).ToBeVisibleAsync();
        var counts = new List<string?>();
        foreach (var rule in Core.Findings.FindingRule.All)
        {
            counts.Add(await page.Locator($"[data-rule={rule.Name}] [data-count]").GetAttributeAsync("data-count"));
        }

        return string.Join(' ', counts);
    }
}
