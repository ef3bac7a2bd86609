using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Verification;

/// <summary>Each kind of credential, when it was revoked, when its end has come, and when its owner is disabled.</summary>
public sealed class EndedCredentialTests(App app, TestPostgres postgres) : IClassFixture<App>
{
    private static int _organizations;

    [Fact]
    public async Task A_revoked_one_opens_nothing_from_the_next_call_on()
    {
        var organization = await NewOrganizationAsync(app);
        var spare = await app.IssueApiKeyAsync(organization, "spare");
        var robot = await Tokens.ServiceAccountAsync(app, organization);
        (IssuedKey Key, ApiCaller Caller)[] all =
        [
            (organization.ApplicationKey, ApiCaller.AdminOf(app, organization)),
            await PersonalAsync(app, organization.Admin.Id),
            await PersonalAsync(app, robot),
            await ClientAsync(app, organization),
            (spare, new ApiCaller(app, ("DD-API-KEY", spare.Secret))),
            await OfAppAsync(app, organization, organization.Admin.Id),
        ];
        foreach (var (key, caller) in all)
        {
            (await caller.GetAsync("/verify")).Must(HttpStatusCode.OK);
            await app.RevokeAsync(organization, key);
            (await caller.GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public async Task When_its_owner_is_disabled_what_acts_for_them_ends_and_what_is_the_organizations_stays()
    {
        var organization = await NewOrganizationAsync(app);
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", role: Role.AdminName);
        var robot = await Tokens.ServiceAccountAsync(app, organization);
        var his = await app.IssueApplicationKeyAsync(bob, "his");
        ApiCaller[] owned =
        [
            ApiCaller.With(app, organization.ApiKey.Secret, his.Secret),
            (await PersonalAsync(app, bob.Id)).Caller,
            (await PersonalAsync(app, robot)).Caller,
            (await OfAppAsync(app, organization, bob.Id)).Caller,
            (await OfAppAsync(app, organization, robot)).Caller,
        ];
        var made = (await ApiCaller.With(app, organization.ApiKey.Secret, his.Secret)
            .PostAsync("/api/v2/client_tokens", "client_tokens", new { name = "his page" })).Must(HttpStatusCode.Created);
        ApiCaller[] shared =
        [
            new(app, ("DD-API-KEY", organization.ApiKey.Secret)),
            new(app, ("DD-CLIENT-TOKEN", made.Attribute("key").GetString()!)),
        ];
        foreach (var caller in owned.Concat(shared))
        {
            (await caller.GetAsync("/verify")).Must(HttpStatusCode.OK);
        }

        await Tokens.DisableAsync(app, organization, bob.Id);
        await Tokens.DisableAsync(app, organization, robot);
        foreach (var caller in owned)
        {
            (await caller.GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
            (await caller.GetAsync("/api/v2/personal_access_tokens")).Must(HttpStatusCode.Forbidden);
            (await caller.GetAsync("/api/v2/validate_keys")).Must(HttpStatusCode.Unauthorized);
        }

        foreach (var caller in shared)
        {
            (await caller.GetAsync("/verify")).Must(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task One_whose_end_has_come_opens_nothing_from_that_moment_on()
    {
        var clock = new ManualClock();
        await using var own = await App.StartAsync(postgres, clock);
        var organization = await NewOrganizationAsync(own);
        var admin = ApiCaller.AdminOf(own, organization);
        var robot = await Tokens.ServiceAccountAsync(own, organization, role: Role.AdminName);
        var end = own.Now.AddDays(2);
        var personal = await MadeAsync(
            "/api/v2/personal_access_tokens", "personal_access_tokens",
            new { name = "short", scopes = new[] { "user_app_keys" }, expires_at = end });
        var service = await MadeAsync(
            $"/api/v2/service_accounts/{robot}/access_tokens", "service_access_tokens",
            new { name = "short", scopes = new[] { "user_app_keys" }, expires_at = end });
        var client = await MadeAsync("/api/v2/client_tokens", "client_tokens", new { name = "short", expires_at = end });
        var api = await MadeAsync("/api/v2/api_keys", "api_keys", new { name = "short", expires_at = end });
        ApiCaller[] callers =
        [
            new(own, ("DD-APPLICATION-KEY", personal)), new(own, ("Authorization", $"Bearer {service}")),
            new(own, ("DD-CLIENT-TOKEN", client)), new(own, ("DD-API-KEY", api)),
            new(own, ("DD-API-KEY", api), ("DD-APPLICATION-KEY", organization.ApplicationKey.Secret)),
        ];
        await AllAnswerAsync(HttpStatusCode.OK);
        clock.Jump(end - own.Now - TimeSpan.FromMilliseconds(1));
        await AllAnswerAsync(HttpStatusCode.OK);
        clock.Jump(TimeSpan.FromMilliseconds(1));
        await AllAnswerAsync(HttpStatusCode.Forbidden);
        (await callers[0].GetAsync("/api/v2/personal_access_tokens")).Must(HttpStatusCode.Forbidden);
        (await callers[1].GetAsync("/api/v2/validate_keys")).Must(HttpStatusCode.Unauthorized);

        async Task<string> MadeAsync(string path, string type, object attributes) =>
            (await admin.PostAsync(path, type, attributes)).Must(HttpStatusCode.Created).Attribute("key").GetString()!;

        async Task AllAnswerAsync(HttpStatusCode status)
        {
            foreach (var caller in callers)
            {
                (await caller.GetAsync("/verify")).Must(status);
            }
        }
    }

    private static async Task<(IssuedKey Key, ApiCaller Caller)> PersonalAsync(App app, Id<User> owner)
    {
        var token = await Tokens.AccessAsync(app, owner, "token", "user_app_keys");
        return (token, new ApiCaller(app, ("DD-APPLICATION-KEY", token.Secret)));
    }

    // Whose token it is does not matter to those who end it: they end what the app may do.
    private static async Task<(IssuedKey Key, ApiCaller Caller)> OfAppAsync(
        App app, TestOrganization organization, Id<User> owner)
    {
        var program = await TestApps.AppAsync(app, organization, "program", "dashboards_read");
        var grant = await TestApps.GrantAsync(app, program.Id, owner, "dashboards_read");
        var token = await TestApps.AccessTokenAsync(app, grant);
        return (new IssuedKey(grant, "program", token), TestApps.CallerWith(app, token));
    }

    private static async Task<(IssuedKey Key, ApiCaller Caller)> ClientAsync(App app, TestOrganization organization)
    {
        var token = await Tokens.ClientAsync(app, organization);
        return (token, new ApiCaller(app, ("DD-CLIENT-TOKEN", token.Secret)));
    }

    private static Task<TestOrganization> NewOrganizationAsync(App app)
    {
        var number = Interlocked.Increment(ref _organizations);
        return app.CreateOrganizationAsync($"Ended {number}", $"ann@ended-{number}.example");
    }
}
