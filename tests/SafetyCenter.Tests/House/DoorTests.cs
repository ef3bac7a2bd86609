using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.House;

/// <summary>Every address there is, and who may enter. A forgotten one is closed, and this test says so.</summary>
public sealed class DoorTests(App app) : IClassFixture<App>
{
    // The whole surface. Adding to the open ones is a decision; the list should rather shrink.
    private const string Surface = """
        /                                                 signed in
        /api/v1/validate                                  anybody
        /api/v2/validate                                  anybody
        /contacts/verify/{token}                          anybody
        /error/{status:int}                               anybody
        /health/live                                      anybody
        /health/ready                                     anybody
        /invitations/{token}                              anybody
        /o/{slug}/organization-settings/api-keys          api_keys_read
        /o/{slug}/organization-settings/users/{id}        user_access_manage
        /o/{slug}/safety-center                           org_management
        /o/{slug}/safety-center/access-sharing            org_management
        /o/{slug}/safety-center/alerts                    org_management
        /o/{slug}/safety-center/alerts/{id}               org_management
        /o/{slug}/safety-center/configuration             org_management
        /o/{slug}/safety-center/overview                  org_management
        /o/{slug}/safety-center/users                     org_management
        /sign-in                                          anybody
        /sign-out                                         signed in
        /theme                                            anybody
        /verify                                           anybody
        /verify/{first}/{**rest}                          anybody
        /webhooks/github/secret-scanning                  anybody
        """;

    [Fact]
    public void Every_address_says_who_may_enter()
    {
        var found = app.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is null)
            .Where(endpoint => endpoint.RoutePattern.RawText != "{**path:file}")
            .Select(endpoint => (Path: "/" + endpoint.RoutePattern.RawText!.TrimStart('/'), Who: WhoMayEnter(endpoint)))
            .Distinct()
            .OrderBy(door => door.Path, StringComparer.Ordinal)
            .Select(door => $"{door.Path,-50}{door.Who}");
        Assert.Equal(Surface.ReplaceLineEndings("\n"), string.Join('\n', found));
    }

    [Fact]
    public async Task A_stranger_is_sent_to_sign_in_from_every_address_that_is_not_open()
    {
        using var stranger = app.NewClient();
        var closed = Surface.Split('\n')
            .Where(line => !line.TrimEnd().EndsWith("anybody", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0].Replace("{slug}", "acme").Replace("{id}", Guid.Empty.ToString()));
        foreach (var path in closed)
        {
            using var answer = await stranger.GetAsync(path);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.StartsWith("/sign-in?", answer.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        }
    }

    private static string WhoMayEnter(RouteEndpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return "anybody";
        }

        var isOfOrganization = endpoint.RoutePattern.GetParameter(OrganizationGate.RouteValue) is not null;
        var permission = endpoint.Metadata.GetMetadata<RequiresPermissionAttribute>()?.Permission;
        return permission ?? (isOfOrganization ? "NOBODY: name its permission in PageDoors" : "signed in");
    }
}
