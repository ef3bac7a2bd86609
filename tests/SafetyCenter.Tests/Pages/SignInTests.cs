using System.Net;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Tests.Support;
using Role = SafetyCenter.Core.Users.Role;

namespace SafetyCenter.Tests.Pages;

/// <summary>Who gets in, who is told what, and what a forged form can do.</summary>
public sealed class SignInTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_are_told_the_same()
    {
        var organization = await app.CreateOrganizationAsync("Same");
        using var visitor = app.NewClient();
        var texts = new List<string>();
        foreach (var (email, password) in new[]
        {
            (organization.Admin.Email, "not the password"), ("nobody@same.example", People.Password), ("", ""),
        })
        {
            using var answer = await visitor.PostFormAsync("/sign-in", "Sign in", ("email", email), ("password", password));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            texts.Add((await answer.DocumentAsync()).QuerySelector("[role=alert]")!.TextContent);
        }

        Assert.Single(texts.Distinct());
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_even_the_right_one_out()
    {
        var organization = await app.CreateOrganizationAsync("Locked");
        using var visitor = app.NewClient();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var wrong = await visitor.PostFormAsync(
                "/sign-in", "Sign in", ("email", organization.Admin.Email), ("password", "wrong wrong wrong"));
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        }

        using var right = await visitor.PostFormAsync(
            "/sign-in", "Sign in", ("email", organization.Admin.Email), ("password", People.Password));
        Assert.Equal(HttpStatusCode.BadRequest, right.StatusCode);
    }

    [Fact]
    public async Task Signing_in_leads_back_to_where_one_wanted_to_go_and_never_elsewhere()
    {
        var organization = await app.CreateOrganizationAsync("Back");
        using var visitor = app.NewClient();
        using var asked = await visitor.GetAsync(organization.SafetyCenter("alerts"));
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        var signIn = asked.Headers.Location!.PathAndQuery;
        Assert.StartsWith("/sign-in?returnUrl=", signIn, StringComparison.Ordinal);
        using var back = await visitor.PostFormAsync(
            signIn, "Sign in", ("email", organization.Admin.Email), ("password", People.Password));
        Assert.Equal(organization.SafetyCenter("alerts"), back.Headers.Location!.ToString());

        foreach (var elsewhere in new[] { "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)" })
        {
            using var other = app.NewClient();
            using var home = await other.PostFormAsync(
                "/sign-in?returnUrl=" + Uri.EscapeDataString(elsewhere),
                "Sign in",
                ("email", organization.Admin.Email),
                ("password", People.Password));
            Assert.Equal("/", home.Headers.Location!.ToString());
        }
    }

    [Fact]
    public async Task The_start_leads_to_the_only_organization_or_asks_which()
    {
        var first = await app.CreateOrganizationAsync("First", "both@people.example");
        using var person = await app.SignedInAsync(first.Admin);
        using var direct = await person.GetAsync("/");
        Assert.Equal("/o/first/safety-center", direct.Headers.Location!.ToString());

        // The same login becomes a user of a second organization.
        await app.CreateOrganizationAsync("Second", "both@people.example");
        var choice = await person.PageAsync("/");
        Assert.Equal(
            ["/o/first/safety-center", "/o/second/safety-center"],
            choice.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));
    }

    [Fact]
    public async Task Who_is_no_admin_is_told_who_the_admins_are()
    {
        var organization = await app.CreateOrganizationAsync("Told", "ann@told.example", "Ann <script>");
        var bob = await app.AddPersonAsync(organization, "bob@told.example");
        using var visitor = await app.SignedInAsync(bob);
        using var refused = await visitor.GetAsync(organization.SafetyCenter());
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var html = await refused.Content.ReadAsStringAsync();
        Assert.Contains("ann@told.example", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Ann <script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("bob@told.example</a>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_its_token_does_nothing()
    {
        var organization = await app.CreateOrganizationAsync("Forged");
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        using var admin = await app.SignedInAsync(organization.Admin);
        var keys = $"/o/{organization.Slug}/organization-settings/api-keys";
        using var none = await admin.PostAsync($"{keys}?key={spare.Id}&handler=Revoke", content: null);
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
        using var forged = await admin.PostAsync(
            $"{keys}?key={spare.Id}&handler=Revoke",
            new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", "forged")]));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Contains("spare", (await admin.PageAsync(keys)).Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disabled_user_is_out_at_once()
    {
        var organization = await app.CreateOrganizationAsync("Disabled");
        var bob = await app.AddPersonAsync(organization, "bob@disabled.example", role: Role.AdminName);
        using var visitor = await app.SignedInAsync(bob);
        using var inside = await visitor.GetAsync(organization.SafetyCenter());
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
        await app.InScopeAsync(async db =>
        {
            var user = await db.People.IgnoreQueryFilters().Include(row => row.Roles)
                .SingleAsync(row => row.Id == bob.Id);
            user.Disable(app.Now);
            await db.SaveChangesAsync();
        });
        using var outside = await visitor.GetAsync(organization.SafetyCenter());
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
    }

    [Fact]
    public async Task Every_answer_carries_the_strict_headers()
    {
        using var visitor = app.NewClient();
        foreach (var path in new[] { "/sign-in", "/nowhere", "/site.css" })
        {
            using var answer = await visitor.GetAsync(path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }
}
