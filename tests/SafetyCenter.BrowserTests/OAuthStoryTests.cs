using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Playwright;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// Bob starts a program on his computer. It opens his browser, where he signs in, says for which organization, reads what the
/// program wants, and agrees; the browser brings the program its code. The next time he only signs in.
/// </summary>
public sealed class OAuthStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Theory]
    [InlineData("127.0.0.1", 1280, ColorScheme.Light, false)]
    [InlineData("::1", 390, ColorScheme.Dark, true)]
    public async Task A_program_sends_Bob_through_his_browser_and_gets_its_code(
        string loopback, int width, ColorScheme scheme, bool hasScript)
    {
        await using var app = await App.StartAsync(postgres);
        await using var program = await ProgramOnComputer.StartAsync(IPAddress.Parse(loopback));
        var cast = await app.CastAsync();
        await app.AddPersonAsync(cast.Globex, cast.Bob.Email, "Bob Builder");
        var client = await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            // As it registered: with whatever port it had that day.
            var host = new Uri(program.Callback).Host;
            var registered = OAuthClient.RegisterItself(
                "Pair Programmer",
                "pair.example",
                null,
                [$"http://{host}/callback"],
                ["user_access_invite", "metrics_read"],
                app.Now);
            db.Add(registered);
            await db.SaveChangesAsync();
            return registered;
        });
        var start = app.At(QueryHelpers.AddQueryString("/oauth2/authorize", new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = client.Id.ToString(),
            ["redirect_uri"] = program.Callback,
            ["state"] = "where Bob was",
            ["code_challenge"] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            ["code_challenge_method"] = "S256",
        }));

        var page = await NewPageAsync(width, height: 844, options =>
        {
            options.ColorScheme = scheme;
            options.JavaScriptEnabled = hasScript;
        });
        await page.GotoAsync(start);
        await page.SignInAsync(cast.Bob.Email, cast.Bob.Password);
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("For which organization?");
        await MustBeSoundAsync();
        await page.GetByLabel("Acme").CheckAsync();
        await page.PressAsync("Continue");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Let Pair Programmer act for you?");
        await Assertions.Expect(page.Locator("[data-unverified]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("[data-scopes=changes]")).ToContainTextAsync("User Access Invite");
        await MustBeSoundAsync();
        await page.PressAsync("Authorize");
        var first = await program.AnswerAsync();
        Assert.Equal(["code", "iss", "state"], first.Keys.Order());
        Assert.Equal(("where Bob was", "http://localhost:5080"), (first["state"], first["iss"]));
        await Assertions.Expect(page.Locator("body")).ToHaveTextAsync("You can close this window.");

        // In another browser he signs in, and the same form leads on to the program: he has agreed before.
        var again = await NewPageAsync(options: options => options.JavaScriptEnabled = hasScript);
        await again.GotoAsync($"{start}&organization={cast.Acme.Slug}");
        await again.SignInAsync(cast.Bob.Email, cast.Bob.Password);
        var second = await program.AnswerAsync();
        Assert.NotEqual(first["code"], second["code"]);

        // In the other organization he does not want it.
        await again.GotoAsync($"{start}&organization={cast.Globex.Slug}");
        await again.PressAsync("Deny");
        Assert.Equal("access_denied", (await program.AnswerAsync())["error"]);
        Assert.Empty(ConsoleErrors);

        async Task MustBeSoundAsync()
        {
            // It looks by running a script in the page.
            if (hasScript)
            {
                Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
                Assert.Empty(await page.AxeViolationsAsync());
            }
        }
    }
}
