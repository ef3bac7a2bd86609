using Microsoft.AspNetCore.Mvc;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Api;

/// <summary>
/// OAuth apps; ours, and more than Datadog's endpoints about authorized clients can do: everything that the pages do. The id
/// in an address is that of the app in the organization, and not its <c>client_id</c>, which is an attribute.
/// </summary>
internal static class OAuthAppsApi
{
    /// <summary>Maps it.</summary>
    public static void MapOAuthApps(this IEndpointRouteBuilder routes)
    {
        var apps = routes.MapGroup("/safety_center/oauth_apps");
        var read = apps.MapGroup("").Requires(Permission.OrgAuthorizedAppsRead);
        read.MapGet("", ([AsParameters] OAuthAppCall call) => call.ListAsync());
        read.MapGet("/{id}", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.GetAsync(id));
        read.MapGet("/{id}/secrets", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.ListSecretsAsync(id));

        var write = apps.MapGroup("").Requires(Permission.OrgAuthorizedAppsWrite);
        write.MapPost("", ([AsParameters] OAuthAppCall call) => call.RegisterAsync());
        write.MapPatch("/{id}", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.UpdateAsync(id));
        write.MapDelete("/{id}", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.DeleteAsync(id));
        write.MapPost("/{id}/secrets", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.AddSecretAsync(id));
        write.MapPut("/{id}/logo", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.SetLogoAsync(id))
            .WithMetadata(new RequestSizeLimitAttribute(2 * OAuthLogo.SizeMax));
        write.MapDelete("/{id}/logo", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.RemoveLogoAsync(id));
        write.MapPost("/{id}/disable", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.DisableAsync(id));
        write.MapPost("/{id}/enable", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.EnableAsync(id));
        write.MapPost("/{id}/undo", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.UndoAsync(id));
        write.MapPost("/{id}/approve", (Id<OAuthApp> id, [AsParameters] OAuthAppCall call) => call.ApproveAsync(id));
    }
}
