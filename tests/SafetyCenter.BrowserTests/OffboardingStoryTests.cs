using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.BrowserTests;

/// <summary>
/// Bob leaves, and the deploy script runs with his key. Ann sees that before she disables him, gives the script a key of a
/// service account, and then lets him go: the script never stops.
/// </summary>
public sealed class OffboardingStoryTests(Browser browser, TestPostgres postgres) : BrowserTest(browser)
{
    [Fact]
    public async Task A_leaver_is_disabled_after_what_depends_on_them_has_another_key()
    {
        await using var app = await App.StartAsync(postgres);
        var cast = await app.CastAsync();
        var key = await app.IssueApplicationKeyAsync(cast.Bob, "deploy script", "dashboards_read");
        await app.InScopeAsync(async db =>
        {
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(role => role.OrganizationId == cast.Acme.Id && role.Name == Role.StandardName).ToListAsync();
            db.Add(User.ServiceAccount(cast.Acme.Id, "team@acme.example", "Deploy Robot", title: null, roles, app.Now));
            await db.SaveChangesAsync();
        });
        Assert.Equal(HttpStatusCode.OK, await CallAsync(app, cast, key.Secret));

        var page = await NewPageAsync();
        await page.GotoAsync(app.At($"/o/{cast.Acme.Slug}/organization-settings/users"));
        await page.SignInAsync(cast.Ann.Email, cast.Ann.Password);
        await page.GetByLabel("Search").FillAsync("builder");
        await page.PressAsync("Search");
        await page.GetByRole(AriaRole.Link, new() { Name = "Bob Builder" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Disable this user" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-callers]")).ToContainTextAsync("deployer");

        await page.GetByLabel("Service account that takes over").SelectOptionAsync("Deploy Robot");
        await page.PressAsync("Make a new key");
        var secret = (await page.Locator("[data-secret]").InnerTextAsync()).Trim();
        Assert.Equal(HttpStatusCode.OK, await CallAsync(app, cast, secret));
        await page.GetByRole(AriaRole.Link, new() { Name = "I have stored it" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-secret]")).ToHaveCountAsync(0);

        await page.PressAsync("Disable");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Disabled Bob Builder");
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(app, cast, key.Secret));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(app, cast, secret));
        Assert.Empty(ConsoleErrors);
    }

    private static async Task<HttpStatusCode> CallAsync(App app, Cast cast, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.Add("DD-API-KEY", cast.Acme.ApiKey.Secret);
        request.Headers.Add("DD-APPLICATION-KEY", secret);
        request.Headers.Add("DD-SERVICE", "deployer");
        using var answer = await app.Visitor.SendAsync(request);
        await app.Services.GetRequiredService<UsageFlusher>().FlushAsync(CancellationToken.None);
        return answer.StatusCode;
    }
}
