using Microsoft.Playwright;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// Bob guesses wrong until he is locked out, and waits. Ann demands a second factor of everybody, as soon as she has one
/// herself; Bob is led to where he gets one, and comes in.
/// </summary>
public sealed class RequiredFactorStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Fact]
    public async Task Who_is_locked_out_waits_and_who_must_have_a_second_factor_is_led_to_one()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var app = await App.StartAsync(postgres, clock);
        var cast = await app.CastAsync();
        var keys = app.AtName($"/o/{cast.Acme.Slug}/organization-settings/application-keys");

        var bob = await NewPageAsync();
        await bob.AddDeviceAsync();
        await bob.GotoAsync(keys);
        for (var wrong = 0; wrong < 5; wrong++)
        {
            await bob.SignInAsync(cast.Bob.Email, "not his password");
            await Assertions.Expect(bob.GetByRole(AriaRole.Alert)).ToContainTextAsync("we wait ten minutes");
        }

        await bob.SignInAsync(cast.Bob.Email, cast.Bob.Password);
        await Assertions.Expect(bob.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        clock.Jump(TimeSpan.FromMinutes(10));
        await bob.SignInAsync(cast.Bob.Email, cast.Bob.Password);
        await Assertions.Expect(bob.Locator("h1")).ToHaveTextAsync("Application keys");

        // Ann would lock herself out, and is told so. Then she has a passkey, and proves with it after a while.
        var ann = await NewPageAsync();
        await ann.AddDeviceAsync();
        await ann.GotoAsync(app.AtName(cast.Acme.SafetyCenter("configuration")));
        await ann.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await RequireAsync();
        await Assertions.Expect(ann.GetByRole(AriaRole.Alert)).ToContainTextAsync("would lock yourself out");
        await AddPasskeyAsync(ann, "Ann's laptop", isAskedAgain: false);
        await ann.GotoAsync(app.AtName(cast.Acme.SafetyCenter("configuration")));
        clock.Jump(TimeSpan.FromMinutes(10));
        await RequireAsync();
        await Assertions.Expect(ann.Locator("h1")).ToHaveTextAsync("Confirm it is you");
        await ann.PressAsync("Use a passkey");
        await Assertions.Expect(ann.GetByText("The policies are in force from now on")).ToBeVisibleAsync();

        await bob.GotoAsync(keys);
        await Assertions.Expect(bob.Locator("[data-required]")).ToContainTextAsync("Acme requires a second factor");
        await AddPasskeyAsync(bob, "Bob's laptop", isAskedAgain: true);
        await bob.GotoAsync(keys);
        await Assertions.Expect(bob.Locator("h1")).ToHaveTextAsync("Application keys");

        // Wrong passwords, the refused policy and the form that asks again are answered with 40x, which was meant.
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("status of 40", StringComparison.Ordinal));

        async Task RequireAsync()
        {
            await ann.GetByLabel("Require a second factor").CheckAsync();
            await ann.PressAsync("Save policies");
        }

        async Task AddPasskeyAsync(IPage page, string name, bool isAskedAgain)
        {
            await page.GotoAsync(app.AtName("/me/security/passkeys"));
            await page.GetByLabel("Name").FillAsync(name);
            await page.PressAsync("Add a passkey");
            if (isAskedAgain)
            {
                await page.GetByLabel("Password").FillAsync(People.Password);
                await page.PressAsync("Confirm");
                await page.PressAsync("Add a passkey");
            }

            await Assertions.Expect(page.GetByRole(AriaRole.Status).First).ToContainTextAsync("The passkey was added");
        }
    }
}
