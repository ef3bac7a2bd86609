using System.Net;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>What all lists of credentials share: their cost, the menu, ends, undo, and the window for it.</summary>
public sealed class CredentialListsTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    private static readonly string[] Lists =
        ["api-keys", "application-keys", "client-tokens", "access-tokens", "service-accounts"];

    [Fact]
    public async Task A_list_asks_the_database_as_often_for_many_rows_as_for_few()
    {
        var organization = await stage.CreateOrganizationAsync("Counted lists");
        var account = await AddRowsAsync(organization, 3);
        using var admin = await stage.SignedInAsync(organization.Admin);
        string[] pages = [.. Lists, $"service-accounts/{account}"];
        var few = await CostsAsync();
        await AddRowsAsync(organization, 40);
        var many = await CostsAsync();
        Assert.Equal(few, many);
        Assert.All(many, cost => Assert.InRange(cost.Statements, 1, 6));

        async Task<List<(string Page, int Statements)>> CostsAsync()
        {
            var costs = new List<(string, int)>();
            foreach (var page in pages)
            {
                costs.Add((page, await CredentialStage.CostAsync(admin, organization.Settings(page))));
            }

            return costs;
        }
    }

    [Fact]
    public async Task The_menu_holds_the_pages_one_may_open_and_no_others()
    {
        var organization = await stage.CreateOrganizationAsync("Menu");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var all = await LinksAsync(admin, organization);
        Assert.Equal(Lists.Select(organization.Settings), all.Take(Lists.Length));
        foreach (var link in all)
        {
            await admin.PageAsync(link);
        }

        var reader = await stage.AddPersonAsync(organization, "eve@menu.example", role: Role.ReadOnlyName);
        using var readOnly = await stage.SignedInAsync(reader);
        var page = await readOnly.PageAsync(organization.Settings("client-tokens"));
        Assert.Equal(
            [organization.Settings("client-tokens"), organization.Settings("users"), organization.Settings("roles")],
            page.QuerySelectorAll(".nav-menu a").Select(link => link.GetAttribute("href")!));

        static async Task<List<string>> LinksAsync(HttpClient client, TestOrganization organization) =>
        [
            .. (await client.PageAsync(organization.Settings("api-keys")))
                .QuerySelectorAll(".nav-menu a").Select(link => link.GetAttribute("href")!),
        ];
    }

    [Fact]
    public async Task An_API_key_can_be_given_an_end_and_a_revoked_one_is_brought_back_from_the_list()
    {
        var organization = await stage.CreateOrganizationAsync("Ends");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings("api-keys");
        using var made = await admin.PostFormAsync(page, "Create API key", ("name", "contractor"), ("ends", "30"));
        var secret = await made.SecretAsync(stage);
        var row = Assert.Single(await stage.RowsAsync<ApiKey>(
            all => all.Where(key => key.OrganizationId == organization.Id && key.Name == "contractor")));
        Assert.Equal(stage.Now.AddDays(30), row.ExpiresAt);
        Assert.Contains(
            "Expires in 30 days", (await admin.PageAsync(page)).TextOf($"[data-key='{row.Id}']"), StringComparison.Ordinal);
        using var odd = await admin.PostFormAsync(page, "Create API key", ("name", "odd"), ("ends", "31"));
        Assert.Contains("Choose when it ends", await odd.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);

        using var revoked = await admin.PostFormAsync(page, "Revoke", $"[data-key='{row.Id}']");
        Assert.Contains("You can undo this until 22 Jan 2026", await admin.DoneAsync(revoked), StringComparison.Ordinal);
        var listed = (await admin.PageAsync(page)).TextOf($"[data-revoked='{row.Id}']");
        Assert.Contains("22 Jan 2026 12:00 UTC", listed, StringComparison.Ordinal);

        // Meanwhile its name is given to another: then there is no place for it any more, and the page says so.
        var namesake = await stage.IssueApiKeyAsync(organization, "contractor");
        using var refused = await admin.PostFormAsync(page, "Undo", $"[data-revoked='{row.Id}']");
        Assert.Contains(
            "already an active API key", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var away = await admin.PostFormAsync(page, "Revoke", $"[data-key='{namesake.Id}']");
        await admin.DoneAsync(away);
        using var undone = await admin.PostFormAsync(page, "Undo", $"[data-revoked='{row.Id}']");
        await admin.DoneAsync(undone);
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("DD-API-KEY", secret));
    }

    [Fact]
    public async Task A_key_that_leaked_is_not_offered_for_undo()
    {
        var organization = await stage.CreateOrganizationAsync("Leaky list");
        var key = await stage.IssueApiKeyAsync(organization, "leaky");
        await stage.ReportAsync(new Match(key.Secret, Url: "https://example.org/paste"));
        using var admin = await stage.SignedInAsync(organization.Admin);
        using var revoked = await admin.PostFormAsync(organization.Settings("api-keys"), "Revoke", $"[data-key='{key.Id}']");
        Assert.Contains("You cannot undo this", await admin.DoneAsync(revoked), StringComparison.Ordinal);
        Assert.Null((await admin.PageAsync(organization.Settings("api-keys"))).QuerySelector("[data-revoked]"));
    }

    [Fact]
    public async Task The_window_for_undo_is_the_organizations_and_a_change_of_it_is_written_down()
    {
        var organization = await stage.CreateOrganizationAsync("Window");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.SafetyCenter("configuration");
        foreach (var days in new[] { "31", "-1", "soon" })
        {
            using var refused = await admin.PostFormAsync(page, "Save undo window", ("undoDays", days));
            Assert.Contains("0 to 30 days", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        }

        using var saved = await admin.PostFormAsync(page, "Save undo window", ("undoDays", "0"));
        Assert.Contains("cannot be undone from now on", await admin.DoneAsync(saved), StringComparison.Ordinal);
        var row = Assert.Single(await stage.RowsAsync<Organization>(all => all.Where(row => row.Id == organization.Id)));
        Assert.Equal(0, row.UndoDays);
        Assert.Contains(
            await stage.RowsAsync<AuditEvent>(all => all.Where(change => change.OrganizationId == organization.Id)),
            change => change.Changes?.Contains("undo_days", StringComparison.Ordinal) == true);

        var key = await stage.IssueApiKeyAsync(organization, "spare");
        using var revoked = await admin.PostFormAsync(organization.Settings("api-keys"), "Revoke", $"[data-key='{key.Id}']");
        Assert.Contains("does not let revocations be undone", await admin.DoneAsync(revoked), StringComparison.Ordinal);
        Assert.DoesNotContain("Undo", (await admin.PageAsync(organization.PageOf(key))).Buttons());
    }

    [Fact]
    public async Task An_alert_tells_beside_its_button_whether_revoking_breaks_something()
    {
        var organization = await stage.CreateOrganizationAsync("Verdict");
        await stage.IssueApiKeyAsync(organization, "spare");
        await stage.CallAsync("DD-API-KEY", organization.ApiKey.Secret, "shop");
        await stage.ReportAsync(new Match(organization.ApiKey.Secret, Url: "https://example.org/paste"));
        using var admin = await stage.SignedInAsync(organization.Admin);
        var list = await admin.PageAsync(organization.SafetyCenter("alerts"));
        var alert = await admin.PageAsync(list.QuerySelector("[data-rule] a")!.GetAttribute("href")!);
        Assert.Contains("Will break if it is revoked (~1 call a day).", alert.TextOf("#verdict"), StringComparison.Ordinal);
        Assert.Contains(
            alert.Links, link => link.GetAttribute("href") == organization.PageOf(organization.ApiKey));
    }

    // As many of everything: keys, tokens, revoked ones, owners, service accounts.
    private async Task<string> AddRowsAsync(TestOrganization organization, int count)
    {
        var account = "";
        await stage.InScopeAsync(async db =>
        {
            var format = new SecretFormat();
            var owner = await db.Organizations.SingleAsync(row => row.Id == organization.Id);
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(role => role.OrganizationId == organization.Id && role.Name == Role.ReadOnlyName).ToListAsync();
            for (var number = 0; number < count; number++)
            {
                var name = $"{Guid.NewGuid():N}";
                var robot = User.ServiceAccount(organization.Id, $"{name}@robots.example", "Robot", null, roles, stage.Now);
                var id = global::SafetyCenter.Core.Id<Credential>.New(stage.Now);
                Credential[] made =
                [
                    ApiKey.Issue(owner, name, false, 0, format.Mint(SecretKind.ApiKey), null, stage.Now),
                    ApiKey.Issue(owner, name + "-", false, 0, format.Mint(SecretKind.ApiKey), null, stage.Now),
                    ClientToken.Issue(owner, name, false, format.Mint(SecretKind.ClientToken), null, stage.Now),
                    new ApplicationKey(robot, name, [], format.Mint(SecretKind.ApplicationKey), stage.Now),
                    new ServiceAccessToken(
                        id, robot, name, ["metrics_read"], null, format.Mint(SecretKind.ServiceAccessToken, id.Value), null,
                        stage.Now),
                ];
                made[1].Revoke(null, RevocationReason.ByHand, int.MaxValue, stage.Now);
                db.Add(robot);
                db.AddRange(made);
                account = robot.Id.ToString();
            }

            await db.SaveChangesAsync();
        });
        return account;
    }
}
