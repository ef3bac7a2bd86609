using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Findings;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Pages;

/// <summary>How all organizations fare, for whoever operates the installation: worst first, counts, and no contents.</summary>
public sealed class OperatorPageTests(FindingsStage stage) : IClassFixture<FindingsStage>
{
    private const string Page = "/operator";

    [Fact]
    public async Task It_is_there_for_operators_alone()
    {
        var organization = await stage.CreateOrganizationAsync("Not for admins");
        using var admin = await stage.SignedInAsync(organization.Admin);
        using var refused = await admin.GetAsync(Page);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Null((await admin.PageAsync("/organizations")).QuerySelector($"a[href='{Page}']"));

        await stage.MakeOperatorAsync(organization.Admin);
        await admin.PageAsync(Page);
        Assert.NotNull((await admin.PageAsync("/organizations")).QuerySelector($"a[href='{Page}']"));
        await stage.MakeOperatorAsync(organization.Admin, isOperator: false);
        using var again = await admin.GetAsync(Page);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task The_worst_come_first_with_their_numbers()
    {
        var quiet = await stage.CreateOrganizationAsync("Worst quiet");
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        var young = await stage.CreateOrganizationAsync("Worst young");
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        var stale = await stage.CreateOrganizationAsync("Worst stale");
        await stage.InviteAsync(stale, "gus@worst-stale.example");
        await stage.SqlAsync(
            $"UPDATE invites SET sent_at = sent_at - interval '31 days' WHERE organization_id = {stale.Id.Value}");
        stage.Time.Jump(TimeSpan.FromMinutes(1));
        var leaked = await stage.CreateOrganizationAsync("Worst leaked");
        await stage.IssueApiKeyAsync(leaked, "spare");
        await stage.AddPersonAsync(leaked, "bob@worst-leaked.example");
        await stage.ReportAsync(new Match(leaked.ApiKey.Secret));
        await stage.ScanAfterAsync(TimeSpan.FromMinutes(1));
        await DisableAsync(young);

        using var operators = await stage.SignedInAsync(await OperatorAsync());
        var page = await operators.PageAsync(Page);
        string[] ours = [leaked.Slug, stale.Slug, quiet.Slug, young.Slug];
        Assert.Equal(ours, Order());
        Assert.Equal(["1", "3", "1", "2", "3"], Cells(leaked));
        Assert.Equal(["0", "4", "1", "1", "2"], Cells(stale));
        Assert.Equal("1", Row(stale).QuerySelector($"[data-rule='{FindingRule.StaleInvite.Name}']")!.GetAttribute("data-count"));
        Assert.Null(Row(quiet).QuerySelector($"[data-rule='{FindingRule.StaleInvite.Name}']"));
        Assert.Contains("Disabled", Row(young).TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Disabled", Row(quiet).TextContent, StringComparison.Ordinal);

        // The alert is closed with its key, and the organization is no worse than the others.
        await stage.RevokeAsync(leaked, leaked.ApiKey);
        page = await operators.PageAsync(Page);
        Assert.Equal(["0", "3", "1", "2", "2"], Cells(leaked));
        Assert.Equal([stale.Slug, quiet.Slug, young.Slug, leaked.Slug], Order());

        // Other tests have organizations of their own.
        IEnumerable<string> Order() => page.QuerySelectorAll("[data-organization]")
            .Select(row => row.GetAttribute("data-organization")!)
            .Where(ours.Contains);

        AngleSharp.Dom.IElement Row(TestOrganization organization) =>
            page.QuerySelector($"[data-organization='{organization.Slug}']")!;

        string[] Cells(TestOrganization organization) =>
        [
            .. Row(organization).QuerySelectorAll("td").Skip(1).Take(5)
                .Select(cell => (cell.QuerySelector("strong") ?? cell).TextContent.Trim()),
        ];
    }

    [Fact]
    public async Task Nothing_of_what_is_counted_is_shown()
    {
        var organization = await stage.CreateOrganizationAsync("Contents", "planted.admin@contents.example", "Planted Admin");
        await stage.IssueApiKeyAsync(organization, "planted-key");
        await stage.IssueApplicationKeyAsync(organization.Admin, "planted-application-key");
        await stage.AddPersonAsync(organization, "planted.person@contents.example", "Planted Person");
        await stage.SetContactsAsync(organization, "planted.contact@contents.example");
        await stage.InviteAsync(organization, "planted.invite@contents.example");
        await stage.ReportAsync(new Match(organization.ApiKey.Secret, Url: "https://planted.example/place"));
        using var operators = await stage.SignedInAsync(await OperatorAsync());
        var page = await operators.PageAsync(Page);
        Assert.NotNull(page.QuerySelector($"[data-organization='{organization.Slug}']"));
        var html = page.DocumentElement.OuterHtml;
        Assert.DoesNotContain("planted", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@contents.example", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(organization.Id.ToString(), html, StringComparison.Ordinal);

        // Four characters stand by chance in some address; in what is read they do not.
        Assert.DoesNotContain(
            (await KeyAsync(organization.ApiKey)).Last4, page.QuerySelector("main table")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_organization_stands_on_one_page_and_many_cost_as_much_as_few()
    {
        using var operators = await stage.SignedInAsync(await OperatorAsync());
        var few = await CredentialStage.CostAsync(operators, Page);
        await stage.InScopeAsync(async db =>
        {
            for (var number = 0; number < 60; number++)
            {
                db.Add(new Organization($"Many {number}", $"many-{number}", stage.Now));
            }

            await db.SaveChangesAsync();
        });
        Assert.Equal(few, await CredentialStage.CostAsync(operators, Page));
        Assert.InRange(few, 1, 6);

        var seen = new List<string>();
        var address = Page;
        do
        {
            var page = await operators.PageAsync(address);
            var rows = page.QuerySelectorAll("[data-organization]").Select(row => row.GetAttribute("data-organization")!);
            seen.AddRange(rows);
            address = page.QuerySelector("main a.btn")?.GetAttribute("href");
        }
        while (address is not null);
        var all = (await stage.RowsAsync<Organization>()).Select(row => row.Slug).Order(StringComparer.Ordinal);
        Assert.Equal(all, seen.Order(StringComparer.Ordinal));
        foreach (var nonsense in new[] { "x", "1_2_3", "-1_0_0_0", "99999999999_0_1_00000000000000000000000000000000" })
        {
            Assert.NotEmpty((await operators.PageAsync($"{Page}?after={nonsense}")).QuerySelectorAll("[data-organization]"));
        }
    }

    private async Task<Person> OperatorAsync()
    {
        var own = await stage.CreateOrganizationAsync($"Operators {Guid.NewGuid():N}");
        await stage.MakeOperatorAsync(own.Admin);
        return own.Admin;
    }

    private async Task<Credential> KeyAsync(IssuedKey key) =>
        Assert.Single(await stage.RowsAsync<Credential>(all => all.Where(row => row.Id == key.Id)));

    private Task DisableAsync(TestOrganization organization) => stage.InScopeAsync(async db =>
    {
        (await db.Organizations.SingleAsync(row => row.Id == organization.Id)).Disable(stage.Now);
        await db.SaveChangesAsync();
    });
}

/// <summary>Makes operators, as the command does.</summary>
internal static class Operators
{
    public static Task MakeOperatorAsync(this App app, Person person, bool isOperator = true) => app.InScopeAsync(async db =>
    {
        (await db.Users.SingleAsync(login => login.Email == person.Email)).IsOperator = isOperator;
        await db.SaveChangesAsync();
    });
}
