using System.Net;
using System.Text.Json;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>To what an organization restricts an app, by Datadog's v2 API, and where people sign in.</summary>
public sealed class ScopesRestrictionApiTests(App app) : IClassFixture<App>
{
    private const string Type = "upsert_scopes_restriction";

    [Fact]
    public async Task A_restriction_ends_what_holds_more_and_is_lifted_again()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Grapher", "dashboards_read", "dashboards_write");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var reading = await TestApps.GrantAsync(app, made.Id, bob.Id, "dashboards_read");
        var writing = await TestApps.GrantAsync(
            app, made.Id, organization.Admin.Id, "dashboards_read", "dashboards_write");
        var caller = TestApps.CallerWith(app, await TestApps.AccessTokenAsync(app, writing));
        (await caller.GetAsync(AppCalls.Own)).Must(HttpStatusCode.OK);
        var path = PathOf(made.ClientId);

        var none = (await admin.GetAsync(path)).Must(HttpStatusCode.OK);
        Assert.Equal($"{made.ClientId}", none.Id);
        Assert.Equal("scopes_restriction", none.Data.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, none.Attribute("scopes_restriction").ValueKind);
        Assert.Equal(JsonValueKind.Null, none.Attribute("required_permission_scopes").ValueKind);

        var set = (await SetAsync(new
        {
            permission_scopes = new[] { "slos_read", "dashboards_read", "slos_read" }, oidc_scopes = new[] { "openid" },
        })).Must(HttpStatusCode.OK);
        Assert.Equal(["dashboards_read", "slos_read"], PermissionScopes(set));
        Assert.Equal(0, set.Attribute("scopes_restriction").GetProperty("oidc_scopes").GetArrayLength());
        Assert.Equal(["dashboards_read", "slos_read"], PermissionScopes((await admin.GetAsync(path)).Must(HttpStatusCode.OK)));
        Assert.Equal(RevocationReason.ScopeRemoved, (await app.GrantRowAsync(writing)).RevokedBecause);
        Assert.True((await app.GrantRowAsync(reading)).IsActive);
        (await caller.GetAsync(AppCalls.Own)).Must(HttpStatusCode.Forbidden);
        await Assert.ThrowsAsync<RefusedException>(() =>
            TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "dashboards_write"));

        // What stands is replaced, and not added to.
        Assert.Equal(
            ["dashboards_read"],
            PermissionScopes((await SetAsync(new { permission_scopes = new[] { "dashboards_read" } })).Must(HttpStatusCode.OK)));
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NoContent);
        (await admin.DeleteAsync(path)).Must(HttpStatusCode.NoContent);
        Assert.Equal(
            JsonValueKind.Null,
            (await admin.GetAsync(path)).Must(HttpStatusCode.OK).Attribute("scopes_restriction").ValueKind);
        Assert.True((await app.GrantRowAsync(reading)).IsActive);
        await TestApps.GrantAsync(app, made.Id, organization.Admin.Id, "dashboards_write");

        Task<ApiCaller.Answer> SetAsync(object attributes) => admin.PostAsync(path, Type, attributes);
    }

    [Fact]
    public async Task What_cannot_be_a_restriction_is_refused_and_changes_nothing()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Grapher", "dashboards_read");
        var path = PathOf(made.ClientId);
        foreach (var attributes in new object[]
        {
            new { },
            new { permission_scopes = Array.Empty<string>() },
            new { permission_scopes = new[] { "no_such_scope" } },
            new { permission_scopes = new[] { "api_keys_write" } },
            new { permission_scopes = "dashboards_read" },
            new { permission_scopes = new[] { "dashboards_read" }, oidc_scopes = new[] { "root" } },
        })
        {
            (await admin.PostAsync(path, Type, attributes)).Must(HttpStatusCode.BadRequest);
        }

        (await admin.PostAsync(path, "scopes_restriction", new { permission_scopes = new[] { "dashboards_read" } }))
            .Must(HttpStatusCode.BadRequest);
        Assert.Null((await app.AppRowAsync(made.Id)).RestrictedTo);
    }

    [Fact]
    public async Task A_client_is_restricted_in_the_own_organization_by_those_who_may()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var (carl, _) = await app.NewOrganizationAsync();
        var made = await TestApps.AppAsync(app, organization, "Grapher", "dashboards_read");
        foreach (var (caller, id) in new[]
        {
            (carl, $"{made.ClientId}"), (admin, $"{made.Id}"), (admin, $"{Guid.NewGuid()}"), (admin, "no-id"),
        })
        {
            // Before the body is read.
            await AnswerAsync(caller, id, HttpStatusCode.NotFound);
        }

        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        await AnswerAsync(await app.CallerAsync(organization, bob), $"{made.ClientId}", HttpStatusCode.Forbidden);
        var narrow = await app.CallerAsync(organization, organization.Admin, Permission.OrgAuthorizedAppsRead);
        await AnswerAsync(narrow, $"{made.ClientId}", HttpStatusCode.Forbidden);

        static async Task AnswerAsync(ApiCaller caller, string id, HttpStatusCode status)
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete })
            {
                (await caller.SendTextAsync(method, PathOf(id), "{")).Must(status);
            }
        }
    }

    [Fact]
    public async Task Anybody_learns_where_people_sign_in()
    {
        var answer = (await new ApiCaller(app).GetAsync("/api/v2/oauth2/.well-known/sites")).Must(HttpStatusCode.OK);
        Assert.Equal("env", answer.Data.GetProperty("type").GetString());
        var site = Assert.Single(answer.Attribute("sites").EnumerateArray()).GetString()!;
        var address = new Uri(site);
        Assert.Equal(address.GetLeftPart(UriPartial.Authority), site);
        Assert.Equal(address.Authority, answer.Id);
    }

    private static string PathOf(object clientId) => $"/api/v2/oauth2/clients/{clientId}/scopes_restriction";

    private static IEnumerable<string?> PermissionScopes(ApiCaller.Answer answer) =>
        answer.Attribute("scopes_restriction").GetProperty("permission_scopes").EnumerateArray()
            .Select(scope => scope.GetString());
}
