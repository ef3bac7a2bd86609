using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Application keys, as Datadog's v2 API has them: everybody's for those who look after the organization, and one's own.
/// Those of service accounts stand below <see cref="ServiceAccountsApi"/>.
/// </summary>
internal static class ApplicationKeysApi
{
    /// <summary>Maps it.</summary>
    public static void MapApplicationKeys(this IEndpointRouteBuilder routes)
    {
        var all = routes.MapGroup("/application_keys");
        all.MapGet("", ([AsParameters] ApplicationKeyCall call) => call.ListAsync(owner: null))
            .Requires(Permission.OrgAppKeysRead);
        all.MapGet("/{id}", (Id<Credential> id, [AsParameters] ApplicationKeyCall call) => call.GetAsync(owner: null, id))
            .Requires(Permission.OrgAppKeysRead);
        all.MapPatch("/{id}", (Id<Credential> id, [AsParameters] ApplicationKeyCall call) => call.UpdateAsync(owner: null, id))
            .Requires(Permission.OrgAppKeysWrite);
        all.MapDelete("/{id}", (Id<Credential> id, [AsParameters] ApplicationKeyCall call) => call.DeleteAsync(owner: null, id))
            .Requires(Permission.OrgAppKeysWrite);

        var own = routes.MapGroup("/current_user/application_keys").Requires(Permission.UserAppKeys);
        own.MapGet("", ([AsParameters] ApplicationKeyCall call) => call.ListAsync(call.Actor.UserId, tellsOwner: false));
        own.MapPost("", ([AsParameters] ApplicationKeyCall call) => call.CreateAsync(call.Actor.UserId));
        own.MapGet(
            "/{id}", (Id<Credential> id, [AsParameters] ApplicationKeyCall call) => call.GetAsync(call.Actor.UserId, id));
        own.MapPatch(
            "/{id}", (Id<Credential> id, [AsParameters] ApplicationKeyCall call) => call.UpdateAsync(call.Actor.UserId, id));
        own.MapDelete(
            "/{id}", (Id<Credential> id, [AsParameters] ApplicationKeyCall call) => call.DeleteAsync(call.Actor.UserId, id));
    }
}
