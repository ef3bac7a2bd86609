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
    private IEnumerable<(string Path, Func<Task<HttpStatusCode>> Action)> PathsOf(Stage stage)
    {
        var (organization, ann, owners, standard) = (stage.Organization, stage.Ann, stage.Owners, stage.Standard);
        var settings = $"/o/{organization.Slug}/organization-settings";

        // Pages.
        yield return ("user page, other roles", () => FormAsync(
            stage.AnnsBrowser, $"{settings}/users/{ann.Id}", "", ("roles", standard.ToString())));
        yield return ("user page, disabled by somebody else", () => FormAsync(
            stage.MaxesBrowser, $"{settings}/users/{ann.Id}", "Disable"));
        yield return ("Safety Center, demoted", () => FormAsync(
            stage.AnnsBrowser, organization.SafetyCenter("users"), "Demote", ("user", ann.Id.ToString())));
    }

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
