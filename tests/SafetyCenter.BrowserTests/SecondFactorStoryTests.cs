using Microsoft.Playwright;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// Ann adds an authenticator app and signs in with it; loses her phone and signs in with a recovery code; adds a passkey,
/// signs in with nothing else, and removes it.
/// </summary>
public sealed class SecondFactorStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    private const string Security = "/me/security";

    [Fact]
    public async Task Codes_and_recovery_codes_and_passkeys_let_in_and_used_ones_do_not()
    {
        // Its clock stands still, so that a code is used twice because it was, and not because it was too late.
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var app = await App.StartAsync(postgres, clock);
        var ann = (await app.CastAsync()).Ann;
        var page = await NewPageAsync();
        await page.AddDeviceAsync();

        await page.GotoAsync(app.AtName($"{Security}/authenticator"));
        await page.SignInAsync(ann.Email, ann.Password);
        await CheckAsync(page);
        var key = new AuthenticatorKey((await page.Locator("[data-key]").InnerTextAsync()).Replace(" ", ""));
        await page.GetByLabel("Code").FillAsync(CodeNow());
        await page.PressAsync("Turn on");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your recovery codes" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Copy" })).ToBeVisibleAsync();
        await CheckAsync(page);
        var codes = (await page.Locator("[data-codes]").InnerTextAsync()).Split('\n');
        await page.GetByRole(AriaRole.Link, new() { Name = "I have stored them" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "It is on" })).ToBeVisibleAsync();
        await CheckAsync(page);

        // The code that turned it on is used up; the next one is good, once.
        await SignOutAsync(page, app);
        await page.SignInAsync(ann.Email, ann.Password);
        await TypeAsync(CodeNow());
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("was used already");
        await CheckAsync(page);
        clock.Jump(TimeSpan.FromMinutes(1));
        await TypeAsync(CodeNow());
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();

        // The phone is lost.
        await SignOutAsync(page, app);
        await page.SignInAsync(ann.Email, ann.Password);
        await TypeAsync(codes[0]);
        await Assertions.Expect(page.Locator("[data-codes-left]")).ToContainTextAsync("You have 9 recovery codes left.");
        await CheckAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Go on" }).ClickAsync();

        // The new phone has a passkey.
        await page.GotoAsync(app.AtName($"{Security}/passkeys"));
        await CheckAsync(page);
        await Assertions.Expect(page.GetByText("Adding a passkey needs JavaScript")).ToBeHiddenAsync();
        await page.GetByLabel("Name").FillAsync("New phone");
        await page.PressAsync("Add a passkey");
        await Assertions.Expect(page.GetByRole(AriaRole.Status).First).ToContainTextAsync("The passkey was added");
        await page.GetByLabel("New name of New phone").FillAsync("Ann's phone");
        await page.PressAsync("Rename");
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new() { Name = "Ann's phone" })).ToBeVisibleAsync();
        await CheckAsync(page);

        // The device holds one already, and says so itself.
        await page.Locator("#name").FillAsync("Again");
        await page.PressAsync("Add a passkey");
        await Assertions.Expect(page.Locator("[data-passkey-status]")).ToHaveTextAsync(
            "This device holds a passkey of yours already.");

        await SignOutAsync(page, app);
        await CheckAsync(page);
        await page.PressAsync("Use a passkey");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        await page.GotoAsync(app.AtName($"{Security}/passkeys"));
        await page.PressAsync("Remove", rowOf: "Ann's phone");
        await Assertions.Expect(page.GetByRole(AriaRole.Status).First).ToContainTextAsync("“Ann's phone” was removed");
        await SignOutAsync(page, app);
        await page.PressAsync("Use a passkey");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No passkey was accepted");
        await CheckAsync(page);

        // A refusal of the network layer is no complaint of the page: the used code and the removed passkey were meant.
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("status of 400", StringComparison.Ordinal));

        string CodeNow() => OneTimeCode.Of(key, OneTimeCode.StepAt(clock.GetUtcNow()));

        async Task TypeAsync(string code)
        {
            await page.GetByLabel("Code").FillAsync(code);
            await page.PressAsync("Sign in");
        }
    }

    [Fact]
    public async Task Without_JavaScript_no_button_for_passkeys_is_shown_and_the_page_says_why()
    {
        await using var app = await App.StartAsync(postgres);
        var ann = (await app.CastAsync()).Ann;
        var page = await NewPageAsync(width: 390, height: 844, options => options.JavaScriptEnabled = false);
        await page.GotoAsync(app.AtName($"{Security}/passkeys"));
        await Assertions.Expect(page.Locator("[data-passkey]")).ToBeHiddenAsync();
        await page.SignInAsync(ann.Email, ann.Password);
        await Assertions.Expect(page.GetByText("Adding a passkey needs JavaScript")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("[data-passkey]")).ToBeHiddenAsync();
    }

    // The pages of the login have no menu of an organization, and with it no such button.
    private static async Task SignOutAsync(IPage page, App app)
    {
        await page.GotoAsync(app.AtName("/sign-out"));
        await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.WaitForURLAsync("**/sign-in");
    }

    private static async Task CheckAsync(IPage page)
    {
        var violations = await page.AxeViolationsAsync();
        Assert.True(violations.Count == 0, $"{page.Url}: {string.Join('\n', violations)}");
        foreach (var width in new[] { 390, 1280 })
        {
            await page.SetViewportSizeAsync(width, 844);
            Assert.False(
                await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"),
                $"{page.Url} must be scrolled sideways at {width} pixels");
        }
    }
}
