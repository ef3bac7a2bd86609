using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Identity;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Pages;

/// <summary>Before secrets, roles and whole organizations, people are asked again who they are, every ten minutes.</summary>
public sealed class RecentProofTests(RecentProofTests.PasskeyApp app) : IClassFixture<RecentProofTests.PasskeyApp>
{
    private const string Wrong = "wrong wrong wrong";

    [Fact]
    public async Task After_ten_minutes_the_password_is_asked_for_and_what_was_typed_is_kept()
    {
        var organization = await app.CreateOrganizationAsync("Ten minutes");
        using var admin = await app.SignedInAsync(organization.Admin);
        app.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        using var fresh = await CreateAsync(admin, organization, "fresh");
        Assert.Equal(HttpStatusCode.OK, fresh.StatusCode);

        app.Time.Advance(TimeSpan.FromSeconds(1));
        using var asked = await CreateAsync(admin, organization, "web <site> & \"shop\"");
        Assert.Equal(HttpStatusCode.Forbidden, asked.StatusCode);
        Assert.True(asked.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain(await KeysAsync(organization), name => name.StartsWith("web", StringComparison.Ordinal));
        Assert.Null((await asked.DocumentAsync()).QuerySelector("[role=alert]"));

        using var wrong = await admin.SendOnAsync(asked, ("proof_password", Wrong));
        Assert.Equal(HttpStatusCode.Forbidden, wrong.StatusCode);
        var reason = (await wrong.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent;
        Assert.Contains("not your password", reason, StringComparison.Ordinal);
        Assert.DoesNotContain(Wrong, await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var done = await admin.SendOnAsync(wrong, ("proof_password", People.Password));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.NotNull((await done.DocumentAsync()).QuerySelector("[data-secret]"));
        Assert.Contains("web <site> & \"shop\"", await KeysAsync(organization));
        app.Time.Advance(TimeSpan.FromMinutes(9));
        using var again = await CreateAsync(admin, organization, "once more");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Every_field_and_the_address_reach_the_handler_as_they_were_sent()
    {
        var organization = await app.CreateOrganizationAsync("Fields");
        var bob = await app.AddPersonAsync(organization, "bob@fields.example", "Bob");
        var roles = await app.RowsAsync<Role>(all => all.Where(role => role.OrganizationId == organization.Id));
        using var admin = await app.SignedInAsync(organization.Admin);
        app.Time.Advance(TimeSpan.FromMinutes(10));
        var page = $"/o/{organization.Slug}/organization-settings/users/{bob.Id}";
        using var asked = await admin.PostWithTokenOfAsync(
            page, page, [.. roles.Select(role => ("roles", role.Id.ToString())), ("oldPassword", "hunter2 hunter2")]);
        Assert.Equal(HttpStatusCode.Forbidden, asked.StatusCode);
        Assert.DoesNotContain("hunter2", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var done = await admin.SendOnAsync(asked, ("proof_password", People.Password));
        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        var saved = await app.RowsAsync<User>(all => all.Where(user => user.Id == bob.Id).Include(user => user.Roles));
        Assert.Equal(roles.Count, Assert.Single(saved).Roles.Count);

        // A handler and a query.
        var demote = $"{organization.SafetyCenter("users")}?handler=Demote&user={bob.Id}";
        app.Time.Advance(TimeSpan.FromMinutes(10));
        using var again = await admin.PostWithTokenOfAsync(organization.SafetyCenter("users"), demote);
        Assert.Equal(
            demote, (await again.DocumentAsync()).QuerySelector("form[data-confirm]")!.GetAttribute("action"));
    }

    [Fact]
    public async Task What_takes_access_away_is_never_held_up()
    {
        var organization = await app.CreateOrganizationAsync("Danger");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        using var admin = await app.SignedInAsync(organization.Admin);
        app.Time.Advance(TimeSpan.FromHours(1));
        using var revoked = await admin.PostFormAsync(KeysOf(organization), "Revoke", $"[data-key='{spare.Id}']");
        Assert.Equal(HttpStatusCode.Redirect, revoked.StatusCode);
        Assert.DoesNotContain("spare", await KeysAsync(organization));
    }

    [Fact]
    public async Task Wrong_proofs_count_towards_the_lockout()
    {
        var organization = await app.CreateOrganizationAsync("Guessing");
        using var admin = await app.SignedInAsync(organization.Admin);
        app.Time.Advance(TimeSpan.FromMinutes(10));
        var asked = await CreateAsync(admin, organization, "never");
        for (var attempt = 0; attempt < Lockout.TriesMax; attempt++)
        {
            asked = await admin.SendOnAsync(asked, ("proof_password", Wrong));
        }

        using var right = await admin.SendOnAsync(asked, ("proof_password", People.Password));
        Assert.Equal(HttpStatusCode.Forbidden, right.StatusCode);
        Assert.DoesNotContain("never", await KeysAsync(organization));
        using var signIn = await app.NewClient().TryToSignInAsync(organization.Admin.Email, People.Password);
        Assert.Equal(HttpStatusCode.BadRequest, signIn.StatusCode);
    }

    [Fact]
    public async Task A_passkey_proves_as_much_and_counts_as_a_second_factor()
    {
        var organization = await app.CreateOrganizationAsync("Keyed");
        using var admin = await app.SignedInAsync(organization.Admin);
        app.Time.Advance(TimeSpan.FromMinutes(10));
        using var asked = await CreateAsync(admin, organization, "by passkey");
        using var foreign = await admin.SendOnAsync(asked, ("proof_passkey", "somebody else"), ("proof_password", ""));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        using var done = await admin.SendOnAsync(
            foreign, ("proof_passkey", $"signed by {organization.Admin.Email}"), ("proof_password", ""));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Contains("by passkey", await KeysAsync(organization));
        var sessions = await app.RowsAsync<Session>(all => all.OrderByDescending(session => session.Id));
        Assert.True(sessions[0].HasSecondFactor);
        Assert.Equal(app.Now, sessions[0].ProvedAt);
    }

    [Fact]
    public async Task A_page_that_asks_is_reached_after_the_proof()
    {
        var organization = await app.CreateOrganizationAsync("Reached");
        using var admin = await app.SignedInAsync(organization.Admin);
        app.Time.Advance(TimeSpan.FromMinutes(10));
        var page = $"{ConfirmForm.Address}?returnUrl={Uri.EscapeDataString("/me/application-keys?a=b")}";
        using var asked = await admin.PostWithTokenOfAsync("/me/security", page);
        Assert.Equal(HttpStatusCode.Forbidden, asked.StatusCode);
        using var done = await admin.SendOnAsync(asked, ("proof_password", People.Password));
        Assert.Equal("/me/application-keys?a=b", done.Headers.Location!.ToString());
        using var elsewhere = await admin.PostWithTokenOfAsync(
            "/me/security", $"{ConfirmForm.Address}?returnUrl=https%3A%2F%2Fevil.example");
        Assert.Equal("/me/security", elsewhere.Headers.Location!.ToString());
    }

    [Fact]
    public void The_handlers_that_ask_are_these()
    {
        var marked =
            from page in typeof(Program).Assembly.GetTypes()
            where page.IsAssignableTo(typeof(PageModel)) && !page.IsAbstract
            from method in page.GetMethods(BindingFlags.Public | BindingFlags.Instance)
            where method.IsDefined(typeof(RequiresRecentProofAttribute))
            let handler = method.Name["On".Length..].Replace("Async", "", StringComparison.Ordinal)
            let name = $"{page.Name[..^"Model".Length]}.{handler}"
            orderby name
            select name;
        Assert.Equal(
            [
                "AccessTokens.PostCreate", "ApiKeys.PostCreate", "ApplicationKeys.PostCreate", "Authenticator.PostNewCodes",
                "Authenticator.PostTurnOff", "Authenticator.PostTurnOn", "Configuration.PostContacts",
                "Configuration.PostPolicies", "Configuration.PostThresholds", "Confirm.Post", "CredentialRotate.Post",
                "Invite.Post", "LeakRules.PostSave", "OAuthAppEdit.Post", "OAuthAppEdit.PostSecret", "OAuthAppNew.Post",
                "Passkeys.PostAdd", "Passkeys.PostOptions", "Passkeys.PostRemove", "Reporters.PostCreate",
                "Role.Post", "Role.PostDelete", "RoleNew.Post", "ServiceAccount.PostCreate", "User.Post", "UserDisable.PostMake",
                "Users.PostDemote", "Users.PostUndoDemotion",
            ],
            marked);
    }

    private static string KeysOf(TestOrganization organization) => $"/o/{organization.Slug}/organization-settings/api-keys";

    private static Task<HttpResponseMessage> CreateAsync(HttpClient admin, TestOrganization organization, string name) =>
        admin.PostFormAsync(KeysOf(organization), "Create API key", ("name", name));

    private async Task<IEnumerable<string>> KeysAsync(TestOrganization organization) =>
        (await app.RowsAsync<ApiKey>(all => all.Where(key => key.OrganizationId == organization.Id && key.RevokedAt == null)))
        .Select(key => key.Name);

    /// <summary>The product, with passkeys that sign in clear text.</summary>
    public sealed class PasskeyApp : App
    {
        public PasskeyApp(TestPostgres postgres)
            : this(postgres, new ManualClock())
        {
        }

        private PasskeyApp(TestPostgres postgres, ManualClock clock)
            : base(postgres, clock) => Time = clock;

        public ManualClock Time { get; }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureTestServices(services => services.AddSingleton<ProofByPasskey>(
                (_, login, credential) => Task.FromResult(credential == $"signed by {login.Email}")));
        }
    }
}
