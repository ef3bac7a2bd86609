using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>The page of a credential, where that is what somebody lets an app do, or an app's secret.</summary>
public sealed class GrantPageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task A_grant_shows_its_app_and_no_secret_and_changes_by_consent_alone()
    {
        var organization = await stage.CreateOrganizationAsync("Grant page");
        var app = await TestApps.AppAsync(stage, organization, "Board", AppSight.Reading, "monitors_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, AppSight.Reading);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.Settings($"credentials/{grant}");
        var page = await admin.PageAsync(address);
        var text = page.TextOf("main");
        Assert.Contains("OAuth grant, of", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ends in", text, StringComparison.Ordinal);
        Assert.Contains("Authorized by", text, StringComparison.Ordinal);
        Assert.Contains("change by consent alone", text, StringComparison.Ordinal);
        Assert.Equal("Board", page.TextOf($"a[href='{organization.PageOf(app)}']"));
        Assert.Equal(
            organization.Apps(),
            page.QuerySelector("nav[aria-label='Organization Settings'] .active")!.GetAttribute("href"));
        Assert.Equal(["Turn off for a test"], page.Buttons());
        Assert.Contains(address + "/revoke", page.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));
        Assert.DoesNotContain(address + "/rotate", page.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));

        (string Handler, (string, string) Field)[] changes =
            [("Rename", ("name", "mine")), ("Scopes", ("scopes", "monitors_read")), ("End", ("ends", "30"))];
        foreach (var (handler, field) in changes)
        {
            using var refused = await admin.ForceAsync(address, $"{address}?handler={handler}", field);
            Assert.Contains("by consent alone", await refused.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        }

        var row = await stage.GrantRowAsync(grant);
        Assert.Equal(("Board", null), (row.Name, row.ExpiresAt));
        Assert.Equal([AppSight.Reading], row.Scopes);
    }

    [Fact]
    public async Task An_app_is_turned_off_for_one_person_for_some_minutes()
    {
        var organization = await stage.CreateOrganizationAsync("Grant test");
        var bob = await stage.BobAsync(organization);
        var app = await TestApps.AppAsync(stage, organization, "Board", AppSight.Reading);
        var (hers, his) = (
            await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, AppSight.Reading),
            await TestApps.GrantAsync(stage, app.Id, bob.Id, AppSight.Reading));
        var (herToken, hisToken) = (
            await TestApps.AccessTokenAsync(stage, hers), await TestApps.AccessTokenAsync(stage, his));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.Settings($"credentials/{his}");
        using var begun = await admin.PostFormAsync(address, "Turn off for a test", ("minutes", "5"));
        await admin.DoneAsync(begun);
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(hisToken));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(herToken));
        Assert.Contains("payroll", (await admin.PageAsync(address)).TextOf("[data-refused] tbody"), StringComparison.Ordinal);
        stage.Time.Jump(TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(hisToken));

        Task<HttpStatusCode> CallAsync(string token) => stage.CallAsync("Authorization", $"Bearer {token}", "payroll");
    }

    [Theory]
    [InlineData("disabled", "because its app was disabled", "when the disabling of the app is undone")]
    [InlineData("deleted", "because its app was deleted", "needs new consent")]
    [InlineData("restricted", "because a scope was taken from its app", "needs new consent")]
    public async Task It_says_what_ended_it_and_what_helps(string act, string because, string help)
    {
        var organization = await stage.CreateOrganizationAsync($"Ended {act}");
        var app = await TestApps.AppAsync(stage, organization, "Board", AppSight.Reading, "monitors_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, AppSight.Reading);
        await stage.ChangeAsync(app.Id, row =>
        {
            switch (act)
            {
                case "disabled":
                    row.Disable(organization.Admin.Id, stage.Now);
                    break;
                case "deleted":
                    row.Delete(stage.Now);
                    break;
                default:
                    row.Restrict(["monitors_read"]);
                    break;
            }
        });
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.Settings($"credentials/{grant}"));
        Assert.Contains(because, page.TextOf("[data-undo]"), StringComparison.Ordinal);
        Assert.Contains(help, page.TextOf("[data-undo]"), StringComparison.Ordinal);
        Assert.DoesNotContain("Undo", page.Buttons());
    }

    [Fact]
    public async Task Revoking_a_grant_asks_first_and_says_that_others_keep_theirs()
    {
        var organization = await stage.CreateOrganizationAsync("Grant revoke");
        var app = await TestApps.AppAsync(stage, organization, "Board", AppSight.Reading);
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, AppSight.Reading);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.Settings($"credentials/{grant}/revoke");
        var page = await admin.PageAsync(address);
        Assert.Equal("Revoke this OAuth grant?", page.TextOf("h1"));
        Assert.Contains("for this one person", page.TextOf("#consequence"), StringComparison.Ordinal);
        Assert.DoesNotContain("ends in", page.TextOf("main"), StringComparison.Ordinal);
        using var revoked = await admin.PostFormAsync(address, "Revoke");
        await admin.DoneAsync(revoked);
        Assert.False((await stage.GrantRowAsync(grant)).IsActive);
        Assert.True((await stage.RowAsync(app.Id)).IsUsable);
    }

    [Fact]
    public async Task A_secret_of_an_app_is_renamed_and_ends_like_a_key()
    {
        var organization = await stage.CreateOrganizationAsync("Secret page");
        var (app, secret) = await TestApps.ConfidentialAsync(stage, organization, "Export", AppSight.Reading);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var address = organization.PageOf(secret);
        var page = await admin.PageAsync(address);
        Assert.Contains($"OAuth client secret, ends in {secret.Secret[^4..]}", page.TextOf("main"), StringComparison.Ordinal);
        Assert.Equal("Export", page.TextOf($"a[href='{organization.PageOf(app)}']"));
        Assert.Contains(address + "/rotate", page.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));
        using var renamed = await admin.PostFormAsync(address, "Rename", ("name", " warehouse "));
        Assert.Contains("called “warehouse” now", await admin.DoneAsync(renamed), StringComparison.Ordinal);
        using var nameless = await admin.PostFormAsync(address, "Rename", ("name", " "));
        Assert.Equal(HttpStatusCode.BadRequest, nameless.StatusCode);
        using var ended = await admin.PostFormAsync(address, "Set end", ("ends", "30"));
        await admin.DoneAsync(ended);
        var row = await stage.RowAsync<OAuthClientSecret>(secret.Id);
        Assert.Equal(("warehouse", stage.Now.AddDays(30)), (row.Name, row.ExpiresAt));
        using var revoked = await admin.PostFormAsync(address + "/revoke", "Revoke");
        await admin.DoneAsync(revoked);
        Assert.Equal(RevocationReason.ByHand, (await stage.RowAsync<OAuthClientSecret>(secret.Id)).RevokedBecause);
    }
}
