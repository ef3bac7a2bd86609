using Microsoft.Playwright;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// Ann forgets her password, chooses a new one by letter, throws a browser out that she left open elsewhere, and comes back
/// from lunch in the middle of making a key.
/// </summary>
public sealed class PasswordStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Fact]
    public async Task A_forgotten_password_is_replaced_other_browsers_are_signed_out_and_lunch_costs_nothing()
    {
        const string chosen = "a new sentence about nothing";
        var clock = new ManualClock();
        await using var app = await App.StartAsync(postgres, clock);
        var cast = await app.CastAsync();

        // The letter holds the link; it works once.
        var desk = await NewPageAsync();
        await desk.GotoAsync(app.At("/sign-in"));
        await desk.GetByRole(AriaRole.Link, new() { Name = "I forgot my password" }).ClickAsync();
        await SoundAsync(desk);
        await desk.GetByLabel("Email").FillAsync(cast.Ann.Email);
        await desk.PressAsync("Send the link");
        await Assertions.Expect(desk.GetByRole(AriaRole.Status)).ToContainTextAsync("If somebody signs in here");
        await SoundAsync(desk);
        var letter = Assert.Single(await app.WaitForLettersAsync(1));
        var link = letter.Text.Split('\n').Single(line => line.Contains("/reset-password/", StringComparison.Ordinal)).Trim();
        await desk.GotoAsync(app.At(new Uri(link).PathAndQuery));
        await SoundAsync(desk);
        await desk.GetByLabel("New password").FillAsync("password1234");
        await desk.PressAsync("Save");
        await Assertions.Expect(desk.GetByRole(AriaRole.Alert)).ToContainTextAsync("among the first");
        await desk.GetByLabel("New password").FillAsync(chosen);
        await desk.PressAsync("Save");
        await Assertions.Expect(desk.Locator(".alert-success")).ToContainTextAsync("Your password is changed.");
        await desk.SignInAsync(cast.Ann.Email, chosen);
        await Assertions.Expect(desk.GetByLabel("Main", new() { Exact = true })).ToBeVisibleAsync();
        await desk.GotoAsync(app.At(new Uri(link).PathAndQuery));
        await Assertions.Expect(desk.Locator("h1")).ToHaveTextAsync("This link no longer works");

        // Another browser, left open elsewhere.
        var phone = await NewPageAsync(390, 844);
        await phone.GotoAsync(app.At(cast.Acme.SafetyCenter()));
        await phone.SignInAsync(cast.Ann.Email, chosen);
        await Assertions.Expect(phone.GetByLabel("Main", new() { Exact = true })).ToBeVisibleAsync();
        await desk.GetByRole(AriaRole.Link, new() { Name = "Your security" }).ClickAsync();
        await Assertions.Expect(desk.Locator("[data-session]")).ToHaveCountAsync(2);
        await desk.PressAsync("Sign out everywhere else");
        await Assertions.Expect(desk.Locator("[data-session]")).ToHaveCountAsync(1);
        await phone.ReloadAsync();
        await Assertions.Expect(phone.GetByLabel("Password")).ToBeVisibleAsync();

        // Lunch, between opening the page and pressing the button.
        await desk.GotoAsync(app.At($"/o/{cast.Acme.Slug}/organization-settings/api-keys"));
        await desk.GetByLabel("Name").FillAsync("typed before lunch");
        clock.Advance(TimeSpan.FromMinutes(30));
        await desk.PressAsync("Create API key");
        await Assertions.Expect(desk.Locator("h1")).ToHaveTextAsync("Confirm it is you");
        await SoundAsync(desk);
        await desk.GetByLabel("Password").FillAsync(chosen);
        await desk.PressAsync("Confirm");
        await Assertions.Expect(desk.Locator("[data-secret]")).ToBeVisibleAsync();
        await Assertions.Expect(desk.GetByRole(AriaRole.Link, new() { Name = "typed before lunch" }).First).ToBeVisibleAsync();

        // The form that asks again, the refused password and the used link are answered with 40x, which was meant.
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("status of 40", StringComparison.Ordinal));
    }

    private static async Task SoundAsync(IPage page) => Assert.Equal("", string.Join('\n', await page.AxeViolationsAsync()));
}
