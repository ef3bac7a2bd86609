using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Api;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Pages;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Registering and changing apps through their pages.</summary>
public sealed class RegisterPageTests(CredentialStage stage) : IClassFixture<CredentialStage>
{
    [Fact]
    public async Task A_public_app_is_registered_and_its_client_id_is_shown()
    {
        var (_, organization) = await stage.NewOrganizationAsync();
        using var ann = await stage.SignedInAsync(organization.Admin);
        using var made = await ann.PostFormAsync(
            New(organization),
            "Register",
            ("name", "Browser app"),
            ("redirectUris", $"\r\n {TestApps.Callback} \r\nhttp://127.0.0.1/cb\r\n"),
            ("scopes", "dashboards_read"),
            ("scopes", "metrics_read, monitors_write"));
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        Assert.True(made.Headers.CacheControl!.NoStore);
        var page = await made.ReadAsync();
        var app = await OnlyAppAsync(organization);
        Assert.Equal(app.ClientId.ToString(), page.TextOf("[data-client-id]"));
        Assert.Null(page.QuerySelector("[data-secret]"));
        Assert.Contains(
            organization.Settings($"oauth-apps/{app.Id}"),
            page.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));
        Assert.Equal([TestApps.Callback, "http://127.0.0.1/cb"], app.Client.RedirectUris);
        Assert.Equal(["dashboards_read", "metrics_read", "monitors_write"], app.Client.Scopes);
        Assert.StartsWith("Callers ", app.Client.Publisher, StringComparison.Ordinal);
        Assert.Null(app.Client.ActsAs);
        Assert.True(app.IsUsable);
    }

    [Fact]
    public async Task A_confidential_app_acts_as_a_service_account_and_its_secret_is_shown_once()
    {
        var (_, organization) = await stage.NewOrganizationAsync();
        var robot = await stage.AddServiceAccountAsync(organization, "robot@pages.example");
        using var ann = await stage.SignedInAsync(organization.Admin);
        using var made = await ann.PostFormAsync(
            New(organization),
            "Register",
            ("name", "Server"), ("confidential", "true"), ("scopes", "dashboards_read"), ("actsAs", robot.ToString()));
        var secret = await made.SecretAsync(stage);
        Assert.StartsWith("scocs_", secret, StringComparison.Ordinal);
        var page = await made.ReadAsync();
        Assert.Contains("/oauth2/token", page.TextOf("main"), StringComparison.Ordinal);
        var app = await OnlyAppAsync(organization);
        Assert.Equal(robot, app.Client.ActsAs);
        Assert.Empty(app.Client.RedirectUris);
        var edit = await ann.PageAsync(Edit(organization, app));
        Assert.DoesNotContain(secret, edit.DocumentElement.OuterHtml, StringComparison.Ordinal);
        Assert.Contains($"ends in {secret[^4..]}", edit.TextOf("[data-secret-of]"), StringComparison.Ordinal);
        await stage.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task What_is_refused_stays_in_the_form_with_the_reason()
    {
        var (_, organization) = await stage.NewOrganizationAsync();
        var robot = await stage.AddServiceAccountAsync(organization, "robot@typed.example");
        using var ann = await stage.SignedInAsync(organization.Admin);
        (string Name, string Value)[] typed =
        [
            ("name", "Typed <b>"), ("publisher", "Typed Labs"), ("confidential", "true"),
            ("redirectUris", "https://app.example.com/cb\nhttp://app.example.com/cb"), ("actsAs", robot.ToString()),
            ("scopes", "dashboards_read"), ("scopes", "no_such_scope"),
        ];
        using var refused = await ann.PostFormAsync(New(organization), "Register", typed);
        Assert.Contains("must be https", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        var page = await refused.ReadAsync();
        Assert.Equal("Typed <b>", Field(page, "name"));
        Assert.Equal("Typed Labs", Field(page, "publisher"));
        Assert.Equal(typed[3].Value, ((IHtmlTextAreaElement)page.QuerySelector("#redirectUris")!).Value.ReplaceLineEndings("\n"));
        Assert.Equal("true", page.QuerySelector("input[name=confidential][checked]")!.GetAttribute("value"));
        Assert.Equal(robot.ToString(), ((IHtmlSelectElement)page.QuerySelector("#actsAs")!).Value);
        Assert.Equal(
            ["dashboards_read"], page.QuerySelectorAll("input[name=scopes][checked]").Select(box => box.GetAttribute("value")));
        Assert.Equal("no_such_scope", ((IHtmlTextAreaElement)page.QuerySelector("#scope-names")!).Value);

        using var unknown = await ann.PostFormAsync(
            New(organization), "Register", ("name", "x"), ("redirectUris", TestApps.Callback), ("scopes", "api_keys_write"));
        Assert.Contains("api_keys_write", await unknown.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using var beyond = await ann.PostFormAsync(
            New(organization),
            "Register",
            ("name", "x"), ("redirectUris", TestApps.Callback), ("scopes", "dashboards_read"), ("actsAs", robot.ToString()));
        Assert.Contains(
            "Only an app with a secret", await beyond.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Empty(await stage.RowsAsync<OAuthApp>(all => all.Where(app => app.OrganizationId == organization.Id)));
    }

    [Fact]
    public async Task Only_the_scopes_of_apps_are_offered_reads_apart_from_writes()
    {
        var (_, organization) = await stage.NewOrganizationAsync();
        using var ann = await stage.SignedInAsync(organization.Admin);
        var page = await ann.PageAsync(New(organization));
        var groups = page.QuerySelectorAll("[data-scopes]")
            .ToDictionary(
                group => group.GetAttribute("data-scopes")!,
                group => group.QuerySelectorAll("input").Select(box => box.GetAttribute("value")!).ToList());
        Assert.Equal(OAuthScopes.InOrder, groups.Values.SelectMany(scopes => scopes).Order(StringComparer.Ordinal));
        Assert.Contains("dashboards_read", groups["Only read"]);
        Assert.Contains("dashboards_write", groups["Change something"]);
        Assert.DoesNotContain(groups["Only read"], scope => scope.EndsWith("_write", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_app_is_changed_on_its_page_and_given_another_secret()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Before", "dashboards_read", "metrics_read");
        using var ann = await stage.SignedInAsync(organization.Admin);
        var app = await stage.AppRowAsync(id);
        var shown = await ann.PageAsync(Edit(organization, app));
        Assert.Equal("Before", Field(shown, "name"));
        Assert.Equal(["Save", "Add secret", "Upload"], shown.Buttons());

        // The ticked boxes stay ticked, as nothing else is sent.
        using var saved = await ann.PostFormAsync(
            Edit(organization, app), "Save", ("name", "After"), ("publisher", "Labs"), ("redirectUris", ""));
        Assert.Equal("Saved “After”.", await ann.DoneAsync(saved));
        var after = await stage.AppRowAsync(id);
        Assert.Equal(("After", "Labs"), (after.Name, after.Publisher));
        Assert.Empty(after.Client.RedirectUris);
        Assert.Equal(["dashboards_read", "metrics_read"], after.Client.Scopes);
        Assert.Equal(organization.Admin.Id, after.Client.ActsAs);

        using var refused = await ann.PostFormAsync(Edit(organization, app), "Save", ("name", " "), ("publisher", "Kept"));
        Assert.Contains("cannot be blank", await refused.RefusalAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal("Kept", Field(await refused.ReadAsync(), "publisher"));

        using var made = await ann.PostFormAsync(Edit(organization, app), "Add secret", ("secretName", "second"), ("ends", "90"));
        var secret = await made.SecretAsync(stage);
        var held = (await stage.RowsAsync<OAuthClientSecret>(all => all.Where(row => row.AppId == app.Id)))
            .Single(row => row.Name == "second");
        Assert.Equal(secret[^4..], held.Last4);
        Assert.Equal(stage.Now.AddDays(90), held.EndsAt);
        var links = (await made.ReadAsync()).QuerySelectorAll("[data-secret-of] a").Select(link => link.GetAttribute("href"));
        Assert.Contains(organization.Settings($"credentials/{held.Id}"), links);
    }

    [Fact]
    public async Task Other_apps_are_not_there()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var (_, globex) = await stage.NewOrganizationAsync();
        var id = await admin.ConfidentialAsync(stage, "Hidden");
        var app = await stage.AppRowAsync(id);
        var itself = OAuthClient.RegisterItself("Itself", "x", null, [TestApps.Callback], ["dashboards_read"], stage.Now);
        var dynamic = new OAuthApp(itself, organization.Id, isApproved: true, organization.Admin.Id, stage.Now);
        await stage.InScopeAsync(async db =>
        {
            db.Add(dynamic);
            await db.SaveChangesAsync();
        });
        using var ann = await stage.SignedInAsync(organization.Admin);
        using var carl = await stage.SignedInAsync(globex.Admin);
        await AllAreMissingAsync(ann, organization, dynamic);
        await AllAreMissingAsync(carl, globex, app);
        (await admin.DeleteAsync(OAuthApps.Of(id))).Must(HttpStatusCode.NoContent);
        await AllAreMissingAsync(ann, organization, app);

        async Task AllAreMissingAsync(HttpClient client, TestOrganization where, OAuthApp what)
        {
            var page = Edit(where, what);
            Assert.Equal(HttpStatusCode.NotFound, await client.StatusOfAsync(page));
            foreach (var handler in new[] { "", "?handler=Secret", "?handler=Remove" })
            {
                using var forced = await client.ForceAsync(New(where), page + handler, ("name", "x"), ("publisher", "x"));
                Assert.Equal(HttpStatusCode.NotFound, forced.StatusCode);
            }
        }
    }

    [Fact]
    public async Task Who_only_reads_apps_does_not_come_in()
    {
        var (_, organization) = await stage.NewOrganizationAsync();
        var bob = await stage.AddPersonAsync(organization, $"bob@{organization.Slug}.example", role: Role.StandardName);
        using var client = await stage.SignedInAsync(bob);
        Assert.Equal(HttpStatusCode.Forbidden, await client.StatusOfAsync(New(organization)));
    }

    [Fact]
    public async Task Whoever_may_not_look_after_service_accounts_is_offered_none_of_them()
    {
        var (_, organization) = await stage.NewOrganizationAsync();
        await stage.AddServiceAccountAsync(organization, "robot@offered.example");
        var keeper = await stage.AddPersonWhoMayAsync(organization, Permission.OrgAuthorizedAppsWrite);
        using var client = await stage.SignedInAsync(keeper);
        var options = (await client.PageAsync(New(organization))).QuerySelectorAll("#actsAs option");
        Assert.Equal(keeper.Id.ToString(), Assert.Single(options).GetAttribute("value"));
    }

    [Fact]
    public async Task Pages_ask_the_database_as_often_for_many_accounts_and_secrets_as_for_few()
    {
        var (admin, organization) = await stage.NewOrganizationAsync();
        var app = await stage.AppRowAsync(await admin.ConfidentialAsync(stage, "Counted"));
        await stage.AddServiceAccountAsync(organization, "first@counted.example");
        using var ann = await stage.SignedInAsync(organization.Admin);
        var few = await CostsAsync();
        for (var number = 0; number < 4; number++)
        {
            await stage.AddServiceAccountAsync(organization, $"robot{number}@counted.example");
            (await admin.AddSecretAsync(stage, $"{app.Id}")).Must(HttpStatusCode.Created);
        }

        var many = await CostsAsync();
        Assert.Equal(few, many);
        Assert.All(many, cost => Assert.InRange(cost, 1, 6));

        async Task<int[]> CostsAsync() =>
        [
            await CredentialStage.CostAsync(ann, New(organization)),
            await CredentialStage.CostAsync(ann, Edit(organization, app)),
        ];
    }

    private static string New(TestOrganization organization) => organization.Settings("oauth-apps/new");

    private static string Edit(TestOrganization organization, OAuthApp app) =>
        organization.Settings($"oauth-apps/{app.Id}/edit");

    private static string? Field(IHtmlDocument page, string id) => page.QuerySelector($"#{id}")!.GetAttribute("value");

    private async Task<OAuthApp> OnlyAppAsync(TestOrganization organization) =>
        Assert.Single(await stage.RowsAsync<OAuthApp>(all => all.Where(app => app.OrganizationId == organization.Id)));
}
