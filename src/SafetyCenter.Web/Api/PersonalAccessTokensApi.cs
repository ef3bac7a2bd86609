using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Access tokens, as Datadog's v2 API has them: one's own, and everybody's for whoever may see those. The tokens of service
/// accounts are listed here, too.
/// </summary>
internal static class PersonalAccessTokensApi
{
    private const string Type = "personal_access_tokens";
    private const string NotFound = "Personal access token";

    /// <summary>Maps it.</summary>
    public static void MapPersonalAccessTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapGroup("/personal_access_tokens");
        tokens.MapGet("", ListAsync).Requires(Permission.UserAppKeys, Permission.OrgAppKeysRead);
        tokens.MapPost("", CreateAsync).Requires(Permission.UserAppKeys);
        tokens.MapGet("/{id}", GetAsync).Requires(Permission.UserAppKeys, Permission.OrgAppKeysRead);
        tokens.MapPatch("/{id}", UpdateAsync).Requires(Permission.UserAppKeys, Permission.OrgAppKeysWrite);
        tokens.MapDelete("/{id}", DeleteAsync).Requires(Permission.UserAppKeys, Permission.OrgAppKeysWrite);
    }

    private static Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, SecretFormat format, CancellationToken cancellationToken)
    {
        var tokens = actor.May(Permission.OrgAppKeysRead)
            ? db.AccessTokens
            : db.AccessTokens.Where(token => token.OwnerId == actor.UserId);
        return AccessTokenResource.ListAsync(request, tokens, Type, format, cancellationToken);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var body = await ApiBody.ReadAsync(request, Type);
        var issued = await Issuing.AccessTokenAsync(
            db,
            actor,
            format,
            actor.UserId,
            body.Text("name"),
            body.Texts("scopes") ?? [],
            body.Time("expires_at"),
            time.GetUtcNow(),
            cancellationToken);
        return issued is null ? ApiAnswer.NotFound("User") : ApiAnswer.Created(
            new { data = AccessTokenResource.Of(issued.Credential, Type, format, issued.Secret) }, ApiAnswer.VendorType);
    }

    private static async Task<IResult> GetAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, SecretFormat format, CancellationToken cancellationToken) =>
        await CredentialRights.FindAsync(db, actor, id, cancellationToken) is
            { Credential: AccessToken { IsActive: true } token }
            ? ApiAnswer.Ok(new { data = AccessTokenResource.Of(token, Type, format) }, ApiAnswer.VendorType)
            : ApiAnswer.NotFound(NotFound);

    private static async Task<IResult> UpdateAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (await CredentialRights.FindAsync(db, actor, id, cancellationToken) is not
            { Credential: AccessToken { IsActive: true } } rights)
        {
            return ApiAnswer.NotFound(NotFound);
        }

        rights.Demand(CredentialAct.Edit);
        var body = (await ApiBody.ReadAsync(request, Type)).About(id);
        var token = await AccessTokenResource.EditAsync(db, actor, id, body, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.Ok(new { data = AccessTokenResource.Of(token, Type, format) }, ApiAnswer.VendorType);
    }

    // A token that was revoked before is answered in the same way again, as Datadog does.
    private static async Task<IResult> DeleteAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await CredentialRights.FindAsync(db, actor, id, cancellationToken) is not { Credential: AccessToken } rights)
        {
            return ApiAnswer.NotFound(NotFound);
        }

        rights.Demand(CredentialAct.Revoke);
        await Revoking.RevokeAsync(db, actor, [id], RevocationReason.ByHand, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }
}
