using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.People;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Service accounts and their application keys, as Datadog's v2 API has them. People's keys are never served here: a
/// person's id is not found.
/// </summary>
internal static class ServiceAccountsApi
{
    /// <summary>Maps it.</summary>
    public static void MapServiceAccounts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/service_accounts", CreateAsync).Requires(Permission.ServiceAccountWrite);

        var keys = routes.MapGroup("/service_accounts/{id}/application_keys").Requires(Permission.ServiceAccountWrite);
        keys.MapGet("", (Id<User> id, [AsParameters] ApplicationKeyCall call) =>
            OfAccountAsync(id, call, () => call.ListAsync(id)));
        keys.MapPost("", (Id<User> id, [AsParameters] ApplicationKeyCall call) =>
            OfAccountAsync(id, call, () => call.CreateAsync(id)));
        keys.MapGet("/{keyId}", (Id<User> id, Id<Credential> keyId, [AsParameters] ApplicationKeyCall call) =>
            OfAccountAsync(id, call, () => call.GetAsync(id, keyId)));
        keys.MapPatch("/{keyId}", (Id<User> id, Id<Credential> keyId, [AsParameters] ApplicationKeyCall call) =>
            OfAccountAsync(id, call, () => call.UpdateAsync(id, keyId)));
        keys.MapDelete("/{keyId}", (Id<User> id, Id<Credential> keyId, [AsParameters] ApplicationKeyCall call) =>
            OfAccountAsync(id, call, () => call.DeleteAsync(id, keyId)));
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = await ApiBody.ReadAsync(request, "users");
        if (body.Flag("service_account") is not true)
        {
            throw RefusedException.Invalid("service_account must be true: people are invited instead.", "service_account");
        }

        var roleIds = body.RelatedIds("roles", "roles").Select(id => Id<Role>.Parse(id, null)).ToList();
        var account = await ServiceAccounts.MakeAsync(
            db,
            actor,
            body.Text("email"),
            body.Text("name"),
            body.Text("title"),
            roleIds,
            time.GetUtcNow(),
            cancellationToken);
        return ApiAnswer.Created(new
        {
            data = UserResource.WithRoles(account),
            included = await RoleResource.IncludedAsync(db, account.Roles, cancellationToken),
        });
    }

    private static async Task<IResult> OfAccountAsync(Id<User> id, ApplicationKeyCall call, Func<Task<IResult>> serve) =>
        await call.Db.People.AnyAsync(user => user.Id == id && user.IsServiceAccount, call.CancellationToken)
            ? await serve()
            : ApiAnswer.NotFound("Service account");
}
