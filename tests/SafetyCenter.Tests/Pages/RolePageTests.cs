using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>One role: who holds it, what a change does before it is done, and who is left without any.</summary>
public sealed class RolePageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task The_effect_is_shown_before_saving_and_told_after_and_other_roles_of_theirs_are_counted_in()
    {
        var organization = await stage.CreateOrganizationAsync("Effects");
        var role = await AddRoleAsync(organization, "Duty", "api_keys_write", "client_tokens_write");
        var keeps = await AddRoleAsync(organization, "Keeps", "client_tokens_write");
        foreach (var name in new[] { "bob", "eve", "dan" })
        {
            await stage.AddPersonAsync(organization, $"{name}@effects.example", name, "Duty");
        }

        await GiveAsync(organization, "dan@effects.example", keeps);
        var robot = await Tokens.ServiceAccountAsync(stage, organization, role: "Duty");
        await Tokens.AccessAsync(stage, robot, "named", "api_keys_write");
        await Tokens.AccessAsync(stage, robot, "also named", "dashboards_read", "api_keys_write");
        await Tokens.AccessAsync(stage, robot, "other", "dashboards_read");
        var gone = await stage.AddPersonAsync(organization, "gone@effects.example", role: "Duty");
        await Tokens.DisableAsync(stage, organization, gone.Id);
        await stage.InScopeAsync(async db =>
        {
            db.Add(new User(organization.Id, "pending@effects.example", null, [await FindAsync(db, role)], stage.Now));
            await db.SaveChangesAsync();
        });

        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"roles/{role}");
        (string, string)[] fields = [("name", "Duty"), ("permissions", "dashboards_write")];
        using var previewed = await admin.PostFormAsync(page, "Preview", fields);
        Assert.Equal(HttpStatusCode.OK, previewed.StatusCode);
        string[] effect =
        [
            "3 people and 1 service account lose api_keys_write; 2 application keys or tokens of theirs then get 403 for it.",
            "2 people and 1 service account lose client_tokens_write.",
            "3 people and 1 service account gain dashboards_write.",
        ];
        var preview = await previewed.ReadAsync();
        Assert.Equal(effect, preview.QuerySelectorAll("[data-effect] li").Select(item => item.TextContent));
        Assert.Equal(["dashboards_write"], preview.Ticked());
        Assert.Equal(["api_keys_write", "client_tokens_write"], await HeldAsync(role));

        using var saved = await admin.PostFormAsync(page, "Save", fields);
        Assert.Equal($"Saved “Duty”. {string.Join(' ', effect)}", await admin.DoneAsync(saved));
        Assert.Equal(["dashboards_write"], await HeldAsync(role));
        using var same = await admin.PostFormAsync(page, "Preview", fields);
        Assert.Contains(
            "It grants what it granted before.",
            (await same.ReadAsync()).QuerySelector("[data-effect]")!.TextContent,
            StringComparison.Ordinal);
        using var renamed = await admin.PostFormAsync(page, "Save", ("name", "Watch"));
        Assert.Equal("Saved “Watch”.", await admin.DoneAsync(renamed));
        Assert.Equal(["dashboards_write"], await HeldAsync(role));
    }

    [Fact]
    public async Task An_unscoped_key_counts_when_it_has_made_use_of_the_permission()
    {
        var organization = await stage.CreateOrganizationAsync("Used");
        var role = await AddRoleAsync(organization, "Duty", "api_keys_read", "client_tokens_read");
        var bob = await stage.AddPersonAsync(organization, "bob@used.example", "Bob", "Duty");
        var key = await stage.IssueApplicationKeyAsync(bob, "everything");
        (await ApiCaller.With(stage, organization.ApiKey.Secret, key.Secret).GetAsync("/api/v2/api_keys"))
            .Must(HttpStatusCode.OK);
        await stage.CallAsync("DD-API-KEY", organization.ApiKey.Secret);
        using var admin = await stage.SignedInAsync(organization.Admin);
        using var previewed = await admin.PostFormAsync(
            organization.Settings($"roles/{role}"), "Preview", ("permissions", "dashboards_read"));
        Assert.Equal(
            [
                "1 person loses api_keys_read; 1 application key or token of theirs then gets 403 for it.",
                "1 person loses client_tokens_read.",
                "1 person gains dashboards_read.",
            ],
            (await previewed.ReadAsync()).QuerySelectorAll("[data-effect] li").Select(item => item.TextContent));
    }

    [Fact]
    public async Task What_touches_nobody_is_said_in_one_sentence_and_a_wrong_permission_is_refused()
    {
        var organization = await stage.CreateOrganizationAsync("Nobodies");
        var role = await AddRoleAsync(organization, "Empty", "api_keys_read", "api_keys_write");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"roles/{role}");
        using var previewed = await admin.PostFormAsync(page, "Preview", ("permissions", "api_keys_read"));
        Assert.StartsWith(
            "Nobody loses api_keys_write: nobody holds the role,",
            (await previewed.ReadAsync()).QuerySelector("[data-effect] li")!.TextContent,
            StringComparison.Ordinal);
        foreach (var button in new[] { "Preview", "Save" })
        {
            using var wrong = await admin.PostFormAsync(page, button, ("name", "Odd"), ("permissions", "dance"));
            Assert.Equal("There is no permission “dance”.", await wrong.RefusalAsync(HttpStatusCode.BadRequest));
            Assert.Equal("Odd", (await wrong.ReadAsync()).QuerySelector("#name")!.GetAttribute("value"));
        }

        using var taken = await admin.PostFormAsync(page, "Save", ("name", Role.AdminName));
        Assert.Contains("already", await taken.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal(["api_keys_read", "api_keys_write"], await HeldAsync(role));
    }

    [Fact]
    public async Task Deleting_names_who_is_left_without_any_role_and_takes_it_from_everybody()
    {
        var organization = await stage.CreateOrganizationAsync("Deleted roles");
        var role = await AddRoleAsync(organization, "Duty", "api_keys_write");
        var keeps = await AddRoleAsync(organization, "Keeps", "api_keys_write");
        await stage.AddPersonAsync(organization, "bob@deleted-roles.example", "Bob Builder", "Duty");
        await stage.AddPersonAsync(organization, "eve@deleted-roles.example", "Eve Engineer", "Duty");
        await GiveAsync(organization, "eve@deleted-roles.example", keeps);
        await GiveAsync(organization, organization.Admin.Email, role);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"roles/{role}");
        var shown = await admin.PageAsync(page);
        Assert.Equal("1 person loses api_keys_write.", shown.QuerySelector("[data-deletion] li")!.TextContent);
        Assert.Equal(["Bob Builder"], shown.QuerySelectorAll("[data-left] li").Select(item => item.TextContent));
        Assert.Equal(3, shown.QuerySelectorAll("[data-holders] li").Length);

        var events = await stage.EventsOfAsync(organization, async () =>
        {
            using var deleted = await admin.PostFormAsync(page, "Delete");
            Assert.Equal(organization.Settings("roles"), deleted.Headers.Location!.ToString());
            Assert.Equal("Deleted “Duty”. 1 person loses api_keys_write.", await admin.DoneAsync(deleted));
        });
        Assert.Contains(events, row => (row.Name, row.AssetName) == ("deleted", "Duty"));
        using var gone = await admin.GetAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var held = (await stage.RowsAsync<User>(all => all.Include(user => user.Roles)
                .Where(user => user.OrganizationId == organization.Id).OrderBy(user => user.Email)))
            .Select(user => $"{user.Email.Split('@')[0]} {string.Join(", ", user.Roles.Select(left => left.Name))}");
        Assert.Equal([$"admin {Role.AdminName}", "bob ", "eve Keeps"], held);
    }

    [Fact]
    public async Task A_managed_role_is_only_shown_and_cannot_be_forced()
    {
        var organization = await stage.CreateOrganizationAsync("Managed");
        using var admin = await stage.SignedInAsync(organization.Admin);
        var standard = Assert.Single(await stage.RowsAsync<Role>(
            all => all.Where(row => row.OrganizationId == organization.Id && row.Name == Role.StandardName)));
        var page = organization.Settings($"roles/{standard.Id}");
        var shown = await admin.PageAsync(page);
        Assert.Empty(shown.Buttons());
        Assert.Contains("Clone it", shown.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(
            standard.Permissions.Length,
            shown.QuerySelectorAll("[data-group] li").Length);
        foreach (var action in new[] { "", "?handler=Preview", "?handler=Delete" })
        {
            using var forced = await admin.ForceAsync(page, page + action, ("name", "Mine"), ("permissions", "api_keys_read"));
            Assert.Contains(
                "is a managed role and cannot be changed",
                await forced.RefusalAsync(HttpStatusCode.Forbidden),
                StringComparison.Ordinal);
        }

        Assert.Equal(standard.Permissions, await HeldAsync(standard.Id.Value));
    }

    [Fact]
    public async Task The_last_admin_stays_and_what_was_ticked_is_still_there()
    {
        var organization = await stage.CreateOrganizationAsync("Last role");
        var role = await AddRoleAsync(organization, "Chief", Permission.OrgManagement, Permission.UserAccessManage);
        await GiveAsync(organization, organization.Admin.Email, role, isOnly: true);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"roles/{role}");
        using var saved = await admin.PostFormAsync(page, "Save", ("permissions", Permission.UserAccessManage));
        Assert.Contains("last admin", await saved.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.Equal([Permission.UserAccessManage], (await saved.ReadAsync()).Ticked());
        using var deleted = await admin.PostFormAsync(page, "Delete");
        Assert.Contains("last admin", await deleted.RefusalAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.Equal(
            [Permission.OrgManagement, Permission.UserAccessManage], (await deleted.ReadAsync()).Ticked().Order());
        Assert.Equal([Permission.OrgManagement, Permission.UserAccessManage], await HeldAsync(role));
    }

    [Fact]
    public async Task Roles_of_another_organization_are_not_there()
    {
        var (acme, globex) = (
            await stage.CreateOrganizationAsync("Acme R"), await stage.CreateOrganizationAsync("Globex R"));
        var role = await AddRoleAsync(acme, "Acme's duty", "api_keys_read");
        using var carl = await stage.SignedInAsync(globex.Admin);
        var foreign = globex.Settings($"roles/{role}");
        foreach (var page in new[] { foreign, globex.Settings($"roles/new?from={role}"), acme.Settings("roles") })
        {
            using var shown = await carl.GetAsync(page);
            Assert.Equal(HttpStatusCode.NotFound, shown.StatusCode);
        }

        foreach (var action in new[] { "", "?handler=Preview", "?handler=Delete", "?handler=Search" })
        {
            using var posted = await carl.ForceAsync(globex.Settings("roles/new"), foreign + action, ("name", "stolen"));
            Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        }

        Assert.DoesNotContain(
            "Acme's duty", (await carl.PageAsync(globex.Settings("roles"))).Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal(["api_keys_read"], await HeldAsync(role));
    }

    [Fact]
    public async Task A_role_that_many_hold_costs_no_more_statements_than_one_that_few_hold()
    {
        var organization = await stage.CreateOrganizationAsync("Held");
        var role = await AddRoleAsync(organization, "Duty", "api_keys_read");
        await AddHoldersAsync(2);
        using var admin = await stage.SignedInAsync(organization.Admin);
        var page = organization.Settings($"roles/{role}");
        var few = await CredentialStage.CostAsync(admin, page);
        await AddHoldersAsync(25);
        Assert.Equal(few, await CredentialStage.CostAsync(admin, page));
        Assert.InRange(few, 1, 6);
        var shown = await admin.PageAsync(page);
        Assert.Equal(20, shown.QuerySelectorAll("[data-holders] li").Length);
        Assert.Equal("and 7 more", shown.QuerySelector("[data-left] li:last-child")!.TextContent);
        Assert.NotNull(shown.QuerySelector($"a[href$='/users?role={role}']"));

        Task AddHoldersAsync(int count) => stage.InScopeAsync(async db =>
        {
            var held = await FindAsync(db, role);
            for (var number = 0; number < count; number++)
            {
                db.Add(new User(organization.Id, $"{Guid.NewGuid():N}@held.example", null, [held], stage.Now));
            }

            await db.SaveChangesAsync();
        });
    }

    private static Task<Role> FindAsync(SafetyCenterDb db, Guid role) =>
        db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter]).SingleAsync(row => row.Id == new Id<Role>(role));

    private Task<Guid> AddRoleAsync(TestOrganization organization, string name, params string[] permissions) =>
        stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var role = new Role(organization.Id, name, permissions, managed: false, stage.Now);
            db.Add(role);
            await db.SaveChangesAsync();
            return role.Id.Value;
        });

    private Task GiveAsync(TestOrganization organization, string email, Guid role, bool isOnly = false) =>
        stage.InScopeAsync(async db =>
        {
            var user = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(user => user.Roles)
                .SingleAsync(user => user.OrganizationId == organization.Id && user.Email == email);
            user.SetRoles([.. isOnly ? [] : user.Roles, await FindAsync(db, role)], stage.Now);
            await db.SaveChangesAsync();
        });

    private async Task<string[]> HeldAsync(Guid role) => Assert.Single(
        await stage.RowsAsync<Role>(all => all.Where(row => row.Id == new Id<Role>(role)))).Permissions;
}
