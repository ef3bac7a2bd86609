using System.Net;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Data;
using static SafetyCenter.Tests.OAuth.AuthorizeStage;

namespace SafetyCenter.Tests.OAuth;

/// <summary>Somebody lets an app act for them: what they see, and what the app gets.</summary>
public sealed class AuthorizeTests(ClockedApp app) : IClassFixture<ClockedApp>
{
    [Fact]
    public async Task The_page_says_who_wants_what_for_whom_with_reads_and_writes_apart()
    {
        var organization = await app.CreateOrganizationAsync("Consent page");
        var bob = await app.AddPersonAsync(organization, "bob@consent-page.example", "Bob Builder");
        var made = await TestApps.AppAsync(
            app, organization, "Reporter", "user_access_read", "metrics_read", "user_access_manage", "user_access_invite");
        using var client = await app.SignedInAsync(bob);

        var page = await client.PageAsync(AddressOf(made.ClientId, ("scope", null)));
        Assert.Contains("Let Reporter act for you?", page.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("by Somebody", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal("Consent page", page.QuerySelector("[data-organization]")!.TextContent);
        Assert.Equal("Bob Builder (bob@consent-page.example)", page.QuerySelector("[data-person]")!.TextContent);
        Assert.Equal("app.example.com", page.QuerySelector("[data-leads-to]")!.TextContent);
        Assert.Null(page.QuerySelector("[data-unverified]"));
        Assert.Null(page.QuerySelector("main img"));
        Assert.NotNull(page.QuerySelector("main a[href='/me/grants']"));
        Assert.Equal(["user_access_invite", "user_access_manage"], ScopesIn("changes"));
        Assert.Equal(["metrics_read", "user_access_read"], ScopesIn("reads"));
        Assert.Contains("User Access Manage", page.QuerySelector("[data-scopes=changes]")!.TextContent, StringComparison.Ordinal);

        // He may invite, but not manage; and nobody's role holds what is no permission.
        Assert.Contains("you do not have this now", TextOf("user_access_manage"), StringComparison.Ordinal);
        Assert.DoesNotContain("you do not have", TextOf("user_access_invite"), StringComparison.Ordinal);
        Assert.DoesNotContain("you do not have", TextOf("metrics_read"), StringComparison.Ordinal);

        await app.InScopeAsync(async (SafetyCenterDb db) =>
        {
            db.Add(OAuthLogo.Of(made.ClientId, Pictures.Png()));
            await db.SaveChangesAsync();
        });
        page = await client.PageAsync(AddressOf(made.ClientId));
        Assert.Equal($"/oauth2/logo/{made.ClientId}", page.QuerySelector("main img")!.GetAttribute("src"));

        IEnumerable<string?> ScopesIn(string group) =>
            page.QuerySelectorAll($"[data-scopes={group}] [data-scope]").Select(item => item.GetAttribute("data-scope"));

        string TextOf(string scope) => page.QuerySelector($"[data-scope={scope}]")!.TextContent;
    }

    [Fact]
    public async Task Consent_makes_a_grant_and_a_code_that_goes_to_the_app_with_its_state_and_our_name()
    {
        var organization = await app.CreateOrganizationAsync("Consenting");
        var bob = await app.AddPersonAsync(organization, "bob@consenting.example", "Bob Builder");
        var made = await TestApps.AppAsync(app, organization, "Planner", "user_access_read", "org_management");
        using var client = await app.SignedInAsync(bob);

        var answer = await client.PressAsync(AddressOf(made.ClientId, ("state", "a+b &c=%20é")), "Authorize");
        Assert.Equal(TestApps.Callback, answer.Address);
        Assert.Equal(["code", "iss", "state"], answer.Fields.Keys.Order());
        Assert.Equal("a+b &c=%20é", answer["state"]);
        Assert.Equal(Issuer, answer["iss"]);

        var grant = Assert.Single(await app.GrantsAsync(made.ClientId));
        Assert.Equal((bob.Id, app.Now), (grant.OwnerId, grant.AuthorizedAt));
        Assert.Equal(["user_access_read"], grant.Scopes);
        var code = Assert.Single(await app.CodesAsync(grant));
        Assert.Equal(SecretHash.Of(answer["code"]!).ToArray(), code.Hash);
        Assert.Equal((TestApps.Callback, Challenge, app.Now), (code.RedirectUri, code.Challenge, code.IssuedAt));
        Assert.Equal(["user_access_read"], code.Scopes);

        var trail = Assert.Single(await app.RowsAsync<AuditEvent>(
            all => all.Where(row => row.AssetId == grant.Id.Value)));
        Assert.Equal(("authorized", "Bob Builder"), (trail.Name, trail.ActorName));
        Assert.Equal((bob.Id, Address), (trail.ActorId, trail.Path));
    }

    [Fact]
    public async Task Who_denies_sends_the_app_away_with_nothing()
    {
        var organization = await app.CreateOrganizationAsync("Denying");
        var made = await TestApps.AppAsync(app, organization, "Denied", "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);

        var answer = await client.PressAsync(AddressOf(made.ClientId), "Deny");
        Assert.Equal(("access_denied", "a state", Issuer), (answer["error"], answer["state"], answer["iss"]));
        Assert.Null(answer["code"]);
        Assert.Empty(await app.GrantsAsync(made.ClientId));
    }

    [Fact]
    public async Task Consent_is_remembered_and_only_more_is_asked_for_again()
    {
        var organization = await app.CreateOrganizationAsync("Remembering");
        var made = await TestApps.AppAsync(app, organization, "Memory", "user_access_read", "metrics_read", "events_read");
        using var client = await app.SignedInAsync(organization.Admin);
        const string two = "metrics_read user_access_read";
        await client.PressAsync(AddressOf(made.ClientId, ("scope", two)), "Authorize");

        // The same or less: at once, and no more than was asked for.
        Assert.NotNull((await client.FollowAsync(AddressOf(made.ClientId, ("scope", "metrics_read"))))["code"]);
        Assert.NotNull((await client.FollowAsync(AddressOf(made.ClientId, ("scope", two), ("prompt", "none"))))["code"]);
        var grant = Assert.Single(await app.GrantsAsync(made.ClientId));
        Assert.Equal([1, 2, 2], (await app.CodesAsync(grant)).Select(code => code.Scopes.Length).Order());

        // Unless the app wants it asked.
        var again = await client.PageAsync(AddressOf(made.ClientId, ("scope", two), ("prompt", "login consent")));
        Assert.Empty(again.QuerySelectorAll("[data-new]"));
        var silent = await client.FollowAsync(AddressOf(made.ClientId, ("scope", null), ("prompt", "none")));
        Assert.Equal("consent_required", silent["error"]);

        // More is marked, and makes the one grant wider.
        var more = AddressOf(made.ClientId, ("scope", "events_read metrics_read"));
        var page = await client.PageAsync(more);
        Assert.Equal(
            "events_read", Assert.Single(page.QuerySelectorAll("[data-scope]:has([data-new])")).GetAttribute("data-scope"));
        app.Time.Jump(TimeSpan.FromSeconds(1));
        await client.PressAsync(more, "Authorize");
        var wider = Assert.Single(await app.GrantsAsync(made.ClientId));
        Assert.Equal(grant.Id, wider.Id);
        Assert.Equal(["events_read", "metrics_read", "user_access_read"], wider.Scopes);
        Assert.Equal(["events_read", "metrics_read"], (await app.CodesAsync(wider))[^1].Scopes.Order());
    }

    [Fact]
    public async Task Datadogs_path_programs_on_the_computer_and_apps_on_a_phone_work_and_a_query_of_their_own_stays()
    {
        var organization = await app.CreateOrganizationAsync("Places");
        string[] registered =
        [
            "http://127.0.0.1/callback", "http://[::1]/callback", "com.example.app:/back", "https://app.example.com/cb?tenant=7",
        ];
        var made = await app.RegisteredAsync(organization, "Anywhere", registered, "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);

        var local = AddressOf(made.ClientId, ("redirect_uri", "http://127.0.0.1:49152/callback"));
        Assert.Equal(
            "a program on this computer", (await client.PageAsync(local)).QuerySelector("[data-leads-to]")!.TextContent);
        var datadogs = local.Replace(Address, "/oauth2/v1/authorize", StringComparison.Ordinal);
        var first = await client.PressAsync(datadogs, "Authorize");
        Assert.Equal("http://127.0.0.1:49152/callback", first.Address);
        var grant = Assert.Single(await app.GrantsAsync(made.ClientId));
        Assert.Equal("http://127.0.0.1:49152/callback", Assert.Single(await app.CodesAsync(grant)).RedirectUri);

        foreach (var (asked, expected) in new[]
        {
            ("http://[::1]:8000/callback", "http://[::1]:8000/callback"), ("com.example.app:/back", "com.example.app:/back"),
            ("https://app.example.com/cb?tenant=7", "https://app.example.com/cb"),
        })
        {
            var answer = await client.FollowAsync(AddressOf(made.ClientId, ("redirect_uri", asked)));
            Assert.Equal(expected, answer.Address);
            Assert.NotNull(answer["code"]);
            Assert.Equal(asked.EndsWith('7') ? "7" : null, answer["tenant"]);
        }
    }

    [Fact]
    public async Task A_program_that_was_changed_since_must_be_agreed_to_anew_and_then_is_remembered()
    {
        var organization = await app.CreateOrganizationAsync("Changed");
        var made = await TestApps.AppAsync(app, organization, "Turncoat", "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);
        await client.PressAsync(AddressOf(made.ClientId), "Authorize");
        Assert.NotNull((await client.FollowAsync(AddressOf(made.ClientId)))["code"]);

        // Another admin has its people sent elsewhere, and would get what they agreed to without their knowing.
        const string elsewhere = "https://elsewhere.example/callback";
        app.Time.Jump(TimeSpan.FromMinutes(1));
        await app.ChangeAsync(
            made.Id, row => row.Client.Edit(null, null, [TestApps.Callback, elsewhere], null, actsAs: null, app.Now));
        var address = AddressOf(made.ClientId, ("redirect_uri", elsewhere));
        Assert.Equal("consent_required", (await client.FollowAsync($"{address}&prompt=none"))["error"]);
        Assert.NotNull((await client.PageAsync(address)).QuerySelector("h1"));

        app.Time.Jump(TimeSpan.FromMinutes(1));
        await client.PressAsync(address, "Authorize");
        Assert.NotNull((await client.FollowAsync(address))["code"]);
        Assert.Single(await app.GrantsAsync(made.ClientId));
    }

    [Fact]
    public async Task That_a_program_acts_as_somebody_by_itself_is_no_consent_in_their_browser()
    {
        var organization = await app.CreateOrganizationAsync("Acting");
        var (made, secret) = await TestApps.ConfidentialAsync(app, organization, "Actor", "user_access_read");
        (await new OAuthProgram(app, made.ClientId, secret.Secret).ActAsync()).Ok();
        Assert.Single(await app.GrantsAsync(made.ClientId));

        using var client = await app.SignedInAsync(organization.Admin);
        Assert.Equal(
            "consent_required", (await client.FollowAsync(AddressOf(made.ClientId, ("prompt", "none"))))["error"]);
    }

    [Fact]
    public async Task An_app_with_one_redirect_uri_need_not_name_it_but_is_asked_about_each_time()
    {
        var organization = await app.CreateOrganizationAsync("Unnamed");
        var made = await TestApps.AppAsync(app, organization, "Brief", "user_access_read");
        using var client = await app.SignedInAsync(organization.Admin);
        var brief = AddressOf(made.ClientId, ("redirect_uri", null));

        Assert.Equal(TestApps.Callback, (await client.PressAsync(brief, "Authorize")).Address);
        var code = (await client.PressAsync(brief, "Authorize"))["code"]!;
        var program = new OAuthProgram(app, made.ClientId);
        (await program.ExchangeAsync(code, redirectUri: TestApps.Callback)).Refused("invalid_grant");
        (await program.ExchangeAsync(code, redirectUri: null)).Ok();
        Assert.NotNull((await client.FollowAsync(AddressOf(made.ClientId)))["code"]);

        var several = await app.RegisteredAsync(
            organization, "Several", [TestApps.Callback, "https://other.example/cb"], "user_access_read");
        await client.PageAsync(AddressOf(several.ClientId, ("redirect_uri", null)), HttpStatusCode.BadRequest);
        var local = await app.RegisteredAsync(organization, "Local", ["http://127.0.0.1/cb"], "user_access_read");
        await client.PageAsync(AddressOf(local.ClientId, ("redirect_uri", null)), HttpStatusCode.BadRequest);
    }
}
