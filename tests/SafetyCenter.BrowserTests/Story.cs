using Microsoft.Playwright;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.BrowserTests;

/// <summary>What people do in every story.</summary>
internal static class Story
{
    /// <summary>Signs in through the page, from wherever it leads there.</summary>
    public static async Task SignInAsync(this IPage page, string email, string password)
    {
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(password);
        await page.PressAsync("Sign in");
    }

    /// <summary>Presses the one button of that text.</summary>
    public static Task PressAsync(this IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>Presses the button inside the card or row of something.</summary>
    public static Task PressAsync(this IPage page, string button, string rowOf) => page
        .GetByRole(AriaRole.Row).Filter(new() { HasText = rowOf })
        .GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>The address of a page of the app.</summary>
    public static string At(this App app, string path) => new Uri(app.Address, path).AbsoluteUri;
}
