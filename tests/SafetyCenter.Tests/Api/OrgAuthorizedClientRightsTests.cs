using System.Net;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.Api;

/// <summary>Who may see and change the OAuth apps of an organization by Datadog's v2 API, and what is refused.</summary>
public sealed class OrgAuthorizedClientRightsTests(App app) : IClassFixture<App>
{
    private const string Apps = AppCalls.Apps;
    private const string Type = "org_authorized_clients";

    [Fact]
    public async Task A_body_that_cannot_be_is_refused_and_changes_nothing()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Reader", "user_access_read");
        var (path, id) = ($"{Apps}/{made.Id}", $"{made.Id}");
        var off = new { disabled = true };
        (await admin.PatchAsync(path, Type, $"{Guid.NewGuid()}", off)).Must(HttpStatusCode.UnprocessableContent);
        (await admin.PatchAsync(path, "oauth2_clients", id, off)).Must(HttpStatusCode.BadRequest);
        (await admin.PatchAsync(path, Type, id, new { })).Must(HttpStatusCode.BadRequest);
        (await admin.PatchAsync(path, Type, id, new { disabled = "true" })).Must(HttpStatusCode.BadRequest);
        (await admin.SendTextAsync(HttpMethod.Patch, path, "{")).Must(HttpStatusCode.BadRequest);
        (await admin.SendTextAsync(HttpMethod.Patch, path, null)).Must(HttpStatusCode.BadRequest);
        Assert.Null((await app.AppRowAsync(made.Id)).DisabledAt);
    }

    [Fact]
    public async Task Nobody_reaches_the_apps_of_another_organization_or_one_that_was_deleted()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (carl, globex) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Reader", "user_access_read");
        var grant = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "user_access_read");
        var gone = await TestApps.AppAsync(app, globex, "Gone", "user_access_read");
        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.Attach(gone).Entity.Delete(app.Now);
            await db.SaveChangesAsync();
        });

        Assert.Empty((await carl.GetAsync(Apps)).Must(HttpStatusCode.OK).Ids());
        foreach (var id in new[] { $"{made.Id}", $"{gone.Id}", $"{Guid.NewGuid()}", "no-id" })
        {
            (await carl.GetAsync($"{Apps}/{id}")).Must(HttpStatusCode.NotFound);

            // Before the body is read.
            (await carl.SendTextAsync(HttpMethod.Patch, $"{Apps}/{id}", "{")).Must(HttpStatusCode.NotFound);
            (await carl.DeleteAsync($"{Apps}/{id}")).Must(HttpStatusCode.NotFound);
            (await carl.GetAsync($"{Apps}/{id}/user_authorized_clients")).Must(HttpStatusCode.NotFound);
            (await carl.DeleteAsync($"{Apps}/{id}/user_authorized_clients/{grant}")).Must(HttpStatusCode.NotFound);
            (await carl.DeleteAsync($"{Apps}/{id}/user/{organization.Admin.Id}")).Must(HttpStatusCode.NotFound);
        }

        Assert.True((await app.GrantRowAsync(grant)).IsActive);
        Assert.Single((await admin.GetAsync(Apps)).Must(HttpStatusCode.OK).Ids());
    }

    [Fact]
    public async Task Reading_and_changing_need_their_permissions()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Reader", "user_access_read");
        var grant = await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "user_access_read");
        (HttpMethod, string)[] reads =
        [
            (HttpMethod.Get, Apps), (HttpMethod.Get, $"{Apps}/{made.Id}"),
            (HttpMethod.Get, $"{Apps}/{made.Id}/user_authorized_clients"),
        ];
        (HttpMethod, string)[] writes =
        [
            (HttpMethod.Patch, $"{Apps}/{made.Id}"), (HttpMethod.Delete, $"{Apps}/{made.Id}"),
            (HttpMethod.Delete, $"{Apps}/{made.Id}/user_authorized_clients/{grant}"),
            (HttpMethod.Delete, $"{Apps}/{made.Id}/user/{organization.Admin.Id}"),
        ];
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var eve = await app.AddPersonAsync(organization, $"eve@{organization.Slug}.example", role: Role.ReadOnlyName);
        var standard = await app.CallerAsync(organization, bob);
        await AnswerAsync(standard, HttpStatusCode.OK, reads);
        await AnswerAsync(standard, HttpStatusCode.Forbidden, writes);
        await AnswerAsync(await app.CallerAsync(organization, eve), HttpStatusCode.Forbidden, [.. reads, .. writes]);

        // A key of the admin's is bound to its scopes.
        var narrow = await app.CallerAsync(organization, organization.Admin, Permission.OrgAuthorizedAppsRead);
        await AnswerAsync(narrow, HttpStatusCode.OK, reads);
        await AnswerAsync(narrow, HttpStatusCode.Forbidden, writes);
        Assert.True((await app.GrantRowAsync(grant)).IsActive);

        static async Task AnswerAsync(ApiCaller caller, HttpStatusCode status, (HttpMethod, string)[] calls)
        {
            foreach (var (method, path) in calls)
            {
                (await caller.SendAsync(method, path)).Must(status);
            }
        }
    }
}
