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

/// <summary>
/// An access token as a resource. Which <c>type</c> it bears follows from the endpoint, because Datadog's clients take no
/// other there; whose token it is says <c>owned_by</c>. Ours beside Datadog's: <c>last4</c>, <c>last_used_address</c>,
/// <c>last_used_client</c>.
/// </summary>
internal static class AccessTokenResource
{
    private static readonly string[] Sorts = ["name", "created_at", "expires_at", "last_used_at"];

    /// <summary>The resource, with its secret when that was just made.</summary>
    public static object Of(AccessToken token, string type, SecretFormat format, Secret? secret = null)
    {
        var isService = token is ServiceAccessToken;
        var attributes = new Dictionary<string, object?>
        {
            ["name"] = token.Name,
            ["scopes"] = token.Scopes,
            ["created_at"] = Wire.TimeZ(token.CreatedAt),
            ["expires_at"] = Wire.TimeZ(token.ExpiresAt),
            ["last_used_at"] = Wire.TimeZ(token.LastUsedAt),
            ["last_used_address"] = token.LastUsedAddress,
            ["last_used_client"] = token.LastUsedClient,
            ["last4"] = token.Last4,
            ["public_portion"] = format.PublicPortion(
                isService ? SecretKind.ServiceAccessToken : SecretKind.PersonalAccessToken, token.Id.Value),
        };
        if (token.ModifiedAt is { } modified)
        {
            attributes["modified_at"] = Wire.TimeZ(modified);
        }

        if (secret is not null)
        {
            attributes["key"] = secret.Reveal();
        }

        return new
        {
            type,
            id = token.Id.ToString(),
            attributes,
            relationships = new
            {
                owned_by = new
                {
                    data = new { type = isService ? "service_account" : "users", id = token.OwnerId.ToString() },
                },
            },
        };
    }

    /// <summary>A page of tokens, as the request asks for it.</summary>
    public static async Task<IResult> ListAsync(
        HttpRequest request,
        IQueryable<AccessToken> tokens,
        string type,
        SecretFormat format,
        CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts);
        tokens = tokens.AsNoTracking().Active().FilteredBy(query);
        if (query.Text("filter[owned_by]") is { } owners)
        {
            // An id that is none names nobody, here as in an address.
            var wanted = owners.Split(',', StringSplitOptions.TrimEntries)
                .Select(owner => Id<User>.Parse(owner, null)).ToArray();
            tokens = tokens.Where(token => wanted.Contains(token.OwnerId));
        }

        var total = await tokens.CountAsync(cancellationToken);
        var sorted = query.Sort switch
        {
            "created_at" => tokens.SortedBy(token => token.CreatedAt, query),
            "expires_at" => tokens.SortedBy(token => token.ExpiresAt, query),
            "last_used_at" => tokens.SortedBy(token => token.LastUsedAt, query),
            _ => tokens.SortedBy(token => token.Name, query),
        };
        var page = await sorted.Skip(query.Skip).Take(query.Size).ToListAsync(cancellationToken);
        return ApiAnswer.Ok(
            new
            {
                data = page.Select(token => Of(token, type, format)),
                meta = new { page = new { total_filtered_count = total } },
            },
            ApiAnswer.VendorType);
    }

    /// <summary>Changes the name or the scopes of a token, as a body says.</summary>
    /// <exception cref="RefusedException">
    /// A bad name or scope, an end (which is fixed), a token that was revoked meanwhile, or scopes wider than the caller's.
    /// </exception>
    public static Task<AccessToken> EditAsync(
        SafetyCenterDb db,
        Actor actor,
        Id<Credential> id,
        ApiBody body,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        actor.OrganizationId,
        async _ =>
        {
            var token = await db.AccessTokens.SingleAsync(token => token.Id == id, cancellationToken);
            if (body.Has("expires_at"))
            {
                token.Expire(body.Time("expires_at"), lastingApiKeys: 0, actor.UserId, now);
            }

            token.Edit(
                body.Has("name") ? body.Text("name") ?? "" : null,
                body.Has("scopes") ? body.Texts("scopes") ?? [] : null,
                actor.UserId,
                now);
            if (body.Has("scopes"))
            {
                Delegation.RefuseWider(actor, token.Scopes);
            }

            return token;
        },
        cancellationToken);
}
