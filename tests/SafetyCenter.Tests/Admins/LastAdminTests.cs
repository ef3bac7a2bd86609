using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Admins;

/// <summary>
/// Every way that could leave an organization without an admin, tried one after the other. Ann is its only one, by a custom
/// role, so that the role can be turned against her, too; Max manages people and roles, but is no admin.
/// </summary>
public sealed class LastAdminTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task No_path_leaves_an_organization_without_an_admin()
    {
        var stage = await StageAsync();
        var refusals = new List<string>();
        foreach (var (path, action) in PathsOf(stage))
        {
            var status = await action();
            if (status != HttpStatusCode.Forbidden)
            {
                refusals.Add($"{path}: answered {(int)status}");
            }

            if (!await IsAdminAsync(stage.Ann))
            {
                refusals.Add($"{path}: the organization has no admin any more");
                break;
            }
        }

        Assert.True(refusals.Count == 0, string.Join('\n', refusals));
    }

    [Fact]
    public async Task Code_that_goes_past_every_page_and_endpoint_is_refused_when_it_saves()
    {
        var stage = await StageAsync();
        (string Way, Action<SafetyCenterDb, User> Act)[] ways =
        [
            ("no roles", (_, ann) => ann.SetRoles([], app.Now)),
            ("disabled", (_, ann) => ann.Disable(app.Now)),
            ("role emptied", (_, ann) => ann.Roles[0].SetPermissions([Permission.ApiKeysRead], app.Now)),
            ("role deleted", (db, ann) => db.Remove(ann.Roles[0])),
            ("user deleted", (db, ann) => db.Remove(ann)),
        ];
        foreach (var (way, act) in ways)
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => app.InScopeAsync(async (SafetyCenterDb db) =>
            {
                var ann = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(user => user.Roles)
                    .SingleAsync(user => user.Id == stage.Ann.Id);
                act(db, ann);
                await db.SaveChangesAsync();
            }));
            Assert.Contains("last admin", refused.Message, StringComparison.Ordinal);
            Assert.True(await IsAdminAsync(stage.Ann), way);
        }
    }

    [Fact]
    public async Task Two_saves_that_take_an_admin_away_at_once_wait_for_each_other_and_one_is_refused()
    {
        var organization = await app.CreateOrganizationAsync("Two saves");
        var dora = await app.AddPersonAsync(organization, "dora@two-saves.example", role: Role.AdminName);
        var outcomes = await Task.WhenAll(DisableAsync(organization.Admin), DisableAsync(dora));
        Assert.Single(outcomes, wasSaved => wasSaved);
        Assert.NotEqual(await IsAdminAsync(organization.Admin), await IsAdminAsync(dora));

        async Task<bool> DisableAsync(Person person)
        {
            try
            {
                await app.InScopeAsync(async (SafetyCenterDb db) =>
                {
                    var user = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
                        .SingleAsync(row => row.Id == person.Id);
                    user.Disable(app.Now);
                    await db.SaveChangesAsync();
                });
                return true;
            }
            catch (RefusedException)
            {
                return false;
            }
        }
    }

    // The path, and what it answers. Each is tried by whoever could do it: Max where nobody may do it to themselves, else Ann.
    private static IEnumerable<(string Path, Func<Task<HttpStatusCode>> Action)> PathsOf(Stage stage) =>
        PagesOf(stage).Concat(UsersOf(stage)).Concat(RolesOf(stage)).Concat(LegacyOf(stage));

    private static IEnumerable<(string Path, Func<Task<HttpStatusCode>> Action)> PagesOf(Stage stage)
    {
        var (organization, ann, browser) = (stage.Organization, $"{stage.Ann.Id}", stage.AnnsBrowser);
        var settings = $"/o/{organization.Slug}/organization-settings";
        yield return ("page of a user, other roles", () => FormAsync(
            browser, $"{settings}/users/{ann}", "", ("roles", $"{stage.Standard}")));
        yield return ("page of a user who leaves, disabled by somebody else", () => FormAsync(
            stage.MaxesBrowser, $"{settings}/users/{ann}/disable", "Disable"));
        yield return ("page of a role, emptied", () => FormAsync(
            stage.MaxesBrowser, $"{settings}/roles/{stage.Owners}", "", ("Name", "Owners"), ("Permissions", "api_keys_read")));
        yield return ("page of a role, deleted", () => FormAsync(
            stage.MaxesBrowser, $"{settings}/roles/{stage.Owners}", "Delete"));
        yield return ("Safety Center, demoted", () => FormAsync(
            browser, organization.SafetyCenter("users"), "Demote", ("user", ann)));
    }

    private static IEnumerable<(string Path, Func<Task<HttpStatusCode>> Action)> UsersOf(Stage stage)
    {
        var user = $"/api/v2/users/{stage.Ann.Id}";
        yield return ("DELETE user", () => StatusAsync(stage.MaxesProgram.DeleteAsync(user)));
        yield return ("PATCH user, disabled", () => StatusAsync(
            stage.MaxesProgram.PatchAsync(user, "users", $"{stage.Ann.Id}", new { disabled = true })));
    }

    private static IEnumerable<(string Path, Func<Task<HttpStatusCode>> Action)> RolesOf(Stage stage)
    {
        var role = $"/api/v2/roles/{stage.Owners}";
        var permission = PermissionCatalogue.All.Single(entry => entry.Name == Permission.OrgManagement).Id;
        yield return ("PATCH role, other permissions", () => StatusAsync(stage.AnnsProgram.SendAsync(
            HttpMethod.Patch,
            role,
            new
            {
                data = new
                {
                    type = "roles",
                    id = $"{stage.Owners}",
                    attributes = new { name = "Owners" },
                    relationships = new { permissions = new { data = Array.Empty<object>() } },
                },
            })));
        yield return ("DELETE permission of a role", () => StatusAsync(stage.AnnsProgram.SendAsync(
            HttpMethod.Delete, $"{role}/permissions", new { data = new { type = "permissions", id = permission } })));
        yield return ("DELETE user of a role", () => StatusAsync(stage.AnnsProgram.SendAsync(
            HttpMethod.Delete, $"{role}/users", new { data = new { type = "users", id = $"{stage.Ann.Id}" } })));
        yield return ("DELETE role", () => StatusAsync(stage.MaxesProgram.DeleteAsync(role)));
    }

    private static IEnumerable<(string Path, Func<Task<HttpStatusCode>> Action)> LegacyOf(Stage stage)
    {
        var user = $"/api/v1/user/{stage.Ann.Email}";
        yield return ("v1 DELETE user", () => StatusAsync(stage.MaxesProgram.DeleteAsync(user)));
        yield return ("v1 PUT user, disabled", () => StatusAsync(
            stage.MaxesProgram.SendAsync(HttpMethod.Put, user, new { disabled = true })));
        yield return ("v1 PUT user, other role", () => StatusAsync(
            stage.AnnsProgram.SendAsync(HttpMethod.Put, user, new { access_role = "st" })));
    }

    [Fact]
    public async Task Inviting_an_admin_again_or_taking_invites_back_leaves_what_they_may()
    {
        var stage = await StageAsync();
        using var form = await stage.AnnsBrowser.PostFormAsync(
            $"/o/{stage.Organization.Slug}/organization-settings/users/invite",
            "Invite",
            ("emails", stage.Ann.Email),
            ("ticked", $"{stage.Standard}"));
        Assert.Equal(HttpStatusCode.OK, form.StatusCode);
        await stage.AnnsProgram.PostAsync("/api/v2/users", "users", new { email = stage.Ann.Email });
        await stage.AnnsProgram.DeleteAsync($"/api/v2/users/{stage.Ann.Id}/invitations");
        await stage.AnnsProgram.SendAsync(
            HttpMethod.Post, "/api/v1/user", new { handle = stage.Ann.Email, access_role = "ro" });
        Assert.True(await IsAdminAsync(stage.Ann));
    }

    private static async Task<HttpStatusCode> StatusAsync(Task<ApiCaller.Answer> call) => (await call).Status;

    private static async Task<HttpStatusCode> FormAsync(
        HttpClient browser, string address, string handler, params (string Name, string Value)[] fields)
    {
        var form = await browser.PageAsync(address[..address.IndexOf('/', 3)] + "/organization-settings/application-keys");
        var token = form.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var answer = await browser.PostAsync(
            handler.Length == 0 ? address : $"{address}?handler={handler}",
            new FormUrlEncodedContent(
            [
                KeyValuePair.Create("__RequestVerificationToken", token),
                .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
            ]));
        return answer.StatusCode;
    }

    private async Task<Stage> StageAsync()
    {
        var organization = await app.CreateOrganizationAsync($"Last {Guid.NewGuid():N}");
        var max = await app.AddPersonAsync(organization, $"max@{organization.Slug}.example", "Max Manager");
        var (owners, standard) = await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            var roles = await db.Roles.IgnoreQueryFilters([CurrentOrganization.Filter])
                .Where(role => role.OrganizationId == organization.Id).ToListAsync();
            var everything = roles.Single(role => role.Name == Role.AdminName).Permissions;
            var custom = new Role(organization.Id, "Owners", everything, managed: false, app.Now);
            var managers = new Role(
                organization.Id,
                "People managers",
                [Permission.UserAccessManage, Permission.UserAccessInvite, Permission.UserAppKeys, "user_access_read"],
                managed: false,
                app.Now);
            db.AddRange(custom, managers);
            var people = await db.People.IgnoreQueryFilters([CurrentOrganization.Filter]).Include(user => user.Roles)
                .Where(user => user.OrganizationId == organization.Id).ToListAsync();
            people.Single(user => user.Id == organization.Admin.Id).SetRoles([custom], app.Now);
            people.Single(user => user.Id == max.Id).SetRoles([managers], app.Now);
            await db.SaveChangesAsync();
            return (custom.Id, roles.Single(role => role.Name == Role.StandardName).Id);
        });
        var maxesKey = await app.IssueApplicationKeyAsync(max, "max");
        return new Stage(
            organization,
            organization.Admin,
            owners,
            standard,
            await app.SignedInAsync(organization.Admin),
            await app.SignedInAsync(max),
            ApiCaller.AdminOf(app, organization),
            ApiCaller.With(app, organization.ApiKey.Secret, maxesKey.Secret));
    }

    private async Task<bool> IsAdminAsync(Person person) =>
        (await app.RowsAsync<User>(all => all.Admins().Where(user => user.Id == person.Id))).Count == 1;

    private sealed record Stage(
        TestOrganization Organization,
        Person Ann,
        Id<Role> Owners,
        Id<Role> Standard,
        HttpClient AnnsBrowser,
        HttpClient MaxesBrowser,
        ApiCaller AnnsProgram,
        ApiCaller MaxesProgram);
}
