using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Api;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.OAuth;

/// <summary>
/// What the tokens of OAuth apps open of the whole API, endpoint by endpoint: what an app may be let do, and never a key.
/// </summary>
public sealed partial class TokenScopesTests(App app) : IClassFixture<App>
{
    // All that a token of an admin with every scope there is opens. Nothing of it makes, shows or changes an API key, an
    // application key, a client token, an access token, a service account or an app; an app only sees and ends what it
    // was let do itself. Adding to this list is a decision.
    private const string Open = """
        /api/v1/org GET
        /api/v1/org/{publicId} GET
        /api/v1/org/{publicId} PUT
        /api/v1/user GET
        /api/v1/user POST
        /api/v1/user/{handle} DELETE
        /api/v1/user/{handle} GET
        /api/v1/user/{handle} PUT
        /api/v2/current_user GET
        /api/v2/org GET
        /api/v2/org/disable POST
        /api/v2/org_configs GET
        /api/v2/org_configs/{name} GET
        /api/v2/org_configs/{name} PATCH
        /api/v2/permissions GET
        /api/v2/roles GET
        /api/v2/roles POST
        /api/v2/roles/templates GET
        /api/v2/roles/{id} DELETE
        /api/v2/roles/{id} GET
        /api/v2/roles/{id} PATCH
        /api/v2/roles/{id}/clone POST
        /api/v2/roles/{id}/permissions DELETE
        /api/v2/roles/{id}/permissions GET
        /api/v2/roles/{id}/permissions POST
        /api/v2/roles/{id}/users DELETE
        /api/v2/roles/{id}/users GET
        /api/v2/roles/{id}/users POST
        /api/v2/user_authorized_clients GET
        /api/v2/user_authorized_clients/client/{clientId} DELETE
        /api/v2/user_authorized_clients/{id} DELETE
        /api/v2/user_authorized_clients/{id} GET
        /api/v2/user_invitations POST
        /api/v2/user_invitations/{id} GET
        /api/v2/users GET
        /api/v2/users POST
        /api/v2/users/{id} DELETE
        /api/v2/users/{id} GET
        /api/v2/users/{id} PATCH
        /api/v2/users/{id}/identity_providers GET
        /api/v2/users/{id}/invitations DELETE
        /api/v2/users/{id}/orgs GET
        /api/v2/users/{id}/permissions GET
        /api/v2/users/{id}/relationships/identity_providers PATCH
        """;

    [Fact]
    public async Task A_token_with_every_scope_there_is_opens_this_and_never_a_key()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var (made, caller) = await LetInAsync(organization, organization.Admin, [.. OAuthScopes.InOrder]);
        var robot = await Tokens.ServiceAccountAsync(app, organization);
        var robotKey = await app.IssueApplicationKeyAsync(new Person(robot, "", ""), "robot's");
        var robotToken = await Tokens.AccessAsync(app, robot, "robot's token", "dashboards_read");
        var token = await Tokens.AccessAsync(app, organization.Admin.Id, "Ann's token", "dashboards_read");
        var clientToken = await Tokens.ClientAsync(app, organization);
        var grant = Assert.Single(await app.GrantRowsAsync(made.Id));
        var before = await CredentialsAsync();

        // What an app must not reach is there to be found; anything else is looked for in vain, for it would come to harm.
        (string Below, object Id, object Other)[] there =
        [
            ("/api/v2/api_keys/", organization.ApiKey.Id, ""),
            ("/api/v2/application_keys/", organization.ApplicationKey.Id, ""),
            ("/api/v2/client_tokens/", clientToken.Id, ""),
            ("/api/v2/current_user/application_keys/", organization.ApplicationKey.Id, ""),
            ("/api/v2/oauth2/clients/", made.ClientId, ""),
            ("/api/v2/org_authorized_clients/{id}/user/", made.Id, organization.Admin.Id),
            ("/api/v2/org_authorized_clients/", made.Id, grant.Id),
            ("/api/v2/personal_access_tokens/", token.Id, ""),
            ("/api/v2/safety_center/credentials/", organization.ApiKey.Id, ""),
            ("/api/v2/service_accounts/{id}/access_tokens", robot, robotToken.Id),
            ("/api/v2/service_accounts/", robot, robotKey.Id),
        ];
        var open = new List<string>();
        foreach (var (path, method, _) in Endpoints())
        {
            var found = there.FirstOrDefault(one => path.StartsWith(one.Below, StringComparison.Ordinal));
            var (id, other) = found == default ? (Guid.Empty, Guid.Empty) : (found.Id, found.Other);
            var address = Parameter().Replace(Parameter().Replace(path, $"{id}", 1), $"{other}", 1);
            if ((await caller.SendAsync(method, address)).Status != HttpStatusCode.Forbidden)
            {
                open.Add($"{path} {method}");
            }
        }

        Assert.Equal(Open.ReplaceLineEndings("\n"), string.Join('\n', open));

        // Service accounts stand among the users; they are changed with the permission for them alone.
        var change = new { data = new { type = "users", id = $"{robot}", attributes = new { name = "Mine", disabled = true } } };
        (await caller.SendAsync(HttpMethod.Patch, $"/api/v2/users/{robot}", change)).Must(HttpStatusCode.Forbidden);
        (await caller.DeleteAsync($"/api/v2/users/{robot}")).Must(HttpStatusCode.Forbidden);
        (await caller.DeleteAsync($"/api/v1/user/{robot}")).Must(HttpStatusCode.Forbidden);
        foreach (var legacy in new[] { "/api/v1/api_key", "/api/v1/application_key" })
        {
            (await caller.GetAsync(legacy)).Must(HttpStatusCode.Forbidden);
            (await caller.SendAsync(HttpMethod.Post, legacy, new { name = "minted" })).Must(HttpStatusCode.Forbidden);
        }

        Assert.Equal(before, await CredentialsAsync());
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);

        async Task<IEnumerable<string>> CredentialsAsync() =>
            (await app.RowsAsync<Credential>(all => all.Where(row => row.OrganizationId == organization.Id)))
            .Select(row => $"{row.Id} {row.Name} {row.ModifiedAt} {row.RevokedAt} {row.ExpiresAt} {row.RetireAt}").Order();
    }

    [Fact]
    public async Task One_scope_opens_what_needs_the_permission_of_its_name_and_all_the_others_do_not()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var callers = new Dictionary<string, ApiCaller>();
        var checkedScopes = new HashSet<string>();
        foreach (var (path, method, anyOf) in Endpoints().Where(endpoint => endpoint.AnyOf.Any(OAuthScopes.All.Contains)))
        {
            var address = Parameter().Replace(path, $"{Guid.Empty}");
            foreach (var scope in anyOf.Where(OAuthScopes.All.Contains))
            {
                var answer = await (await WithAsync(scope)).SendAsync(method, address);
                Assert.False(IsGateShut(answer), $"{scope} does not open {method} {path}: {answer.Text}");
                checkedScopes.Add(scope);
            }

            var others = await (await WithAsync([.. OAuthScopes.InOrder.Except(anyOf)])).SendAsync(method, address);
            Assert.True(IsGateShut(others), $"{method} {path} opens without {string.Join(" or ", anyOf)}: {others.Text}");
        }

        Assert.Equal(
            ["org_management", "user_access_invite", "user_access_manage", "user_access_read"], checkedScopes.Order());

        async Task<ApiCaller> WithAsync(params string[] scopes)
        {
            var key = string.Join(' ', scopes);
            return callers.TryGetValue(key, out var caller)
                ? caller
                : callers[key] = (await LetInAsync(organization, organization.Admin, scopes)).Caller;
        }

        // The gate names the scope that is missing; other refusals come from behind it.
        static bool IsGateShut(ApiCaller.Answer answer) => answer.Status == HttpStatusCode.Forbidden
            && Assert.Single(answer.Errors).EndsWith(
                "among the scopes of the credential it is made with.", StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_scope_opens_what_the_user_may_not_do_themselves()
    {
        var (_, organization) = await app.NewOrganizationAsync();
        var bob = await app.AddPersonAsync(organization, $"bob@{organization.Slug}.example", "Bob Builder");
        var (_, caller) = await LetInAsync(organization, bob, [.. OAuthScopes.InOrder]);
        (await caller.GetAsync("/api/v2/users")).Must(HttpStatusCode.OK);
        var refused = (await caller.SendAsync(HttpMethod.Post, "/api/v2/roles")).Must(HttpStatusCode.Forbidden);
        Assert.Contains("the roles of Bob Builder do not grant", Assert.Single(refused.Errors), StringComparison.Ordinal);
    }

    private async Task<(OAuthApp App, ApiCaller Caller)> LetInAsync(
        TestOrganization organization, Person person, string[] scopes)
    {
        var made = await TestApps.AppAsync(app, organization, "App", scopes);
        var grant = await TestApps.GrantAsync(app, made.Id, person.Id, scopes);
        return (made, TestApps.CallerWith(app, await TestApps.AccessTokenAsync(app, grant)));
    }

    private IEnumerable<(string Path, HttpMethod Method, IReadOnlyList<string> AnyOf)> Endpoints() => app.Services
        .GetServices<EndpointDataSource>()
        .SelectMany(source => source.Endpoints)
        .OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<ApiEndpointAttribute>() is not null)
        .Select(endpoint => (
            Path: "/" + endpoint.RoutePattern.RawText!.Trim('/'),
            Method: new HttpMethod(Assert.Single(endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods)),
            endpoint.Metadata.GetMetadata<RequiresPermissionAttribute>()?.AnyOf ?? []))
        .OrderBy(endpoint => $"{endpoint.Path} {endpoint.Method}", StringComparer.Ordinal);

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
