using System.Net;
using AngleSharp.Html.Dom;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Approval before first use, and apps that nobody may use: set by an admin, told to whom it concerns.</summary>
public sealed class ApprovalTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const string Save = "Save policies";

    [Fact]
    public async Task The_policies_are_set_on_the_Configuration_tab_and_a_disallowed_app_ends_with_the_save()
    {
        var organization = await stage.CreateOrganizationAsync("App policies");
        var app = await TestApps.AppAsync(stage, organization, "Unwanted", "dashboards_read");
        var kept = await TestApps.AppAsync(stage, organization, "Wanted", "dashboards_read");
        var grant = await TestApps.GrantAsync(stage, app.Id, organization.Admin.Id, "dashboards_read");
        var token = await TestApps.AccessTokenAsync(stage, grant);
        Assert.Equal(HttpStatusCode.OK, await stage.BearAsync(token));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.SafetyCenter("configuration");
        using var saved = await admin.PostFormAsync(
            page, Save, ("policy.AppApproval", "true"), ("policy.DisallowedOAuthClients", $"{app.ClientId}\r\nnobodys-client"));
        Assert.Contains("Saved", await admin.DoneAsync(saved), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.BearAsync(token));
        var rows = await stage.RowsAsync<OAuthApp>(all => all.Where(row => row.OrganizationId == organization.Id));
        Assert.Equal(app.Id, Assert.Single(rows, row => row.DisabledAt is not null).Id);
        Assert.Equal(organization.Admin.Id, rows.Single(row => row.Id == app.Id).DisabledBy);
        Assert.Null(rows.Single(row => row.Id == kept.Id).DisabledAt);

        var shown = await admin.PageAsync(page);
        Assert.True(((IHtmlInputElement)shown.QuerySelector("[name='policy.AppApproval']")!).IsChecked);
        Assert.Equal(
            $"{app.ClientId}\nnobodys-client",
            ((IHtmlTextAreaElement)shown.GetElementById("disallowedClients")!).Value.ReplaceLineEndings("\n"));
        var set = await RowAsync(organization);
        Assert.True(set.Policies.RequiresAppApproval);
        Assert.Equal(
            ["oauth_app_approval", "oauth_client_disallow_list"], set.PoliciesSetAt.Keys.Order(StringComparer.Ordinal));

        // What is sent as it was is not set anew; what is taken away is.
        stage.Time.Advance(TimeSpan.FromMinutes(1));
        using var again = await admin.PostFormAsync(page, Save, ("policy.DisallowedOAuthClients", ""));
        await admin.DoneAsync(again);
        set = await RowAsync(organization);
        Assert.Empty(set.Policies.DisallowedOAuthClients);
        Assert.True(set.Policies.RequiresAppApproval);
        Assert.Equal(stage.Now, set.PoliciesSetAt["oauth_client_disallow_list"]);
        Assert.Equal(stage.Now.AddMinutes(-1), set.PoliciesSetAt["oauth_app_approval"]);
    }

    [Fact]
    public async Task Asking_is_told_to_the_admins_and_the_approval_to_whoever_asked()
    {
        var organization = await stage.CreateOrganizationAsync("Asking", adminName: "Ann Admin");
        var dora = await stage.AddPersonAsync(organization, "dora@asking.example", "Dora", Role.AdminName);
        var bob = await stage.AddPersonAsync(organization, "bob@asking.example", "Bob Builder");
        var app = await stage.BringDynamicAsync(
            organization, "Pair", bob.Id, isApproved: false, "dashboards_read", "monitors_write");
        var asked = await ToldAsync(app);
        Assert.Equal(
            [(EmailKind.AppApprovalAsked, organization.Admin.Email), (EmailKind.AppApprovalAsked, dora.Email)],
            asked.Select(email => (email.Kind, email.Recipient)));
        var words = (await stage.ComposedAsync(asked[0]))!;
        Assert.Contains("The app “Pair” waits for approval", words.Subject, StringComparison.Ordinal);
        Assert.Contains("Publisher: Pair.example (unverified: it registered itself)", words.Text, StringComparison.Ordinal);
        Assert.Contains("Asked for by: Bob Builder", words.Text, StringComparison.Ordinal);
        Assert.Contains("Reads: Dashboards Read", words.Text, StringComparison.Ordinal);
        Assert.Contains("Changes: Monitors Write", words.Text, StringComparison.Ordinal);
        Assert.Contains(organization.Settings($"oauth-apps/{app.Id}"), words.Text, StringComparison.Ordinal);

        using var admin = await stage.SignedInAsync(organization.Admin);
        var waiting = (await admin.PageAsync(organization.SafetyCenter())).QuerySelector("[data-waiting-apps]")!;
        Assert.Equal("1", waiting.GetAttribute("data-waiting-apps"));
        Assert.Equal(organization.Settings("oauth-apps"), waiting.QuerySelector("a")!.GetAttribute("href"));

        await stage.ChangeAppAsync(app.Id, row => row.Approve(dora.Id, stage.Now));
        Assert.Null((await admin.PageAsync(organization.SafetyCenter())).QuerySelector("[data-waiting-apps]"));
        var approved = Assert.Single(await ToldAsync(app), email => email.Kind == EmailKind.AppApproved);
        Assert.Equal(bob.Email, approved.Recipient);
        var answer = (await stage.ComposedAsync(approved))!;
        Assert.Contains("Dora has approved it in Asking", answer.Text, StringComparison.Ordinal);

        // An email that comes late says nothing that is not true any more.
        Assert.Null(await stage.ComposedAsync(asked[0]));
        await stage.ChangeAppAsync(app.Id, row => row.Disable(dora.Id, stage.Now));
        Assert.Null(await stage.ComposedAsync(approved));

        // Changing it otherwise, or approving what nobody waits for, is told to nobody.
        await stage.ChangeAppAsync(app.Id, row => row.Enable());
        var own = await stage.BringDynamicAsync(organization, "Own", dora.Id, isApproved: false, "dashboards_read");
        await stage.ChangeAppAsync(own.Id, row => row.Approve(dora.Id, stage.Now));
        await stage.BringDynamicAsync(organization, "Free", bob.Id, isApproved: true, "dashboards_read");
        Assert.DoesNotContain(await ToldAsync(own), email => email.Kind == EmailKind.AppApproved);
        Assert.Equal(3, (await ToldAsync(app)).Count);
    }

    [Fact]
    public async Task The_overview_costs_no_more_with_apps_that_wait_and_names_only_those()
    {
        var organization = await stage.CreateOrganizationAsync("Waiting");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var few = await CredentialStage.CostAsync(admin, organization.SafetyCenter());
        for (var number = 0; number < 3; number++)
        {
            await stage.BringDynamicAsync(
                organization, $"App {number}", organization.Admin.Id, isApproved: false, "dashboards_read");
        }

        var gone = await stage.BringDynamicAsync(
            organization, "Gone", organization.Admin.Id, isApproved: false, "dashboards_read");
        await stage.ChangeAppAsync(gone.Id, row => row.Delete(stage.Now));
        Assert.Equal(few, await CredentialStage.CostAsync(admin, organization.SafetyCenter()));
        Assert.InRange(few, 1, 6);
        Assert.Contains(
            "3 OAuth apps wait for approval",
            (await admin.PageAsync(organization.SafetyCenter())).TextOf("[data-waiting-apps]"),
            StringComparison.Ordinal);
    }

    private Task<List<Email>> ToldAsync(OAuthApp app) => stage.RowsAsync<Email>(emails => emails
        .Where(email => email.SubjectId == app.Id.Value).OrderBy(email => email.CreatedAt).ThenBy(email => email.Recipient));

    private async Task<Organization> RowAsync(TestOrganization organization) =>
        Assert.Single(await stage.RowsAsync<Organization>(all => all.Where(row => row.Id == organization.Id)));
}
