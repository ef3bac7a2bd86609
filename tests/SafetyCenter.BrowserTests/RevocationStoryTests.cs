using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// Two in the morning: Ann wonders whether a key can go. She looks who uses it, turns it off for a test, sees who fails,
/// revokes it with open eyes, is told it was needed after all, and takes it back.
/// </summary>
public sealed class RevocationStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Fact]
    public async Task A_key_is_looked_at_tested_revoked_with_open_eyes_and_brought_back()
    {
        await using var app = await App.StartAsync(postgres);
        var cast = await app.CastAsync();
        var key = await app.IssueApiKeyAsync(cast.Acme, "checkout");
        Assert.Equal(HttpStatusCode.OK, await CallAsync(app, key));

        var page = await NewPageAsync();
        await page.GotoAsync(app.At($"/o/{cast.Acme.Slug}/organization-settings/api-keys"));
        await page.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await page.GetByRole(AriaRole.Link, new() { Name = "checkout", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-verdict=WillBreak]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("svg rect.bar")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("[data-callers]")).ToContainTextAsync("web-shop");

        // Off for a minute: the shop fails, and is named.
        await page.GetByLabel("Minutes").FillAsync("5");
        await page.PressAsync("Turn off for a test");
        await Assertions.Expect(page.Locator("[data-standing]")).ToHaveTextAsync("Off for a test");
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(app, key));
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("table[data-refused]")).ToContainTextAsync("web-shop");
        await page.PressAsync("Turn on again");
        Assert.Equal(HttpStatusCode.OK, await CallAsync(app, key));

        // She revokes it all the same, and must type its name.
        await page.GetByRole(AriaRole.Link, new() { Name = "Revoke this API key" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Revoke this API key?");
        await Assertions.Expect(page.Locator("[data-blast-radius]")).ToContainTextAsync("Will break");
        await page.GetByLabel("Type checkout to revoke").FillAsync("checkout");
        await page.PressAsync("Revoke");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("You can undo this until");
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(app, key));

        await page.PressAsync("Undo");
        await Assertions.Expect(page.Locator("[data-standing]")).ToHaveTextAsync("Active");
        Assert.Equal(HttpStatusCode.OK, await CallAsync(app, key));
        Assert.Empty(ConsoleErrors);
    }

    private static async Task<HttpStatusCode> CallAsync(App app, IssuedKey key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.Add("DD-API-KEY", key.Secret);
        request.Headers.Add("DD-SERVICE", "web-shop");
        using var answer = await app.Visitor.SendAsync(request);
        await app.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        return answer.StatusCode;
    }
}
