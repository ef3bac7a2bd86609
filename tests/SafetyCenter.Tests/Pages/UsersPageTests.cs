using System.Net;
using AngleSharp.Html.Dom;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>The list of users: found, filtered, paged, and seen by those who may.</summary>
public sealed class UsersPageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task Users_are_found_by_a_part_of_name_address_or_title_taken_literally()
    {
        var organization = await stage.CreateOrganizationAsync("Finding", adminName: "Ann Admin");
        var bob = await stage.AddPersonAsync(organization, "bob_b@finding.example", "Bob 100% Builder");
        var eve = await stage.AddPersonAsync(organization, "eve@elsewhere.example", "Éve");
        await ChangeAsync(eve, user => user.Describe("Éve", "Head of Smelting", stage.Now));
        using var admin = await stage.SignedInAsync(organization.Admin);

        Assert.Equal([organization.Admin.Id, bob.Id, eve.Id], await FoundAsync(admin, organization, ""));
        Assert.Equal([eve.Id], await FoundAsync(admin, organization, "?search=E%CC%81VE"));
        Assert.Equal([eve.Id], await FoundAsync(admin, organization, "?search=elsewhere"));
        Assert.Equal([eve.Id], await FoundAsync(admin, organization, "?search=smelt"));
        Assert.Equal([bob.Id], await FoundAsync(admin, organization, "?search=%25"));
        Assert.Equal([bob.Id], await FoundAsync(admin, organization, "?search=_"));
        Assert.Empty(await FoundAsync(admin, organization, "?search=%5C"));
        Assert.Empty(await FoundAsync(admin, organization, "?search=%00"));

        var none = await admin.PageAsync(organization.Settings("users?search=nobody-has-this"));
        Assert.Contains("Nobody was found", none.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal("nobody-has-this", none.QuerySelector("#search")!.GetAttribute("value"));
    }

    [Fact]
    public async Task Users_are_filtered_by_status_role_and_kind_and_the_disabled_are_hidden_until_asked_for()
    {
        var organization = await stage.CreateOrganizationAsync("Filters", adminName: "Ann");
        var bob = await stage.AddPersonAsync(organization, "bob@filters.example", "Bob");
        var gone = await stage.AddPersonAsync(organization, "gone@filters.example", "Gone", Role.ReadOnlyName);
        await stage.DisableAsync(gone.Id);
        var robot = await stage.AddServiceAccountAsync(organization, "robot@filters.example");
        var pending = await AddPendingAsync(organization, "pending@filters.example");
        using var admin = await stage.SignedInAsync(organization.Admin);

        Assert.Equal(
            [organization.Admin.Id, bob.Id, pending, robot], await FoundAsync(admin, organization, ""));
        Assert.Equal([gone.Id], await FoundAsync(admin, organization, "?status=disabled"));
        Assert.Equal([pending], await FoundAsync(admin, organization, "?status=pending"));
        Assert.Equal([organization.Admin.Id, bob.Id, robot], await FoundAsync(admin, organization, "?status=active"));
        Assert.Equal(5, (await FoundAsync(admin, organization, "?status=all")).Count);
        Assert.Equal([robot], await FoundAsync(admin, organization, "?kind=service-accounts"));
        Assert.Equal([organization.Admin.Id, bob.Id], await FoundAsync(admin, organization, "?kind=people&status=active"));
        var readOnly = await RoleAsync(organization, Role.ReadOnlyName);
        Assert.Empty(await FoundAsync(admin, organization, $"?role={readOnly}"));
        Assert.Equal([gone.Id], await FoundAsync(admin, organization, $"?role={readOnly}&status=all"));

        var list = await admin.PageAsync(organization.Settings("users?status=all"));
        Assert.Equal("5", list.QuerySelector("[data-count]")!.GetAttribute("data-count"));
        Assert.Contains("Pending", list.TextOf($"[data-user='{pending}']"), StringComparison.Ordinal);
        Assert.Contains("never signs in", list.TextOf($"[data-user='{robot}']"), StringComparison.Ordinal);
        Assert.Equal(
            organization.Settings($"service-accounts/{robot}"),
            list.QuerySelector($"[data-user='{robot}'] a")!.GetAttribute("href"));
        await admin.PageAsync(list.QuerySelector($"[data-user='{bob.Id}'] a")!.GetAttribute("href")!);
    }

    [Fact]
    public async Task The_list_tells_who_has_a_second_factor_and_when_they_last_signed_in()
    {
        var organization = await stage.CreateOrganizationAsync("Factors", adminName: "Ann");
        var bob = await stage.AddPersonAsync(organization, "bob@factors.example", "Bob");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var before = await admin.PageAsync(organization.Settings("users"));
        Assert.Equal("no", before.TextOf($"[data-user='{bob.Id}'] [data-label='Second factor']"));
        Assert.Equal("never", before.TextOf($"[data-user='{bob.Id}'] [data-label='Last signed in']"));
        Assert.StartsWith(
            "just now",
            before.TextOf($"[data-user='{organization.Admin.Id}'] [data-label='Last signed in']"),
            StringComparison.Ordinal);

        await stage.InScopeAsync(db => db.Users.Where(login => login.Email == bob.Email)
            .ExecuteUpdateAsync(set => set.SetProperty(login => login.TwoFactorEnabled, true)));
        var after = await admin.PageAsync(organization.Settings("users"));
        Assert.Equal("yes", after.TextOf($"[data-user='{bob.Id}'] [data-label='Second factor']"));
        Assert.Equal("no", after.TextOf($"[data-user='{organization.Admin.Id}'] [data-label='Second factor']"));
        Assert.Equal("yes", (await admin.PageAsync(organization.Settings($"users/{bob.Id}"))).TextOf("[data-second-factor]"));
    }

    [Fact]
    public async Task Pages_go_by_name_and_hold_everybody_once()
    {
        var organization = await stage.CreateOrganizationAsync("Long list", adminName: "zoe");
        await AddManyAsync(organization, 120);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var seen = new List<string>();
        var next = organization.Settings("users?kind=people");
        for (var page = 0; page < 3; page++)
        {
            var document = await admin.PageAsync(next);
            Assert.Equal("121", document.QuerySelector("[data-count]")!.GetAttribute("data-count"));
            seen.AddRange(document.QuerySelectorAll("[data-user] strong").Select(name => name.TextContent));
            next = document.QuerySelector("a[rel=next]")?.GetAttribute("href") ?? "";
            Assert.Equal(page < 2, next.Contains("kind=people", StringComparison.Ordinal));
        }

        Assert.Equal(121, seen.Count);
        Assert.Equal(seen.Order(StringComparer.OrdinalIgnoreCase), seen);
        Assert.Equal(30, seen.Count(name => name == "Same Name"));
        Assert.Equal(91 + 1, seen.Distinct().Count());
    }

    [Fact]
    public async Task Who_may_see_users_sees_those_of_their_own_organization_and_nobody_else_sees_any()
    {
        var (acme, globex) = (await stage.CreateOrganizationAsync("Acme U"), await stage.CreateOrganizationAsync("Globex U"));
        using var carl = await stage.SignedInAsync(globex.Admin);
        var list = await carl.PageAsync(globex.Settings($"users?status=all&after={acme.Admin.Id}"));
        Assert.DoesNotContain("acme-u", list.Body!.InnerHtml, StringComparison.Ordinal);
        using var foreign = await carl.GetAsync(acme.Settings("users"));
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);

        var reader = await stage.AddPersonAsync(acme, "reader@acme-u.example", role: Role.ReadOnlyName);
        using var reading = await stage.SignedInAsync(reader);
        var seen = await reading.PageAsync(acme.Settings("users"));
        Assert.NotNull(seen.QuerySelector($"[data-user='{acme.Admin.Id}']"));
        Assert.DoesNotContain(seen.Links, link => link.TextContent == "Invite people");

        var stranger = await stage.AddPersonWhoMayAsync(acme, Permission.ApiKeysRead);
        using var strange = await stage.SignedInAsync(stranger);
        using var refused = await strange.GetAsync(acme.Settings("users"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        var inviter = await stage.AddPersonWhoMayAsync(acme, Permission.UserAccessRead, Permission.UserAccessInvite);
        using var inviting = await stage.SignedInAsync(inviter);
        Assert.Contains(
            (await inviting.PageAsync(acme.Settings("users"))).Links,
            link => link.GetAttribute("href") == acme.Settings("users/invite"));
    }

    [Fact]
    public async Task The_list_asks_the_database_as_often_for_many_as_for_few()
    {
        var organization = await stage.CreateOrganizationAsync("Counted users", adminName: "Aaron");
        await AddManyAsync(organization, 60);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var first = organization.Settings("users?search=e");
        var second = (await admin.PageAsync(first)).QuerySelector("a[rel=next]")!.GetAttribute("href")!;
        var few = (await CredentialStage.CostAsync(admin, first), await CredentialStage.CostAsync(admin, second));
        await AddManyAsync(organization, 100);
        Assert.Equal(few, (await CredentialStage.CostAsync(admin, first), await CredentialStage.CostAsync(admin, second)));
        Assert.InRange(few.Item1, 1, 6);
        Assert.InRange(few.Item2, 1, 6);
    }

    private static async Task<List<Id<User>>> FoundAsync(HttpClient client, TestOrganization organization, string query) =>
        IdsIn(await client.PageAsync(organization.Settings("users") + query));

    private static List<Id<User>> IdsIn(IHtmlDocument page) =>
        [.. page.QuerySelectorAll("[data-user]").Select(row => Id<User>.Parse(row.GetAttribute("data-user")!, null))];

    private async Task<Id<Role>> RoleAsync(TestOrganization organization, string name) => Assert.Single(
        await stage.RowsAsync<Role>(all => all.Where(role => role.OrganizationId == organization.Id && role.Name == name))).Id;

    private Task ChangeAsync(Person person, Action<User> change) => stage.InScopeAsync(async db =>
    {
        change(await db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).SingleAsync(user => user.Id == person.Id));
        await db.SaveChangesAsync();
    });

    private Task<Id<User>> AddPendingAsync(TestOrganization organization, string email) =>
        stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var user = new User(organization.Id, email, name: null, [], stage.Now);
            db.Add(user);
            await db.SaveChangesAsync();
            return user.Id;
        });

    // Names in both cases, and every fourth the same.
    private Task AddManyAsync(TestOrganization organization, int count) => stage.InScopeAsync(async db =>
    {
        var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Where(role => role.OrganizationId == organization.Id).ToListAsync();
        for (var number = 0; number < count; number++)
        {
            var name = number % 4 == 0 ? "Same Name" : number % 2 == 0 ? $"ab {number:000}" : $"Ab {number:000}";
            db.Add(new User(organization.Id, $"{Guid.NewGuid():N}@list.example", name, roles, stage.Now));
        }

        await db.SaveChangesAsync();
    });
}
