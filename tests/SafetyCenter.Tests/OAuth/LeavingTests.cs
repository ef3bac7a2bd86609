using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Somebody for whom apps act leaves: it is seen before, ends at once, and does not come back with them.</summary>
public sealed class LeavingTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task Who_holds_no_key_but_has_apps_is_not_disabled_before_these_were_shown()
    {
        var organization = await stage.CreateOrganizationAsync("Leaving");
        var bob = await stage.AddPersonAsync(organization, "bob@leaving.example", "Bob Builder");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var here = organization.Settings($"users/{bob.Id}");
        Assert.Contains("Disable", (await admin.PageAsync(here)).Buttons());

        var app = await TestApps.AppAsync(stage, organization, "Mailer", "user_access_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, bob.Id, "user_access_read");
        var pair = await stage.BringDynamicAsync(organization, "Pair", bob.Id, isApproved: true, "monitors_write");
        await TestApps.GrantAsync(stage, pair.Id, bob.Id, "monitors_write");
        var token = await TestApps.AccessTokenAsync(stage, grant);
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(token, "/api/v2/users"));

        var page = await admin.PageAsync(here);
        Assert.DoesNotContain("Disable", page.Buttons());
        Assert.Equal("2", page.QuerySelector("[data-apps] ~ a, p[data-apps]")!.GetAttribute("data-apps"));
        Assert.Contains("The access of 2 apps would stop working", page.Body!.TextContent, StringComparison.Ordinal);
        var listed = page.QuerySelectorAll("ul[data-apps] li");
        Assert.Equal(2, listed.Length);
        Assert.Contains(listed, item => item.TextContent.Contains(
            "Pair of Pair.example (unverified: it registered itself), which may change things", StringComparison.Ordinal));
        Assert.NotNull(page.QuerySelector($"ul[data-apps] a[href='{organization.Settings($"credentials/{grant}")}']"));

        // A button of a page of before leads to what would stop.
        using var old = await admin.ForceAsync(here, $"{here}?handler=Disable");
        Assert.Equal(HttpStatusCode.Redirect, old.StatusCode);
        Assert.EndsWith("/disable", old.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, (await admin.PageAsync($"{here}/disable")).QuerySelectorAll("[data-grants] li").Length);

        using var disabled = await admin.PostFormAsync($"{here}/disable", "Disable");
        await admin.DoneAsync(disabled);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.BearAsync(token, "/api/v2/users"));
        Assert.Equal(HttpStatusCode.Unauthorized, await stage.BearAsync(token, "/api/v2/validate_keys"));
        using var enabled = await admin.PostFormAsync(here, "Enable");
        await admin.DoneAsync(enabled);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.BearAsync(token, "/api/v2/users"));
        var rows = await stage.RowsAsync<OAuthGrant>(all => all.Where(row => row.OwnerId == bob.Id));
        Assert.Equal(2, rows.Count);
        Assert.All(rows, row => Assert.Equal(
            (RevocationReason.OwnerDisabled, organization.Admin.Id), (row.RevokedBecause, row.RevokedBy)));

        // They themselves cannot bring it back either; consent anew can.
        using var bobs = await stage.SignedInAsync(bob);
        Assert.Empty((await bobs.PageAsync("/me/grants")).QuerySelectorAll("[data-ended], [data-grant]"));
        using var undo = await bobs.ForceAsync("/me/grants", $"/me/grants?handler=Undo&grant={grant}");
        Assert.Contains(
            "its owner was disabled", await undo.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_account_that_an_app_acts_as_is_looked_at_first_too()
    {
        var organization = await stage.CreateOrganizationAsync("Robot leaves");
        var robot = await stage.AddServiceAccountAsync(organization, "robot@robot-leaves.example");
        var (app, _) = await TestApps.ConfidentialAsync(stage, organization, "Export", "dashboards_read");
        await TestApps.GrantAsync(stage, app.Id, robot, "dashboards_read");
        await stage.IssueTokenAsync(robot, "token", stage.Now.AddDays(9), "dashboards_read");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(organization.Settings($"service-accounts/{robot}"));
        Assert.Contains(
            "1 key or token and the access of 1 app would stop working", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_apps_of_a_person_are_shown_to_those_who_may_see_apps()
    {
        var organization = await stage.CreateOrganizationAsync("Who sees apps");
        var bob = await stage.AddPersonAsync(organization, "bob@sees.example");
        var app = await TestApps.AppAsync(stage, organization, "Mailer", "user_access_read");
        await TestApps.GrantAsync(stage, app.Id, bob.Id, "user_access_read");
        var here = organization.Settings($"users/{bob.Id}");
        foreach (var (permissions, sees) in new[]
        {
            (new[] { Permission.UserAccessRead }, false),
            ([Permission.UserAccessRead, Permission.OrgAuthorizedAppsRead], true),
        })
        {
            using var client = await stage.SignedInAsync(await stage.AddPersonWhoMayAsync(organization, permissions));
            Assert.Equal(sees, (await client.PageAsync(here)).Body!.TextContent.Contains("Mailer", StringComparison.Ordinal));
        }
    }
}
