using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Pages.Safety;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>The policies on the Configuration tab.</summary>
public sealed class PoliciesTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private const string Save = "Save policies";

    [Fact]
    public async Task What_is_ticked_is_in_force_and_dated_and_what_stays_keeps_its_date()
    {
        var organization = await stage.CreateOrganizationAsync("Ticked");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.SafetyCenter("configuration");
        Assert.Equal(["policy.CustomRoles"], Ticked(await admin.PageAsync(page)));
        using var saved = await admin.PostFormAsync(
            page,
            Save,
            ("policy.AdminOnlyInvites", "true"),
            ("policy.EnforceAllowedDomains", "true"),
            ("policy.AllowedDomains", "Acme.example\r\n@b.example, c.example"));
        Assert.Contains("Saved", await admin.DoneAsync(saved), StringComparison.Ordinal);
        var row = await RowAsync(organization);
        Assert.Equal(
            (true, false, true, true, false),
            (row.Policies.AdminOnlyInvites, row.Policies.HasLongInvites, row.Policies.AllowsCustomRoles,
                row.Policies.EnforcesAllowedDomains, row.Policies.RequiresSecondFactor));
        Assert.Equal(["acme.example", "b.example", "c.example"], row.Policies.AllowedDomains);
        string[] set = ["admin_only_invites", "domain_allowlist", "enable_domain_allowlist"];
        Assert.Equal(set, row.PoliciesSetAt.Keys.Order(StringComparer.Ordinal));
        Assert.Single(await ToldAsync(organization));

        var first = stage.Now;
        stage.Time.Advance(TimeSpan.FromMinutes(1));
        var shown = await admin.PageAsync(page);
        Assert.Equal(
            ["policy.AdminOnlyInvites", "policy.CustomRoles", "policy.EnforceAllowedDomains"],
            Ticked(shown).Order(StringComparer.Ordinal));
        using var again = await admin.PostFormAsync(page, Save, ("policy.LongInvites", "true"));
        await admin.DoneAsync(again);
        row = await RowAsync(organization);
        Assert.All(set, name => Assert.Equal(first, row.PoliciesSetAt[name]));
        Assert.Equal(first.AddMinutes(1), row.PoliciesSetAt["30d_invite_expiration"]);
        Assert.True(row.Policies.HasLongInvites);
        Assert.True(row.Policies.AdminOnlyInvites);
    }

    [Fact]
    public async Task A_refusal_keeps_what_was_typed_and_changes_nothing()
    {
        var organization = await stage.CreateOrganizationAsync("Typed");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.SafetyCenter("configuration");
        foreach (var (domains, because) in new[]
        {
            ("", "Name at least one domain"), ("acme.example not_a_domain!", "“not_a_domain!” is not a domain"),
        })
        {
            using var refused = await admin.PostFormAsync(
                page,
                Save,
                ("policy.LongInvites", "true"),
                ("policy.EnforceAllowedDomains", "true"),
                ("policy.AllowedDomains", domains));
            Assert.Contains(because, await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
            var shown = await refused.ReadAsync();
            Assert.Contains("policy.LongInvites", Ticked(shown));
            Assert.Equal(domains, ((IHtmlTextAreaElement)shown.GetElementById("allowedDomains")!).Value);
        }

        var row = await RowAsync(organization);
        Assert.False(row.Policies.HasLongInvites);
        Assert.Empty(row.Policies.AllowedDomains);
        Assert.Empty(row.PoliciesSetAt);

        // A refusal of another form on the page shows the policies as they are.
        using var other = await admin.PostFormAsync(page, "Save contacts", ("primary", "no address"));
        Assert.Equal(["policy.CustomRoles"], Ticked(await other.ReadAsync()));
    }

    [Fact]
    public async Task Requiring_a_second_factor_tells_first_whom_it_would_hold_up_and_refuses_who_has_none()
    {
        var organization = await stage.CreateOrganizationAsync("Second");
        var bob = await stage.AddPersonAsync(organization, "bob@second.example");
        await stage.AddPersonAsync(organization, "eve@second.example");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.SafetyCenter("configuration");
        Assert.Equal("3", await WithoutAsync(admin, page));
        using var refused = await admin.PostFormAsync(page, Save, ("policy.RequireSecondFactor", "true"));
        Assert.Contains(
            "would lock yourself out", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.False((await RowAsync(organization)).Policies.RequiresSecondFactor);

        await stage.InScopeAsync(async db =>
        {
            await db.Database.ExecuteSqlAsync($"UPDATE logins SET two_factor_enabled = true WHERE email = {bob.Email}");
            await db.Database.ExecuteSqlAsync(
                $"""
                UPDATE sessions SET has_second_factor = true
                WHERE login_id = (SELECT id FROM logins WHERE email = {organization.Admin.Email})
                """);
        });
        Assert.Equal("2", await WithoutAsync(admin, page));
        using var saved = await admin.PostFormAsync(page, Save, ("policy.RequireSecondFactor", "true"));
        Assert.Equal(HttpStatusCode.Redirect, saved.StatusCode);
        Assert.True((await RowAsync(organization)).Policies.RequiresSecondFactor);

        static async Task<string?> WithoutAsync(HttpClient admin, string page) =>
            (await admin.PageAsync(page)).GetElementById("second-factor-help")!.GetAttribute("data-without-second-factor");
    }

    [Fact]
    public async Task The_tab_costs_as_much_for_many_people_as_for_few_and_policies_want_a_recent_proof()
    {
        var organization = await stage.CreateOrganizationAsync("Costs");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.SafetyCenter("configuration");
        var few = await CredentialStage.CostAsync(admin, page);
        for (var number = 0; number < 10; number++)
        {
            await stage.AddPersonAsync(organization, $"person-{number}@costs.example");
        }

        Assert.Equal(few, await CredentialStage.CostAsync(admin, page));
        Assert.InRange(few, 1, 6);
        Assert.NotEmpty(typeof(ConfigurationModel).GetMethod(nameof(ConfigurationModel.OnPostPoliciesAsync))!
            .GetCustomAttributes(typeof(RequiresRecentProofAttribute), inherit: false));
    }

    private static string[] Ticked(IHtmlDocument page) =>
    [
        .. page.QuerySelectorAll("input[type=checkbox]").OfType<IHtmlInputElement>()
            .Where(box => box.IsChecked).Select(box => box.Name!),
    ];

    private async Task<Organization> RowAsync(TestOrganization organization) =>
        Assert.Single(await stage.RowsAsync<Organization>(all => all.Where(row => row.Id == organization.Id)));

    private Task<List<AuditEvent>> ToldAsync(TestOrganization organization) => stage.RowsAsync<AuditEvent>(events => events
        .Where(change => change.OrganizationId == organization.Id && change.Name == "policies_changed"));
}
