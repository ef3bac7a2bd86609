using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>Before somebody is disabled: what stops, with whom, and how a program gets another key in time.</summary>
public sealed class OffboardingTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task The_preview_tells_who_calls_with_each_key_and_which_apps_stop()
    {
        var organization = await stage.CreateOrganizationAsync("Callers");
        var bob = await stage.AddPersonAsync(organization, "bob@callers.example", "Bob");
        var busy = await stage.IssueApplicationKeyAsync(bob, "busy", "metrics_read");
        var idle = await stage.IssueApplicationKeyAsync(bob, "idle");
        await stage.AddCallersAsync(busy.Id, 1, 5, 7);
        await stage.AddCallersAsync(busy.Id, 40, 1, 1000);
        await AuthorizeAsync(organization, bob, "Report Mailer", isEnded: false);
        await AuthorizeAsync(organization, bob, "Old App", isEnded: true);
        await AuthorizeAsync(organization, organization.Admin, "Ann's App", isEnded: false);

        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(Preview(organization, bob));
        var shown = page.TextOf($"[data-ending='{busy.Id}']");
        Assert.Contains("35 calls in the last 30 days, from 5 callers", shown, StringComparison.Ordinal);
        Assert.Contains("service 1, robot/1 from 10.1.0.1: 7 calls", shown, StringComparison.Ordinal);
        Assert.Contains("and 2 others", shown, StringComparison.Ordinal);
        Assert.Contains(
            "Nobody called with it in the last 30 days", page.TextOf($"[data-ending='{idle.Id}']"), StringComparison.Ordinal);
        Assert.Equal(2, page.QuerySelectorAll("[data-ending]").Length);
        Assert.Contains("“Report Mailer” of Somebody", Assert.Single(page.QuerySelectorAll("[data-grants] li")).TextContent);
    }

    [Fact]
    public async Task A_service_account_is_given_a_new_key_that_does_the_same_and_the_old_one_ends_with_its_owner()
    {
        var organization = await stage.CreateOrganizationAsync("Handing over");
        var bob = await stage.AddPersonAsync(organization, "bob@handing.example", "Bob");
        var key = await stage.IssueApplicationKeyAsync(bob, "deploy", "dashboards_read", "monitors_write");
        var token = await stage.IssueTokenAsync(bob.Id, "export", stage.Now.AddDays(20), "metrics_read");
        var robot = await stage.AddServiceAccountAsync(organization, "robot@handing.example");
        using var admin = await stage.SignedInAsync(organization.Admin);

        using var made = await admin.PostFormAsync(
            Preview(organization, bob), "Make a new key", $"[data-ending='{key.Id}']", ("account", $"{robot}"));
        var secret = await made.SecretAsync(stage);
        Assert.NotEqual(key.Secret, secret);
        using var second = await admin.PostFormAsync(
            Preview(organization, bob), "Make a new key", $"[data-ending='{token.Id}']", ("account", $"{robot}"));
        var bearer = await second.SecretAsync(stage);

        var held = await stage.RowsAsync<OwnedCredential>(all => all.Where(owned => owned.OwnerId == robot));
        var (newKey, newToken) = (
            Assert.Single(held.OfType<ApplicationKey>()), Assert.Single(held.OfType<ServiceAccessToken>()));
        Assert.Equal(("deploy", organization.Admin.Id), (newKey.Name, newKey.CreatedBy));
        Assert.Equal(["dashboards_read", "monitors_write"], newKey.Scopes);
        Assert.Equal(("export", stage.Now.AddDays(20)), (newToken.Name, newToken.ExpiresAt));
        Assert.Equal(["metrics_read"], newToken.Scopes);

        // The old ones are as they were: nothing is transferred, and nothing ties them to the new ones.
        var old = await stage.RowAsync<ApplicationKey>(key.Id);
        Assert.Equal((bob.Id, true, null), (old.OwnerId, old.IsActive, old.ReplacedBy));

        using var disabled = await admin.PostFormAsync(Preview(organization, bob), "Disable");
        Assert.Contains("Disabled Bob", await admin.DoneAsync(disabled), StringComparison.Ordinal);
        Assert.False((await stage.RowAsync<ApplicationKey>(key.Id)).IsActive);
        Assert.Equal(HttpStatusCode.Forbidden, await stage.CallAsync("Authorization", "Bearer " + token.Secret));
        Assert.Equal(HttpStatusCode.OK, await stage.CallAsync("Authorization", "Bearer " + bearer));
        (await ApiCaller.With(stage, organization.ApiKey.Secret, secret).GetAsync("/verify")).Must(HttpStatusCode.OK);
        using var over = await admin.GetAsync(Preview(organization, bob));
        Assert.Equal(HttpStatusCode.Redirect, over.StatusCode);
    }

    [Fact]
    public async Task Only_an_account_that_may_do_what_the_key_does_is_offered_and_the_others_with_what_they_lack()
    {
        var organization = await stage.CreateOrganizationAsync("Covering");
        var bob = await stage.AddPersonAsync(organization, "bob@covering.example", "Bob");
        var narrow = await stage.IssueApplicationKeyAsync(bob, "narrow", "dashboards_read", "org_management");
        var wide = await stage.IssueApplicationKeyAsync(bob, "wide");
        var writer = await stage.IssueApplicationKeyAsync(bob, "writer", "monitors_write");
        var reader = await AddAccountAsync(organization, "Reader", Role.ReadOnlyName);
        var standard = await AddAccountAsync(organization, "Standard", Role.StandardName);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(Preview(organization, bob));

        // Bob himself may not manage the organization, so that his key loses nothing without it.
        Assert.Equal([$"{reader}", $"{standard}"], Offered(narrow));
        Assert.Equal([$"{standard}"], Offered(wide));
        Assert.Equal([$"{standard}"], Offered(writer));
        Assert.Equal("Reader lacks monitors_write", page.TextOf($"[data-ending='{writer.Id}'] [data-unable] li"));
        Assert.Matches(@"Reader lacks \w+ \(\+\d+ more\)", page.TextOf($"[data-ending='{wide.Id}'] [data-unable] li"));

        using var forced = await admin.PostFormAsync(
            Preview(organization, bob), "Make a new key", $"[data-ending='{writer.Id}']", ("account", $"{reader}"));
        Assert.Contains("lacks monitors_write", await forced.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);

        // A person never takes over, nor an account that is disabled.
        foreach (var (account, status) in new[]
        {
            (organization.Admin.Id, HttpStatusCode.NotFound), (standard, HttpStatusCode.BadRequest),
        })
        {
            if (account == standard)
            {
                await stage.DisableAsync(standard);
            }

            using var refused = await admin.PostFormAsync(
                Preview(organization, bob), "Make a new key", $"[data-ending='{narrow.Id}']", ("account", $"{account}"));
            Assert.Equal(status, refused.StatusCode);
        }

        // Nor does anything take over from what has ended.
        await stage.RevokeAsync(organization, narrow);
        using var ended = await MakeAsync(bob.Id, narrow, reader);
        Assert.Contains("not active", await ended.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Empty(await stage.RowsAsync<OwnedCredential>(
            all => all.Where(owned => owned.OwnerId == reader || owned.OwnerId == standard)));

        // A service account that ends can be followed, by another one.
        var token = await stage.IssueTokenAsync(reader, "export", stage.Now.AddDays(9), "dashboards_read");
        using var itself = await MakeAsync(reader, token, reader);
        Assert.Contains(
            "another service account", await itself.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        var other = await AddAccountAsync(organization, "Other reader", Role.ReadOnlyName);
        using var followed = await MakeAsync(reader, token, other);
        await followed.SecretAsync(stage);

        Task<HttpResponseMessage> MakeAsync(Id<User> owner, IssuedKey key, Id<User> account) => admin.ForceAsync(
            Preview(organization, bob),
            organization.Settings($"users/{owner}/disable?handler=Make&key={key.Id}"),
            ("account", $"{account}"));

        IEnumerable<string> Offered(IssuedKey key) => page
            .QuerySelectorAll($"[data-ending='{key.Id}'] option").Select(option => option.GetAttribute("value")!);
    }

    [Fact]
    public async Task Who_may_not_manage_service_accounts_disables_but_hands_nothing_over()
    {
        var organization = await stage.CreateOrganizationAsync("No robots");
        var bob = await stage.AddPersonAsync(organization, "bob@norobots.example", "Bob");
        var key = await stage.IssueApplicationKeyAsync(bob, "tool");
        var robot = await stage.AddServiceAccountAsync(organization, "robot@norobots.example");
        var manager = await stage.AddPersonWhoMayAsync(organization, Permission.UserAccessManage);
        using var client = await stage.SignedInAsync(manager);
        Assert.Equal(["Disable"], (await client.PageAsync(Preview(organization, bob))).Buttons());
        using var forced = await MakeAsync(client, manager);
        Assert.Equal(HttpStatusCode.Forbidden, forced.StatusCode);

        // And who manages service accounts alone learns nothing of a person's keys, and makes no key that follows them.
        var keeper = await stage.AddPersonWhoMayAsync(organization, Permission.ServiceAccountWrite);
        using var keeping = await stage.SignedInAsync(keeper);
        using var shown = await keeping.GetAsync(Preview(organization, bob));
        Assert.Equal(HttpStatusCode.Forbidden, shown.StatusCode);
        Assert.DoesNotContain("tool", await shown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var forcedToo = await MakeAsync(keeping, keeper);
        Assert.Equal(HttpStatusCode.Forbidden, forcedToo.StatusCode);
        Assert.Empty(await stage.RowsAsync<OwnedCredential>(all => all.Where(owned => owned.OwnerId == robot)));

        Task<HttpResponseMessage> MakeAsync(HttpClient who, Person self) => who.ForceAsync(
            self == manager ? Preview(organization, bob) : organization.Settings("service-accounts"),
            $"{Preview(organization, bob)}?handler=Make&key={key.Id}",
            ("account", $"{robot}"));
    }

    [Fact]
    public async Task What_nobody_else_holds_is_said_before_anybody_clicks()
    {
        var organization = await stage.CreateOrganizationAsync("Only one");
        var oncall = await stage.AddPersonWhoMayAsync(organization, Permission.AuditLogsRead, "monitors_read");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = await admin.PageAsync(Preview(organization, oncall));
        var words = page.TextOf("[data-only-holder]");
        Assert.Contains("Nobody else who can sign in holds the role role", words, StringComparison.Ordinal);
        Assert.DoesNotContain(Permission.AuditLogsRead, words, StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("[data-last-admin]"));

        // Somebody disabled who has the role does not help; somebody active does.
        var role = Assert.Single((await stage.RowsAsync<User>(
            all => all.Include(user => user.Roles).Where(user => user.Id == oncall.Id))).Single().Roles).Name;
        var second = await stage.AddPersonAsync(organization, "second@only.example", role: role);
        await stage.DisableAsync(second.Id);
        Assert.NotNull((await admin.PageAsync(Preview(organization, oncall))).QuerySelector("[data-only-holder]"));
        await stage.AddPersonAsync(organization, "third@only.example", role: role);
        Assert.Null((await admin.PageAsync(Preview(organization, oncall))).QuerySelector("[data-only-holder]"));

        // Two admins: neither is the last, but one of the two alone has a permission that only an admin has.
        var dora = await stage.AddPersonAsync(organization, "dora@only.example", "Dora", Role.AdminName);
        Assert.Null((await admin.PageAsync(Preview(organization, dora))).QuerySelector("[data-last-admin]"));
        Assert.Contains("Disable", (await admin.PageAsync(Preview(organization, dora))).Buttons());
    }

    [Fact]
    public async Task A_preview_of_many_keys_costs_no_more_statements_than_one_of_few()
    {
        var organization = await stage.CreateOrganizationAsync("Many keys");
        var bob = await stage.AddPersonAsync(organization, "bob@many.example");
        string[] pages = [Preview(organization, bob), organization.Settings($"users/{bob.Id}")];
        await AddAsync(3);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var few = await CostsAsync();
        await AddAsync(Offboarding.ShownMax);
        Assert.Equal(few, await CostsAsync());
        Assert.All(few, cost => Assert.InRange(cost, 1, 6));
        var page = await admin.PageAsync(pages[0]);
        Assert.Equal(Offboarding.ShownMax, page.QuerySelectorAll("[data-ending]").Length);
        Assert.Contains(
            "They hold 53 keys and tokens, of which these 50 were used last",
            page.Body!.TextContent,
            StringComparison.Ordinal);
        Assert.Equal("53", (await admin.PageAsync(pages[1])).QuerySelector("[data-keys]")!.GetAttribute("data-keys"));

        async Task AddAsync(int count)
        {
            for (var number = 0; number < count; number++)
            {
                var key = await stage.IssueApplicationKeyAsync(bob, $"key {number}");
                if (number < 10)
                {
                    await stage.AddCallersAsync(key.Id, 1, 4, 1);
                    await AddAccountAsync(organization, $"Robot {number}", Role.ReadOnlyName);
                    await AuthorizeAsync(organization, bob, $"App {number}", isEnded: false);
                }
            }
        }

        async Task<List<int>> CostsAsync() =>
            [await CredentialStage.CostAsync(admin, pages[0]), await CredentialStage.CostAsync(admin, pages[1])];
    }

    private static string Preview(TestOrganization organization, Person person) =>
        organization.Settings($"users/{person.Id}/disable");

    private Task AuthorizeAsync(TestOrganization organization, Person person, string name, bool isEnded) =>
        stage.InScopeAsync(async db =>
        {
            var app = TestApps.NewApp(organization, name, ["dashboards_read"], stage.Now);
            var user = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
                .SingleAsync(known => known.Id == person.Id);
            var grant = app.Authorize(user, live: null, ["dashboards_read"], stage.Now);
            if (isEnded)
            {
                grant.Revoke(person.Id, RevocationReason.ByHand, int.MaxValue, stage.Now);
            }

            db.Add(app);
            await db.SaveChangesAsync();
        });

    private Task<Id<User>> AddAccountAsync(TestOrganization organization, string name, string role) =>
        stage.InScopeAsync(async (SafetyCenter.Web.Data.SafetyCenterDb db) =>
        {
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(row => row.OrganizationId == organization.Id && row.Name == role)
                .ToListAsync();
            var account = User.ServiceAccount(organization.Id, "robots@accounts.example", name, title: null, roles, stage.Now);
            db.Add(account);
            await db.SaveChangesAsync();
            return account.Id;
        });
}
