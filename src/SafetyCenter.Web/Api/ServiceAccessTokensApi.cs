using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>Access tokens of one service account, as Datadog's v2 API has them.</summary>
internal static class ServiceAccessTokensApi
{
    private const string Type = "service_access_tokens";
    private const string AccountNotFound = "Service account";
    private const string NotFound = "Service access token";

    /// <summary>Maps it.</summary>
    public static void MapServiceAccessTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapGroup("/service_accounts/{id}/access_tokens");
        tokens.MapGet("", ListAsync).Requires(Permission.ServiceAccountWrite);
        tokens.MapPost("", CreateAsync).Requires(Permission.ServiceAccountWrite);
        tokens.MapGet("/{tokenId}", GetAsync).Requires(Permission.ServiceAccountWrite, Permission.OrgAppKeysWrite);
        tokens.MapPatch("/{tokenId}", UpdateAsync).Requires(Permission.ServiceAccountWrite, Permission.OrgAppKeysWrite);
        tokens.MapDelete("/{tokenId}", DeleteAsync).Requires(Permission.ServiceAccountWrite, Permission.OrgAppKeysWrite);
    }

    private static async Task<IResult> ListAsync(
        Id<User> id, HttpRequest request, SafetyCenterDb db, SecretFormat format, CancellationToken cancellationToken) =>
        await IsAccountAsync(db, id, cancellationToken)
            ? await AccessTokenResource.ListAsync(request, Of(db, id), Type, format, cancellationToken)
            : ApiAnswer.NotFound(AccountNotFound);

    private static async Task<IResult> CreateAsync(
        Id<User> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await IsAccountAsync(db, id, cancellationToken))
        {
            return ApiAnswer.NotFound(AccountNotFound);
        }

        var body = await ApiBody.ReadAsync(request, Type);
        var issued = await Issuing.AccessTokenAsync(
            db,
            actor,
            format,
            id,
            body.Text("name"),
            body.Texts("scopes") ?? [],
            body.Time("expires_at"),
            time.GetUtcNow(),
            cancellationToken);
        return issued is null ? ApiAnswer.NotFound(AccountNotFound) : ApiAnswer.Created(
            new { data = AccessTokenResource.Of(issued.Credential, Type, format, issued.Secret) }, ApiAnswer.VendorType);
    }

    private static async Task<IResult> GetAsync(
        Id<User> id, Id<Credential> tokenId, SafetyCenterDb db, SecretFormat format, CancellationToken cancellationToken)
    {
        var token = await Of(db, id).AsNoTracking().Active()
            .SingleOrDefaultAsync(token => token.Id == tokenId, cancellationToken);
        return token is null
            ? ApiAnswer.NotFound(NotFound)
            : ApiAnswer.Ok(new { data = AccessTokenResource.Of(token, Type, format) }, ApiAnswer.VendorType);
    }

    private static async Task<IResult> UpdateAsync(
        Id<User> id,
        Id<Credential> tokenId,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        SecretFormat format,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await Of(db, id).Active().AnyAsync(token => token.Id == tokenId, cancellationToken))
        {
            return ApiAnswer.NotFound(NotFound);
        }

        var body = (await ApiBody.ReadAsync(request, Type)).About(tokenId);
        var token = await AccessTokenResource.EditAsync(db, actor, tokenId, body, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.Ok(new { data = AccessTokenResource.Of(token, Type, format) }, ApiAnswer.VendorType);
    }

    // A token that was revoked before is answered in the same way again, as Datadog does.
    private static async Task<IResult> DeleteAsync(
        Id<User> id,
        Id<Credential> tokenId,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await Of(db, id).AnyAsync(token => token.Id == tokenId, cancellationToken))
        {
            return ApiAnswer.NotFound(NotFound);
        }

        await Revoking.RevokeAsync(db, actor, [tokenId], RevocationReason.ByHand, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }

    // Tokens of a person are not to be reached through here, whatever id stands in the address.
    private static IQueryable<AccessToken> Of(SafetyCenterDb db, Id<User> account) =>
        db.AccessTokens.Where(token => token is ServiceAccessToken && token.OwnerId == account);

    private static Task<bool> IsAccountAsync(SafetyCenterDb db, Id<User> id, CancellationToken cancellationToken) =>
        db.People.AnyAsync(user => user.Id == id && user.IsServiceAccount, cancellationToken);
}
