using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Jobs;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// The life of an app: Ann registers it, Bob lets it act for him, it calls, nobody starts it for a month, Ann is told and
/// disables it, and neither the app nor Bob gets in with it any more.
/// </summary>
public sealed class IdleAppStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Fact]
    public async Task An_app_is_registered_let_in_used_forgotten_found_and_disabled()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var app = await App.StartAsync(postgres, clock);
        await using var computer = await ProgramOnComputer.StartAsync(IPAddress.Loopback);
        var cast = await app.CastAsync();

        var ann = await NewPageAsync();
        await ann.GotoAsync(app.At($"/o/{cast.Acme.Slug}/organization-settings/oauth-apps/new"));
        await ann.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await ann.GetByLabel("Name", new() { Exact = true }).FillAsync("Standup Bot");
        await ann.GetByLabel("Redirect URIs").FillAsync("http://127.0.0.1/callback");
        await ann.GetByLabel("Or paste them").FillAsync("user_access_invite\nuser_access_read");
        await ann.PressAsync("Register");
        var clientId = await ann.Locator("[data-client-id]").InnerTextAsync();

        var start = app.At(QueryHelpers.AddQueryString("/oauth2/authorize", new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = clientId,
            ["redirect_uri"] = computer.Callback,
            ["code_challenge"] = OAuthProgram.Challenge,
            ["code_challenge_method"] = "S256",
        }));
        var bob = await NewPageAsync();
        await bob.GotoAsync(start);
        await bob.SignInAsync(cast.Bob.Email, cast.Bob.Password);
        await bob.PressAsync("Authorize");
        var bot = new OAuthProgram(app, clientId);
        var tokens = (await bot.ExchangeAsync((await computer.AnswerAsync())["code"], redirectUri: computer.Callback)).Ok();
        (await TestApps.CallerWith(app, tokens.Access).GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);
        await app.Services.GetRequiredService<UsageFlusher>().FlushAsync(TestContext.Current.CancellationToken);
        await bob.GotoAsync(app.At("/me/grants"));
        await Assertions.Expect(bob.Locator("main")).ToContainTextAsync("Standup Bot");

        clock.Jump(TimeSpan.FromDays(29));
        await app.RunAsync<ScanFindings>();
        ann = await NewPageAsync();
        await ann.GotoAsync(app.At(cast.Acme.SafetyCenter("access-sharing")));
        await ann.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await Assertions.Expect(ann.Locator("[data-rule=inactive-oauth-app]")).ToHaveCountAsync(0);
        clock.Jump(TimeSpan.FromDays(1));
        await app.RunAsync<ScanFindings>();
        await ann.ReloadAsync();
        await ann.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await Assertions.Expect(ann.Locator("[data-rule=inactive-oauth-app]").First).ToContainTextAsync("Standup Bot");
        await ann.PressAsync("Disable", rowOf: "Standup Bot");
        await Assertions.Expect(ann.GetByRole(AriaRole.Status)).ToContainTextAsync("Standup Bot");
        await Assertions.Expect(ann.Locator("[data-rule=inactive-oauth-app]")).ToHaveCountAsync(0);

        (await bot.RefreshAsync(tokens.Refresh)).Refused("invalid_grant");
        (await TestApps.CallerWith(app, tokens.Access).GetAsync("/api/v2/users")).Must(HttpStatusCode.Forbidden);
        bob = await NewPageAsync();
        await bob.GotoAsync(start);
        await bob.SignInAsync(cast.Bob.Email, cast.Bob.Password);
        await Assertions.Expect(bob.Locator("main")).ToContainTextAsync("disabled");
        Assert.DoesNotContain(ConsoleErrors, error => !error.Contains("403", StringComparison.Ordinal));
    }
}
