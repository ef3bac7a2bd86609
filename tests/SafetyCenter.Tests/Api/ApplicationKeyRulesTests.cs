using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Api;

/// <summary>What the page about API and application keys says of application keys, rule by rule.</summary>
public sealed class ApplicationKeyRulesTests(App app) : IClassFixture<App>
{
    private const string Type = "application_keys";
    private const string All = "/api/v2/application_keys";
    private const string Own = "/api/v2/current_user/application_keys";
    private const string ApiKeys = "/api/v2/api_keys";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t ")]
    public async Task Application_key_names_cannot_be_blank(string? name)
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = await admin.PostAsync(Own, Type, new { name });
        Assert.Contains("blank", made.Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
        var id = organization.ApplicationKey.Id.ToString();
        var renamed = await admin.PatchAsync($"{Own}/{id}", Type, id, new { name });
        Assert.Contains("blank", renamed.Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
        Assert.Equal(["main"], (await admin.GetAsync(Own)).Names());
    }

    [Fact]
    public async Task Application_key_names_may_repeat()
    {
        var (admin, _) = await app.NewOrganizationAsync();
        (await admin.PostAsync(Own, Type, new { name = "twin" })).Must(HttpStatusCode.Created);
        (await admin.PostAsync(Own, Type, new { name = "twin" })).Must(HttpStatusCode.Created);
        Assert.Equal(["main", "twin", "twin"], (await admin.GetAsync(Own)).Names());
    }

    [Fact]
    public async Task One_user_can_have_as_many_keys_as_the_limit_says_and_a_raised_limit_lets_more_in()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var other = await app.CallerAsync(organization, bob);
        await app.SetApplicationKeyLimitAsync(organization, 2);
        var second = (await admin.PostAsync(Own, Type, new { name = "second" })).Must(HttpStatusCode.Created);
        var third = await admin.PostAsync(Own, Type, new { name = "third" });
        Assert.Contains("at most 2", third.Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
        (await other.PostAsync(Own, Type, new { name = "another user's second" })).Must(HttpStatusCode.Created);
        var list = await admin.GetAsync(Own);
        Assert.Equal(2, list.Json.GetProperty("meta").GetProperty("max_allowed_per_user").GetInt32());

        await app.SetApplicationKeyLimitAsync(organization, 3);
        (await admin.PostAsync(Own, Type, new { name = "third" })).Must(HttpStatusCode.Created);
        (await admin.PostAsync(Own, Type, new { name = "fourth" })).Must(HttpStatusCode.BadRequest);
        (await admin.DeleteAsync($"{Own}/{second.Id}")).Must(HttpStatusCode.NoContent);
        (await admin.PostAsync(Own, Type, new { name = "fourth" })).Must(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Two_who_make_the_last_possible_key_at_the_same_time_get_one()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        await app.SetApplicationKeyLimitAsync(organization, 2);
        var racing = await app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                Task<ApiCaller.Answer>[] both =
                    [admin.PostAsync(Own, Type, new { name = "one" }), admin.PostAsync(Own, Type, new { name = "two" })];
                await app.SomebodyWaitsAsync(2);
                return both;
            },
            CancellationToken.None));
        var statuses = (await Task.WhenAll(racing)).Select(answer => answer.Status).Order();
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.BadRequest], statuses);
        Assert.Equal(2, (await admin.GetAsync(Own)).Total());
    }

    [Fact]
    public async Task Unspecified_scopes_mean_all_that_the_owner_may_at_the_time_of_each_call()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddWithPermissionsAsync(organization, "bob", "user_app_keys", "api_keys_read");
        var maker = await app.CallerAsync(organization, bob);
        var made = (await maker.PostAsync(Own, Type, new { name = "unscoped" })).Must(HttpStatusCode.Created);
        var key = KeyOf(organization, made);
        (await key.GetAsync(ApiKeys)).Must(HttpStatusCode.OK);
        await app.TakeFromRoleAsync(organization, "bob", "api_keys_read");
        Assert.Contains(
            "api_keys_read", (await key.GetAsync(ApiKeys)).Must(HttpStatusCode.Forbidden).Errors[0], StringComparison.Ordinal);
        (await key.GetAsync(Own)).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_role_change_takes_from_what_a_key_may_and_nothing_from_its_scopes()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddWithPermissionsAsync(organization, "bob", "user_app_keys", "api_keys_read");
        var maker = await app.CallerAsync(organization, bob);
        var made = (await maker.PostAsync(Own, Type, new { name = "scoped", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created);
        var key = KeyOf(organization, made);
        (await key.GetAsync(ApiKeys)).Must(HttpStatusCode.OK);
        await app.TakeFromRoleAsync(organization, "bob", "api_keys_read");
        (await key.GetAsync(ApiKeys)).Must(HttpStatusCode.Forbidden);
        Assert.Equal("""["api_keys_read"]""", (await admin.GetAsync($"{All}/{made.Id}")).Attribute("scopes").GetRawText());
    }

    [Fact]
    public async Task Scope_names_are_case_sensitive_and_unknown_ones_are_refused_by_name()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var refused = await admin.PostAsync(
            Own, Type, new { name = "x", scopes = new[] { "api_keys_read", "Api_Keys_Read", "color" } });
        var sentence = refused.Must(HttpStatusCode.BadRequest).Errors[0];
        Assert.Contains("Api_Keys_Read", sentence, StringComparison.Ordinal);
        Assert.Contains("color", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("api_keys_read", sentence, StringComparison.Ordinal);
        var id = organization.ApplicationKey.Id.ToString();
        var edited = await admin.PatchAsync($"{Own}/{id}", Type, id, new { scopes = new[] { "API_KEYS_READ" } });
        Assert.Contains("API_KEYS_READ", edited.Must(HttpStatusCode.BadRequest).Errors[0], StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await admin.GetAsync($"{Own}/{id}")).Attribute("scopes").ValueKind);
    }

    [Fact]
    public async Task Every_permission_of_the_catalogue_is_a_scope()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var scopes = PermissionCatalogue.Scopes.Order(StringComparer.Ordinal).ToArray();
        var made = (await admin.PostAsync(Own, Type, new { name = "everything", scopes })).Must(HttpStatusCode.Created);
        Assert.Equal(
            scopes, made.Attribute("scopes").EnumerateArray().Select(scope => scope.GetString()!));
        (await KeyOf(organization, made).GetAsync(ApiKeys)).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Scopes_can_be_changed_at_any_time_and_hold_from_the_next_call_on()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var made = (await admin.PostAsync(Own, Type, new { name = "x", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created);
        var key = KeyOf(organization, made);
        (await key.GetAsync(ApiKeys)).Must(HttpStatusCode.OK);
        await RescopeAsync("user_app_keys");
        (await key.GetAsync(ApiKeys)).Must(HttpStatusCode.Forbidden);
        (await key.GetAsync(Own)).Must(HttpStatusCode.OK);
        Assert.Equal("user_app_keys", await key.VerifiedScopesAsync());
        await RescopeAsync("user_app_keys", "api_keys_read");
        (await key.GetAsync(ApiKeys)).Must(HttpStatusCode.OK);

        async Task RescopeAsync(params string[] scopes) =>
            (await admin.PatchAsync($"{Own}/{made.Id}", Type, made.Id, new { scopes })).Must(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_may_have_scopes_that_its_owner_lacks_and_is_told_so_when_it_uses_them()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddWithPermissionsAsync(organization, "bob", "user_app_keys");
        var maker = await app.CallerAsync(organization, bob);
        var made = (await maker.PostAsync(Own, Type, new { name = "ambitious", scopes = new[] { "api_keys_read" } }))
            .Must(HttpStatusCode.Created);
        var refused = (await KeyOf(organization, made).GetAsync(ApiKeys)).Must(HttpStatusCode.Forbidden).Errors[0];
        Assert.Contains("api_keys_read", refused, StringComparison.Ordinal);
        Assert.Contains("roles of bob", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_app_keys_scopes_own_keys_and_nobody_elses()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddWithPermissionsAsync(organization, "bob", "user_app_keys", "org_app_keys_read");
        var own = await app.IssueApplicationKeyAsync(bob, "own");
        var caller = ApiCaller.With(app, organization.ApiKey.Secret, own.Secret);
        (await RescopeAsync(caller, Own, own)).Must(HttpStatusCode.OK);
        caller = await app.CallerAsync(organization, bob);
        (await RescopeAsync(caller, Own, organization.ApplicationKey)).Must(HttpStatusCode.NotFound);
        foreach (var key in new[] { own, organization.ApplicationKey })
        {
            Assert.Contains(
                "org_app_keys_write",
                (await RescopeAsync(caller, All, key)).Must(HttpStatusCode.Forbidden).Errors[0],
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Org_app_keys_write_scopes_anybodys_keys()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var wendy = await app.AddWithPermissionsAsync(organization, "wendy", "org_app_keys_write");
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var his = await app.IssueApplicationKeyAsync(bob, "his");
        var robots = await RobotsKeyAsync(organization, admin);
        var caller = await app.CallerAsync(organization, wendy);
        (await RescopeAsync(caller, All, his)).Must(HttpStatusCode.OK);
        (await RescopeAsync(caller, All, robots.Key)).Must(HttpStatusCode.OK);
        (await caller.GetAsync(All)).Must(HttpStatusCode.Forbidden);
        (await caller.GetAsync(Own)).Must(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Service_account_write_scopes_keys_of_service_accounts_and_of_nobody_else()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var sam = await app.AddWithPermissionsAsync(organization, "sam", "service_account_write");
        var robots = await RobotsKeyAsync(organization, admin);
        var caller = await app.CallerAsync(organization, sam);
        (await RescopeAsync(caller, KeysOf(robots.Account), robots.Key)).Must(HttpStatusCode.OK);
        (await RescopeAsync(caller, KeysOf(organization.Admin.Id.ToString()), organization.ApplicationKey))
            .Must(HttpStatusCode.NotFound);
        (await RescopeAsync(caller, KeysOf(robots.Account), organization.ApplicationKey)).Must(HttpStatusCode.NotFound);
        (await RescopeAsync(caller, All, robots.Key)).Must(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_key_is_never_transferred_to_another_owner()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example");
        var id = organization.ApplicationKey.Id.ToString();
        foreach (var keys in new[] { Own, All })
        {
            (await admin.SendAsync(HttpMethod.Patch, $"{keys}/{id}", new
            {
                data = new
                {
                    type = Type,
                    id,
                    attributes = new
                    {
                        name = "moved", owner = bob.Email, owner_id = bob.Id.ToString(), owned_by = bob.Id.ToString(),
                    },
                    relationships = new { owned_by = new { data = new { type = "users", id = bob.Id.ToString() } } },
                },
            })).Must(HttpStatusCode.OK);
        }

        var key = Assert.Single(await app.RowsAsync<ApplicationKey>(rows => rows
            .Where(row => row.Id == organization.ApplicationKey.Id)));
        Assert.Equal(organization.Admin.Id, key.OwnerId);
        Assert.Equal("moved", key.Name);
    }

    [Fact]
    public async Task Disabling_a_user_revokes_their_application_keys_for_good_and_leaves_other_credentials_they_made()
    {
        var (admin, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddWithPermissionsAsync(organization, "bob", "user_app_keys", "api_keys_write");
        var key = await app.IssueApplicationKeyAsync(bob, "his");
        var caller = ApiCaller.With(app, organization.ApiKey.Secret, key.Secret);
        var apiKey = (await caller.PostAsync(ApiKeys, "api_keys", new { name = "made by bob" })).Must(HttpStatusCode.Created);
        var clientToken = await app.ActAsAsync(organization, bob, async (services, actor) => (await Issuing.ClientTokenAsync(
            services.GetRequiredService<SafetyCenterDb>(),
            actor,
            services.GetRequiredService<SecretFormat>(),
            "made by bob",
            expiresAt: null,
            app.Now,
            CancellationToken.None)).Secret.Reveal());

        await ChangeAsync(user => user.Disable(app.Now));
        await OnlyHisKeyIsGoneAsync();
        var row = Assert.Single(await app.RowsAsync<ApplicationKey>(rows => rows.Where(row => row.Id == key.Id)));
        Assert.Equal(RevocationReason.OwnerDisabled, row.RevokedBecause);
        await ChangeAsync(user => user.Enable(app.Now));
        await OnlyHisKeyIsGoneAsync();
        Assert.NotNull((await app.RowsAsync<ApplicationKey>(rows => rows.Where(row => row.Id == key.Id)))[0].RevokedAt);

        async Task OnlyHisKeyIsGoneAsync()
        {
            (await caller.GetAsync("/verify")).Must(HttpStatusCode.Forbidden);
            (await caller.GetAsync(Own)).Must(HttpStatusCode.Forbidden);
            (await admin.GetAsync($"{All}/{key.Id}")).Must(HttpStatusCode.NotFound);
            var bare = new ApiCaller(app, ("DD-API-KEY", apiKey.Attribute("key").GetString()!));
            (await bare.GetAsync("/verify")).Must(HttpStatusCode.OK);
            (await new ApiCaller(app, ("DD-CLIENT-TOKEN", clientToken)).GetAsync("/verify")).Must(HttpStatusCode.OK);
        }

        Task ChangeAsync(Action<User> change) => app.InScopeAsync((SafetyCenterDb db) => db.LockedAsync(
            organization.Id,
            async _ =>
            {
                change(await db.People.IgnoreQueryFilters([CurrentOrganization.Filter])
                    .Include(user => user.Roles)
                    .SingleAsync(user => user.Id == bob.Id));
                return true;
            },
            CancellationToken.None));
    }

    private static string KeysOf(string account) => $"/api/v2/service_accounts/{account}/application_keys";

    private static Task<ApiCaller.Answer> RescopeAsync(ApiCaller caller, string keys, IssuedKey key) =>
        caller.PatchAsync($"{keys}/{key.Id}", Type, key.Id.ToString(), new { scopes = new[] { "user_app_keys" } });

    private static async Task<(string Account, IssuedKey Key)> RobotsKeyAsync(TestOrganization organization, ApiCaller admin)
    {
        var account = (await admin.PostAsync(
            "/api/v2/service_accounts", "users", new { email = $"robot@{organization.Slug}.example", service_account = true }))
            .Must(HttpStatusCode.Created).Id;
        var made = (await admin.PostAsync(KeysOf(account), Type, new { name = "robot's" })).Must(HttpStatusCode.Created);
        return (account, new IssuedKey(new(Guid.Parse(made.Id)), "robot's", made.Attribute("key").GetString()!));
    }

    private ApiCaller KeyOf(TestOrganization organization, ApiCaller.Answer made) =>
        ApiCaller.With(app, organization.ApiKey.Secret, made.Attribute("key").GetString()!);
}
