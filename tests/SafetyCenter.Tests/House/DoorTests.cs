using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Core.Users;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.House;

/// <summary>Every address there is, and who may enter. A forgotten one is closed, and this test says so.</summary>
public sealed class DoorTests(App app) : IClassFixture<App>
{
    private const string AnyCredential = "who may see some kind of credential";

    // The whole surface. Adding to the open ones is a decision; the list should rather shrink.
    private const string Surface = $$"""
        /                                                        signed in
        /.well-known/oauth-authorization-server                  anybody
        /.well-known/{**rest}                                    anybody
        /api/v1/api_key/{**rest}                                 anybody
        /api/v1/application_key/{**rest}                         anybody
        /api/v1/org GET                                          org_management
        /api/v1/org POST                                         org_management
        /api/v1/org/{publicId} GET                               org_management
        /api/v1/org/{publicId} PUT                               org_management
        /api/v1/user GET                                         user_access_read
        /api/v1/user POST                                        user_access_invite
        /api/v1/user/{handle} DELETE                             user_access_manage or service_account_write
        /api/v1/user/{handle} GET                                user_access_read
        /api/v1/user/{handle} PUT                                user_access_manage or service_account_write
        /api/v1/validate                                         anybody
        /api/v2/api_keys GET                                     api_keys_read
        /api/v2/api_keys POST                                    api_keys_write
        /api/v2/api_keys/{id} DELETE                             api_keys_delete
        /api/v2/api_keys/{id} GET                                api_keys_read
        /api/v2/api_keys/{id} PATCH                              api_keys_write
        /api/v2/application_keys GET                             org_app_keys_read
        /api/v2/application_keys/{id} DELETE                     org_app_keys_write
        /api/v2/application_keys/{id} GET                        org_app_keys_read
        /api/v2/application_keys/{id} PATCH                      org_app_keys_write
        /api/v2/audit/events GET                                 audit_logs_read
        /api/v2/audit/events/search POST                         audit_logs_read
        /api/v2/client_tokens GET                                client_tokens_read
        /api/v2/client_tokens POST                               client_tokens_write
        /api/v2/client_tokens/{id} DELETE                        client_tokens_write
        /api/v2/client_tokens/{id} GET                           client_tokens_read
        /api/v2/client_tokens/{id} PATCH                         client_tokens_write
        /api/v2/credentials/revoke                               anybody
        /api/v2/current_user GET                                 any user
        /api/v2/current_user PATCH                               any user
        /api/v2/current_user/application_keys GET                user_app_keys
        /api/v2/current_user/application_keys POST               user_app_keys
        /api/v2/current_user/application_keys/{id} DELETE        user_app_keys
        /api/v2/current_user/application_keys/{id} GET           user_app_keys
        /api/v2/current_user/application_keys/{id} PATCH         user_app_keys
        /api/v2/oauth2/.well-known/sites                         anybody
        /api/v2/oauth2/clients/{clientId}/scopes_restriction DELETE org_authorized_apps_write
        /api/v2/oauth2/clients/{clientId}/scopes_restriction GET org_authorized_apps_write
        /api/v2/oauth2/clients/{clientId}/scopes_restriction POST org_authorized_apps_write
        /api/v2/oauth2/register                                  anybody
        /api/v2/org GET                                          org_management
        /api/v2/org/disable POST                                 org_management
        /api/v2/org_authorized_clients GET                       org_authorized_apps_read
        /api/v2/org_authorized_clients/{id} DELETE               org_authorized_apps_write
        /api/v2/org_authorized_clients/{id} GET                  org_authorized_apps_read
        /api/v2/org_authorized_clients/{id} PATCH                org_authorized_apps_write
        /api/v2/org_authorized_clients/{id}/user/{userId} DELETE org_authorized_apps_write
        /api/v2/org_authorized_clients/{id}/user_authorized_clients GET org_authorized_apps_read
        /api/v2/org_authorized_clients/{id}/user_authorized_clients/{grantId} DELETE org_authorized_apps_write
        /api/v2/org_configs GET                                  any user
        /api/v2/org_configs/{name} GET                           any user
        /api/v2/org_configs/{name} PATCH                         org_management
        /api/v2/permissions GET                                  user_access_read
        /api/v2/personal_access_tokens GET                       user_app_keys or org_app_keys_read
        /api/v2/personal_access_tokens POST                      user_app_keys
        /api/v2/personal_access_tokens/{id} DELETE               user_app_keys or org_app_keys_write
        /api/v2/personal_access_tokens/{id} GET                  user_app_keys or org_app_keys_read
        /api/v2/personal_access_tokens/{id} PATCH                user_app_keys or org_app_keys_write
        /api/v2/roles GET                                        user_access_read
        /api/v2/roles POST                                       user_access_manage
        /api/v2/roles/templates GET                              user_access_read
        /api/v2/roles/{id} DELETE                                user_access_manage
        /api/v2/roles/{id} GET                                   user_access_read
        /api/v2/roles/{id} PATCH                                 user_access_manage
        /api/v2/roles/{id}/clone POST                            user_access_manage
        /api/v2/roles/{id}/permissions DELETE                    user_access_manage
        /api/v2/roles/{id}/permissions GET                       user_access_read
        /api/v2/roles/{id}/permissions POST                      user_access_manage
        /api/v2/roles/{id}/users DELETE                          user_access_manage
        /api/v2/roles/{id}/users GET                             user_access_read
        /api/v2/roles/{id}/users POST                            user_access_manage
        /api/v2/safety_center/credentials/{id} GET               {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/expiry PUT        {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/retirement PATCH  {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/revoke POST       {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/rotate POST       {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/test_revocation DELETE {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/test_revocation GET {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/test_revocation POST {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/undo POST         {{AnyCredential}}
        /api/v2/safety_center/credentials/{id}/usage GET         {{AnyCredential}}
        /api/v2/safety_center/leak_reports                       anybody
        /api/v2/safety_center/leak_reports/imports               anybody
        /api/v2/safety_center/leak_reports/signed                anybody
        /api/v2/safety_center/oauth_apps GET                     org_authorized_apps_read
        /api/v2/safety_center/oauth_apps POST                    org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id} DELETE             org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id} GET                org_authorized_apps_read
        /api/v2/safety_center/oauth_apps/{id} PATCH              org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id}/approve POST       org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id}/disable POST       org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id}/enable POST        org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id}/logo DELETE        org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id}/logo PUT           org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id}/secrets GET        org_authorized_apps_read
        /api/v2/safety_center/oauth_apps/{id}/secrets POST       org_authorized_apps_write
        /api/v2/safety_center/oauth_apps/{id}/undo POST          org_authorized_apps_write
        /api/v2/safety_center/revoked_credentials GET            {{AnyCredential}}
        /api/v2/service_accounts POST                            service_account_write
        /api/v2/service_accounts/{id}/access_tokens GET          service_account_write
        /api/v2/service_accounts/{id}/access_tokens POST         service_account_write
        /api/v2/service_accounts/{id}/access_tokens/{tokenId} DELETE service_account_write or org_app_keys_write
        /api/v2/service_accounts/{id}/access_tokens/{tokenId} GET service_account_write or org_app_keys_write
        /api/v2/service_accounts/{id}/access_tokens/{tokenId} PATCH service_account_write or org_app_keys_write
        /api/v2/service_accounts/{id}/application_keys GET       service_account_write
        /api/v2/service_accounts/{id}/application_keys POST      service_account_write
        /api/v2/service_accounts/{id}/application_keys/{keyId} DELETE service_account_write
        /api/v2/service_accounts/{id}/application_keys/{keyId} GET service_account_write
        /api/v2/service_accounts/{id}/application_keys/{keyId} PATCH service_account_write
        /api/v2/user_authorized_clients GET                      any user
        /api/v2/user_authorized_clients/client/{clientId} DELETE any user
        /api/v2/user_authorized_clients/{id} DELETE              any user
        /api/v2/user_authorized_clients/{id} GET                 any user
        /api/v2/user_invitations POST                            user_access_invite
        /api/v2/user_invitations/{id} GET                        user_access_invite
        /api/v2/users GET                                        user_access_read
        /api/v2/users POST                                       user_access_invite
        /api/v2/users/{id} DELETE                                user_access_manage or service_account_write
        /api/v2/users/{id} GET                                   user_access_read
        /api/v2/users/{id} PATCH                                 user_access_manage or service_account_write
        /api/v2/users/{id}/identity_providers GET                user_access_read
        /api/v2/users/{id}/invitations DELETE                    user_access_invite
        /api/v2/users/{id}/orgs GET                              any user
        /api/v2/users/{id}/permissions GET                       user_access_read
        /api/v2/users/{id}/relationships/identity_providers PATCH user_access_manage
        /api/v2/validate                                         anybody
        /api/v2/validate_keys                                    anybody
        /api/{**rest}                                            anybody
        /contacts/verify/{token}                                 anybody
        /error/{status:int}                                      anybody
        /forgot-password                                         anybody
        /health/live                                             anybody
        /health/ready                                            anybody
        /invitations/{token}                                     anybody
        /me/application-keys                                     signed in
        /me/grants                                               signed in
        /me/security                                             signed in
        /me/security/authenticator                               signed in
        /me/security/confirm                                     signed in
        /me/security/passkeys                                    signed in
        /o/{slug}/organization-settings/access-tokens            user_app_keys or org_app_keys_read
        /o/{slug}/organization-settings/api-keys                 api_keys_read
        /o/{slug}/organization-settings/application-keys         user_app_keys or org_app_keys_read
        /o/{slug}/organization-settings/audit                    audit_logs_read
        /o/{slug}/organization-settings/client-tokens            client_tokens_read
        /o/{slug}/organization-settings/credentials/{id}         {{AnyCredential}}
        /o/{slug}/organization-settings/credentials/{id}/revoke  {{AnyCredential}}
        /o/{slug}/organization-settings/credentials/{id}/rotate  {{AnyCredential}}
        /o/{slug}/organization-settings/invites                  user_access_invite
        /o/{slug}/organization-settings/oauth-apps               org_authorized_apps_read
        /o/{slug}/organization-settings/oauth-apps/new           org_authorized_apps_write
        /o/{slug}/organization-settings/oauth-apps/{id}          org_authorized_apps_read
        /o/{slug}/organization-settings/oauth-apps/{id}/delete   org_authorized_apps_write
        /o/{slug}/organization-settings/oauth-apps/{id}/disable  org_authorized_apps_write
        /o/{slug}/organization-settings/oauth-apps/{id}/edit     org_authorized_apps_write
        /o/{slug}/organization-settings/roles                    user_access_read or user_access_manage
        /o/{slug}/organization-settings/roles/new                user_access_manage
        /o/{slug}/organization-settings/roles/{id}               user_access_read or user_access_manage
        /o/{slug}/organization-settings/service-accounts         service_account_write
        /o/{slug}/organization-settings/service-accounts/{id}    service_account_write
        /o/{slug}/organization-settings/users                    user_access_read
        /o/{slug}/organization-settings/users/invite             user_access_invite
        /o/{slug}/organization-settings/users/{id}               user_access_read or user_access_manage or service_account_write
        /o/{slug}/organization-settings/users/{id}/disable       user_access_manage or service_account_write
        /o/{slug}/safety-center                                  org_management
        /o/{slug}/safety-center/access-sharing                   org_management
        /o/{slug}/safety-center/alerts                           org_management
        /o/{slug}/safety-center/alerts/{id}                      org_management
        /o/{slug}/safety-center/configuration                    org_management
        /o/{slug}/safety-center/configuration/imports            org_management
        /o/{slug}/safety-center/configuration/leaks              org_management
        /o/{slug}/safety-center/configuration/reporters          org_management
        /o/{slug}/safety-center/configuration/repositories       org_management
        /o/{slug}/safety-center/configuration/rules/{file?}      org_management
        /o/{slug}/safety-center/overview                         org_management
        /o/{slug}/safety-center/users                            org_management
        /oauth2/authorize                                        anybody
        /oauth2/introspect                                       anybody
        /oauth2/logo/{clientId}                                  anybody
        /oauth2/revoke                                           anybody
        /oauth2/token                                            anybody
        /oauth2/v1/authorize                                     anybody
        /oauth2/v1/revoke                                        anybody
        /oauth2/v1/token                                         anybody
        /operator                                                signed in
        /organizations                                           signed in
        /report-a-key                                            anybody
        /reset-password/{token}                                  anybody
        /sign-in                                                 anybody
        /sign-in/passkey                                         anybody
        /sign-in/second-factor                                   anybody
        /sign-out                                                signed in
        /theme                                                   anybody
        /verify                                                  anybody
        /verify/{first}/{**rest}                                 anybody
        /webhooks/deps-dev/secret-scanning                       anybody
        /webhooks/github/secret-scanning                         anybody
        /webhooks/gitlab/secret-detection                        anybody
        /webhooks/gitlab/v1/revocable_token_types                anybody
        /webhooks/gitlab/v1/revoke_tokens                        anybody
        /webhooks/trufflehog/verify                              anybody
        """;

    [Fact]
    public void Every_address_says_who_may_enter()
    {
        var found = app.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is null)
            .Where(endpoint => endpoint.RoutePattern.RawText != "{**path:file}")
            .Select(endpoint => (Path: PathOf(endpoint), Who: WhoMayEnter(endpoint)))
            .Distinct()
            .OrderBy(door => door.Path, StringComparer.Ordinal)
            .Select(door => $"{door.Path,-56} {door.Who}");
        Assert.Equal(Surface.ReplaceLineEndings("\n"), string.Join('\n', found));
    }

    [Fact]
    public async Task The_API_tells_a_stranger_nothing_but_no()
    {
        var endpoints = Surface.Split('\n')
            .Where(line => line.StartsWith("/api/v2/", StringComparison.Ordinal))
            .Where(line => !line.EndsWith("anybody", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .Select(words => (Method: words[1], Path: words[0].Replace("{id}", Guid.Empty.ToString())));
        foreach (var (method, path) in endpoints)
        {
            using var answer = await app.Visitor.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Equal("""{"errors":["API key required"]}""", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_stranger_is_sent_to_sign_in_from_every_address_that_is_not_open()
    {
        using var stranger = app.NewClient();
        var closed = Surface.Split('\n')
            .Where(line => !line.TrimEnd().EndsWith("anybody", StringComparison.Ordinal)
                && !line.StartsWith("/api/", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0].Replace("{slug}", "acme").Replace("{id}", Guid.Empty.ToString()));
        foreach (var path in closed)
        {
            using var answer = await stranger.GetAsync(path);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.StartsWith("/sign-in?", answer.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        }
    }

    // An endpoint of the API is a method and a path; a page answers GET and POST alike.
    private static string PathOf(RouteEndpoint endpoint)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
        var methods = endpoint.Metadata.GetMetadata<ApiEndpointAttribute>() is null ? null
            : endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods;
        return methods is null ? path : $"{path.TrimEnd('/')} {string.Join(' ', methods)}";
    }

    private static string WhoMayEnter(RouteEndpoint endpoint)
    {
        // The API's gate asks for credentials of its own, so these need no cookie.
        var isApi = endpoint.Metadata.GetMetadata<ApiEndpointAttribute>() is not null;
        if (!isApi && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return "anybody";
        }

        var isOfOrganization = isApi || endpoint.RoutePattern.GetParameter(OrganizationGate.RouteValue) is not null;
        var required = endpoint.Metadata.GetMetadata<RequiresPermissionAttribute>();
        if (required?.AnyOf.SequenceEqual(Permission.AnyCredentialRead) == true)
        {
            return AnyCredential;
        }

        return required?.ToString() ?? (isOfOrganization ? "NOBODY: name its permission in PageDoors" : "signed in");
    }
}
