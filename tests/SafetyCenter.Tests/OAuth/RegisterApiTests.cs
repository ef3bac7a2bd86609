using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Api;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Registering and changing apps of the organization's own by our API.</summary>
public sealed class RegisterApiTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private static readonly string[] Callback = [TestApps.Callback];
    private static readonly string[] Read = ["dashboards_read"];

    [Fact]
    public async Task A_public_app_has_a_client_id_and_no_secret()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var made = (await admin.RegisterAsync(stage, new
        {
            name = " Exporter ",
            redirect_uris = new[] { TestApps.Callback, "http://127.0.0.1/cb", TestApps.Callback },
            scopes = new[] { "metrics_read", "dashboards_read", "metrics_read" },
        })).Must(HttpStatusCode.Created);
        Assert.Equal(OAuthApps.Type, made.Data.GetProperty("type").GetString());
        Assert.Equal("Exporter", made.Attribute("name").GetString());
        Assert.Equal(["dashboards_read", "metrics_read"], made.Attribute("scopes").Texts());
        Assert.Equal([TestApps.Callback, "http://127.0.0.1/cb"], made.Attribute("redirect_uris").Texts());
        Assert.False(made.Attribute("confidential").GetBoolean());
        Assert.False(made.Attribute("dynamic").GetBoolean());
        Assert.False(made.Attribute("disabled").GetBoolean());
        Assert.Equal(0, made.Attribute("user_count").GetInt32());
        Assert.False(made.Data.GetProperty("attributes").TryGetProperty("client_secret", out _));
        Assert.Equal(
            System.Text.Json.JsonValueKind.Null,
            made.Data.GetProperty("relationships").GetProperty("acts_as").GetProperty("data").ValueKind);

        var row = await stage.AppRowAsync(made.Id);
        Assert.Equal(row.ClientId.ToString(), made.Attribute("client_id").GetString());
        Assert.Equal(organization.Id, row.Client.OrganizationId);
        Assert.Equal(row.Client.Publisher, made.Attribute("publisher").GetString());
        Assert.StartsWith("Callers ", row.Client.Publisher, StringComparison.Ordinal);
        Assert.True(row.IsUsable);
        Assert.Empty(await stage.RowsAsync<OAuthClientSecret>(all => all.Where(secret => secret.AppId == row.Id)));
        var shown = (await admin.GetAsync(OAuthApps.Of(made.Id))).Must(HttpStatusCode.OK);
        Assert.Equal(made.Data.GetRawText(), shown.Data.GetRawText());
        Assert.Contains(
            await stage.RowsAsync<AuditEvent>(all => all.Where(told => told.OrganizationId == organization.Id)),
            told => told.Message.EndsWith(" created OAuth app “Exporter”.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_confidential_app_is_told_its_secret_once_and_acts_as_its_maker()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var made = (await admin.RegisterAsync(stage, new
        {
            name = "Server",
            publisher = "Acme Labs",
            redirect_uris = Array.Empty<string>(),
            scopes = Read,
            confidential = true,
            secret_expires_at = stage.Now.AddDays(30),
        })).Must(HttpStatusCode.Created);
        var secret = made.Attribute("client_secret").GetString()!;
        Assert.StartsWith("scocs_", secret, StringComparison.Ordinal);
        Assert.Equal("Acme Labs", made.Attribute("publisher").GetString());
        Assert.Equal(
            organization.Admin.Id.ToString(),
            made.Data.GetProperty("relationships").GetProperty("acts_as").GetProperty("data").GetProperty("id").GetString());
        var id = Id<OAuthApp>.Parse(made.Id, null);
        var held = Assert.Single(await stage.RowsAsync<OAuthClientSecret>(all => all.Where(row => row.AppId == id)));
        Assert.Equal(secret[^4..], held.Last4);
        Assert.Equal(stage.Now.AddDays(30), held.EndsAt);
        Assert.DoesNotContain(secret, (await admin.GetAsync(OAuthApps.Of(made.Id))).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, (await admin.GetAsync(OAuthApps.Path)).Text, StringComparison.Ordinal);
        await stage.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task What_cannot_be_is_refused_and_nothing_is_registered()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        (object Attributes, string Because)[] bad =
        [
            (new { redirect_uris = Callback, scopes = Read }, "App name cannot be blank"),
            (new { name = "x\u202e", redirect_uris = Callback, scopes = Read }, "invisible"),
            (new { name = "x", publisher = " ", redirect_uris = Callback, scopes = Read }, "Publisher cannot be blank"),
            (new { name = "x", redirect_uris = Callback }, "at least one scope"),
            (new { name = "x", redirect_uris = Callback, scopes = new[] { "api_keys_write" } }, "api_keys_write"),
            (new { name = "x", redirect_uris = Callback, scopes = new[] { "Dashboards_read" } }, "case counts"),
            (new { name = "x", scopes = Read }, "at least one redirect URI"),
            (new { name = "x", redirect_uris = new[] { "http://app.example.com/" }, scopes = Read }, "must be https"),
            (new { name = "x", redirect_uris = TestApps.Callback, scopes = Read }, "redirect_uris must be a list"),
            (new { name = "x", redirect_uris = Callback, scopes = Read, confidential = "yes" }, "confidential must be"),
            (new { name = "x", redirect_uris = Callback, scopes = Read, acts_as = organization.Admin.Id.ToString() },
                "Only an app with a secret"),
            (new { name = "x", scopes = Read, confidential = true, acts_as = "somebody" }, "active service account"),
            (new { name = "x", scopes = Read, confidential = true, secret_expires_at = stage.Now }, "has passed"),
        ];
        foreach (var (attributes, because) in bad)
        {
            var refused = (await admin.RegisterAsync(stage, attributes)).Must(HttpStatusCode.BadRequest);
            Assert.Contains(because, Assert.Single(refused.Errors), StringComparison.Ordinal);
        }

        (await admin.PostAsync(OAuthApps.Path, "apps", new { })).Must(HttpStatusCode.BadRequest);
        Assert.Empty(await stage.RowsAsync<OAuthApp>(all => all.Where(row => row.OrganizationId == organization.Id)));
        Assert.Empty(await stage.RowsAsync<OAuthClient>(all => all.Where(row => row.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Who_may_read_apps_sees_them_and_who_may_not_change_them_does_not()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Seen");
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example", role: Role.StandardName);
        var reader = await stage.CallerAsync(organization, bob);
        (await reader.GetAsync(OAuthApps.Path)).Must(HttpStatusCode.OK);
        (await reader.GetAsync(OAuthApps.Of(id))).Must(HttpStatusCode.OK);
        (await reader.GetAsync(OAuthApps.Of(id, "secrets"))).Must(HttpStatusCode.OK);
        (HttpMethod Method, string Path)[] changes =
        [
            (HttpMethod.Post, OAuthApps.Path), (HttpMethod.Patch, OAuthApps.Of(id)), (HttpMethod.Delete, OAuthApps.Of(id)),
            (HttpMethod.Post, OAuthApps.Of(id, "secrets")), (HttpMethod.Put, OAuthApps.Of(id, "logo")),
            (HttpMethod.Post, OAuthApps.Of(id, "disable")), (HttpMethod.Post, OAuthApps.Of(id, "approve")),
        ];
        foreach (var (method, path) in changes)
        {
            var refused = (await reader.SendTextAsync(method, path, "{")).Must(HttpStatusCode.Forbidden);
            Assert.Contains("org_authorized_apps_write", refused.Errors[0], StringComparison.Ordinal);
        }

        var none = await stage.AddWithPermissionsAsync(organization, "nobody", Permission.UserAccessRead);
        (await (await stage.CallerAsync(organization, none)).GetAsync(OAuthApps.Path)).Must(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task An_app_of_another_organization_is_not_found_before_the_body_is_judged()
    {
        var (admin, _) = await stage.NewOrganizationAsync();
        var (carl, globex) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Foreign");
        (HttpMethod Method, string Path)[] calls =
        [
            (HttpMethod.Get, ""), (HttpMethod.Patch, ""), (HttpMethod.Delete, ""), (HttpMethod.Get, "secrets"),
            (HttpMethod.Post, "secrets"), (HttpMethod.Put, "logo"), (HttpMethod.Delete, "logo"),
            (HttpMethod.Post, "disable"), (HttpMethod.Post, "enable"), (HttpMethod.Post, "undo"), (HttpMethod.Post, "approve"),
        ];
        foreach (var (method, act) in calls)
        {
            foreach (var unknown in new[] { id, "not-an-id" })
            {
                var body = method == HttpMethod.Get ? null : "{ no JSON";
                var refused = (await carl.SendTextAsync(method, OAuthApps.Of(unknown, act), body)).Must(HttpStatusCode.NotFound);
                Assert.Equal("OAuth app not found", Assert.Single(refused.Errors));
            }
        }

        Assert.Equal(0, (await carl.GetAsync(OAuthApps.Path)).Total());
        Assert.True((await stage.AppRowAsync(id)).IsUsable);

        // Nor does one act as somebody of another organization.
        var robot = await stage.AddServiceAccountAsync(globex, "robot@foreign.example");
        (await admin.RegisterAsync(stage, new { name = "x", scopes = Read, confidential = true, acts_as = robot.ToString() }))
            .Must(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task What_a_scoped_credential_makes_or_changes_is_no_wider_than_itself()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var scoped = await stage.CallerAsync(
            organization, organization.Admin, "org_authorized_apps_write", "org_authorized_apps_read", "dashboards_read");
        (await scoped.RegisterAsync(stage, App("dashboards_read", "dashboards_write"))).Refuses(
            HttpStatusCode.Forbidden, "cannot exceed its scopes; these do: dashboards_write");
        var narrow = (await scoped.RegisterAsync(stage, App("dashboards_read"))).Must(HttpStatusCode.Created).Id;
        (await PatchAsync(scoped, narrow, new { scopes = new[] { "dashboards_write" } })).Refuses(
            HttpStatusCode.Forbidden, "dashboards_write");
        (await PatchAsync(scoped, narrow, new { name = "Narrow" })).Must(HttpStatusCode.OK);

        // Where codes are sent to decides who gets what they open; and what ended may not come back wider.
        var wide = await admin.ConfidentialAsync(stage, "Wide", "dashboards_read", "dashboards_write");
        (await PatchAsync(scoped, wide, new { redirect_uris = new[] { "https://evil.example/" } })).Refuses(
            HttpStatusCode.Forbidden, "dashboards_write");
        (await scoped.AddSecretAsync(stage, wide)).Refuses(HttpStatusCode.Forbidden, "dashboards_write");
        (await scoped.SendAsync(HttpMethod.Post, OAuthApps.Of(wide, "disable"))).Must(HttpStatusCode.OK);
        foreach (var act in new[] { "enable", "undo", "approve" })
        {
            (await scoped.SendAsync(HttpMethod.Post, OAuthApps.Of(wide, act))).Refuses(
                HttpStatusCode.Forbidden, "dashboards_write");
        }

        var row = await stage.AppRowAsync(wide);
        Assert.Equal(Callback, row.Client.RedirectUris);
        Assert.NotNull(row.DisabledAt);

        static object App(params string[] scopes) => new { name = "Scoped", redirect_uris = Callback, scopes };
    }

    [Fact]
    public async Task An_app_acts_as_its_maker_or_as_a_service_account_that_they_look_after()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var robot = await stage.AddServiceAccountAsync(organization, "robot@acts.example");
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var made = (await RegisterAsync(admin, robot)).Must(HttpStatusCode.Created);
        Assert.Equal(robot, (await stage.AppRowAsync(made.Id)).Client.ActsAs);
        (await RegisterAsync(admin, bob.Id)).Refuses(HttpStatusCode.BadRequest, "active service account");
        (await PatchAsync(admin, made.Id, new { acts_as = bob.Id.ToString() })).Refuses(
            HttpStatusCode.BadRequest, "active service account");
        (await PatchAsync(admin, made.Id, new { acts_as = organization.Admin.Id.ToString() })).Must(HttpStatusCode.OK);
        Assert.Equal(organization.Admin.Id, (await stage.AppRowAsync(made.Id)).Client.ActsAs);

        var keeper = await stage.AddWithPermissionsAsync(
            organization, "keeper", Permission.OrgAuthorizedAppsWrite, Permission.OrgAuthorizedAppsRead);
        var caller = await stage.CallerAsync(organization, keeper);
        (await RegisterAsync(caller, robot)).Refuses(HttpStatusCode.Forbidden, Permission.ServiceAccountWrite);
        var own = (await RegisterAsync(caller, keeper.Id)).Must(HttpStatusCode.Created);
        Assert.Equal(keeper.Id, (await stage.AppRowAsync(own.Id)).Client.ActsAs);

        await stage.InScopeAsync(async db =>
        {
            var row = await db.People.IgnoreQueryFilters().SingleAsync(user => user.Id == robot);
            row.Disable(stage.Now);
            await db.SaveChangesAsync();
        });
        (await RegisterAsync(admin, robot)).Refuses(HttpStatusCode.BadRequest, "active service account");

        Task<ApiCaller.Answer> RegisterAsync(ApiCaller caller, Id<User> actsAs) => caller.RegisterAsync(
            stage, new { name = "Robotic", scopes = Read, confidential = true, acts_as = actsAs.ToString() });
    }

    [Fact]
    public async Task Changes_keep_what_is_not_sent_and_a_scope_that_goes_ends_the_grants_that_hold_it()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var id = (await admin.RegisterAsync(stage, new
        {
            name = "Before", redirect_uris = Callback, scopes = new[] { "dashboards_read", "dashboards_write" },
        })).Must(HttpStatusCode.Created).Id;
        var app = Id<OAuthApp>.Parse(id, null);
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var wide = await TestApps.GrantAsync(stage, app, organization.Admin.Id, "dashboards_read", "dashboards_write");
        var narrow = await TestApps.GrantAsync(stage, app, bob.Id, "dashboards_read");
        var renamed = (await PatchAsync(admin, id, new { name = "After", publisher = "Labs" })).Must(HttpStatusCode.OK);
        Assert.Equal("After", renamed.Attribute("name").GetString());
        Assert.Equal(2, renamed.Attribute("user_count").GetInt32());
        Assert.Equal(Callback, renamed.Attribute("redirect_uris").Texts());

        (await PatchAsync(admin, id, new { scopes = Array.Empty<string>() })).Refuses(HttpStatusCode.BadRequest, "one scope");
        (await PatchAsync(admin, id, new { redirect_uris = Array.Empty<string>() })).Refuses(
            HttpStatusCode.BadRequest, "at least one redirect URI");
        (await admin.PatchAsync(OAuthApps.Of(id), OAuthApps.Type, Guid.NewGuid().ToString(), new { })).Refuses(
            HttpStatusCode.BadRequest, "not the id in the address");
        var narrowed = (await PatchAsync(admin, id, new { scopes = Read })).Must(HttpStatusCode.OK);
        Assert.Equal(1, narrowed.Attribute("user_count").GetInt32());
        var grants = await stage.RowsAsync<OAuthGrant>(all => all.Where(grant => grant.AppId == app));
        Assert.Equal(RevocationReason.ScopeRemoved, grants.Single(grant => grant.Id == wide).RevokedBecause);
        Assert.True(grants.Single(grant => grant.Id == narrow).IsActive);
    }

    [Fact]
    public async Task Nobody_changes_an_app_that_registered_itself()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var client = OAuthClient.RegisterItself("Itself", "Itself", null, Callback, Read, stage.Now);
        var app = new OAuthApp(client, organization.Id, isApproved: false, organization.Admin.Id, stage.Now);
        await stage.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.Add(app);
            await db.SaveChangesAsync();
        });
        (await PatchAsync(admin, $"{app.Id}", new { name = "Mine" })).Refuses(HttpStatusCode.Forbidden, "registered itself");
        (await admin.AddSecretAsync(stage, $"{app.Id}")).Refuses(HttpStatusCode.BadRequest, "has no secrets");
        (await admin.SendAsync(HttpMethod.Delete, OAuthApps.Of($"{app.Id}", "logo"))).Refuses(
            HttpStatusCode.Forbidden, "registered itself");
        var approved = (await admin.SendAsync(HttpMethod.Post, OAuthApps.Of($"{app.Id}", "approve"))).Must(HttpStatusCode.OK);
        Assert.True(approved.Attribute("dynamic").GetBoolean());
        Assert.True((await stage.AppRowAsync($"{app.Id}")).IsUsable);
        (await admin.DeleteAsync(OAuthApps.Of($"{app.Id}"))).Must(HttpStatusCode.NoContent);
        Assert.Null((await stage.RowsAsync<OAuthClient>(all => all.Where(row => row.Id == client.Id))).Single().DeletedAt);
    }

    [Fact]
    public async Task There_is_an_end_to_how_many_an_organization_registers()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var last = await admin.ConfidentialAsync(stage, "The first");
        await stage.InScopeAsync((SafetyCenterDb db) => db.Database.ExecuteSqlAsync(
            $"""
            WITH client AS (
                INSERT INTO oauth_clients (id, organization_id, name, publisher, redirect_uris, scopes, is_confidential,
                                           created_at, fingerprint)
                SELECT gen_random_uuid(), {organization.Id.Value}, 'many ' || number, 'x', ARRAY[]::text[], ARRAY[]::text[],
                       true, {stage.Now}, ''
                FROM generate_series(2, {Web.OAuth.Registering.AppsMax}) number
                RETURNING id)
            INSERT INTO oauth_apps (id, organization_id, client_id, created_at, approved_at)
            SELECT gen_random_uuid(), {organization.Id.Value}, id, {stage.Now}, {stage.Now} FROM client
            """));
        var more = new { name = "One more", redirect_uris = Callback, scopes = Read };
        (await admin.RegisterAsync(stage, more)).Refuses(HttpStatusCode.BadRequest, "at most 500 apps");
        (await admin.DeleteAsync(OAuthApps.Of(last))).Must(HttpStatusCode.NoContent);
        (await admin.RegisterAsync(stage, more)).Must(HttpStatusCode.Created);
    }

    private static Task<ApiCaller.Answer> PatchAsync(ApiCaller caller, string id, object attributes) =>
        caller.PatchAsync(OAuthApps.Of(id), OAuthApps.Type, id, attributes);
}
