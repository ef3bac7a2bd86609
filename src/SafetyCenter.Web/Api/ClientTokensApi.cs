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
/// Client tokens, with the manners of API keys. Ours: Datadog's API has none, though its users ask for one. A client token
/// is no secret, so <c>key</c> stands in every answer.
/// </summary>
internal static class ClientTokensApi
{
    private const string Type = "client_tokens";
    private const string NotFound = "Client token";

    private static readonly string[] Sorts = ["name", "created_at", "last4", "modified_at"];
    private static readonly string[] Includable = ["created_by", "modified_by", "leak_information"];

    /// <summary>Maps it.</summary>
    public static void MapClientTokens(this IEndpointRouteBuilder routes)
    {
        var tokens = routes.MapGroup("/client_tokens");
        tokens.MapGet("", ListAsync).Requires(Permission.ClientTokensRead);
        tokens.MapPost("", CreateAsync).Requires(Permission.ClientTokensWrite);
        tokens.MapGet("/{id}", GetAsync).Requires(Permission.ClientTokensRead);
        tokens.MapPatch("/{id}", UpdateAsync).Requires(Permission.ClientTokensWrite);
        tokens.MapDelete("/{id}", DeleteAsync).Requires(Permission.ClientTokensWrite);
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts);
        var include = ListQuery.Included(request, Includable);
        var tokens = Filtered(db.ClientTokens.AsNoTracking().Active(), query);
        var total = query.IsUnfiltered
            ? await db.ActiveCountAsync("client_token", cancellationToken)
            : await tokens.CountAsync(cancellationToken);
        var page = await Sorted(tokens, query).Skip(query.Skip).Take(query.Size).ToListAsync(cancellationToken);
        var related = await Related.LoadAsync(db, page, include, cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = page.Select(token => Resource(token, related)),
            included = related.Included,
            meta = new { page = new { total_filtered_count = total } },
        });
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
        var issued = await Issuing.ClientTokenAsync(
            db, actor, format, body.Text("name"), body.Time("expires_at"), time.GetUtcNow(), cancellationToken);
        return ApiAnswer.Created(new { data = Resource(issued.Credential, Related.None) });
    }

    private static async Task<IResult> GetAsync(
        Id<Credential> id, HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var include = ListQuery.Included(request, Includable);
        var token = await db.ClientTokens.AsNoTracking().Active()
            .SingleOrDefaultAsync(token => token.Id == id, cancellationToken);
        return token is null ? ApiAnswer.NotFound(NotFound) : await AnswerAsync(db, token, include, cancellationToken);
    }

    private static async Task<IResult> UpdateAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await db.ClientTokens.Active().AnyAsync(token => token.Id == id, cancellationToken))
        {
            return ApiAnswer.NotFound(NotFound);
        }

        var body = (await ApiBody.ReadAsync(request, Type)).About(id);
        var now = time.GetUtcNow();
        var token = await db.LockedAsync(
            actor.OrganizationId,
            async _ =>
            {
                var token = await db.ClientTokens.SingleAsync(token => token.Id == id, cancellationToken);
                var name = body.Has("name") ? ClientToken.CleanName(body.Text("name")) : token.Name;
                var isTaken = await db.ClientTokens.Active()
                    .AnyAsync(other => other.Name == name && other.Id != id, cancellationToken);
                token.Edit(name, isTaken, actor.UserId, now);
                if (body.Has("expires_at"))
                {
                    token.Expire(body.Time("expires_at"), lastingApiKeys: 0, actor.UserId, now);
                }

                return token;
            },
            cancellationToken);
        return await AnswerAsync(db, token, [], cancellationToken);
    }

    private static async Task<IResult> DeleteAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await db.ClientTokens.Active().AnyAsync(token => token.Id == id, cancellationToken))
        {
            return ApiAnswer.NotFound(NotFound);
        }

        await Revoking.RevokeAsync(db, actor, [id], RevocationReason.ByHand, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static async Task<IResult> AnswerAsync(
        SafetyCenterDb db, ClientToken token, IReadOnlyList<string> include, CancellationToken cancellationToken)
    {
        var related = await Related.LoadAsync(db, [token], include, cancellationToken);
        return ApiAnswer.Ok(new { data = Resource(token, related), included = related.Included });
    }

    private static object Resource(ClientToken token, Related related) => new
    {
        type = Type,
        id = token.Id.ToString(),
        attributes = new
        {
            name = token.Name,
            key = token.Value,
            last4 = token.Last4,
            created_at = Wire.Time(token.CreatedAt),
            modified_at = Wire.Time(token.ModifiedAt ?? token.CreatedAt),
            last_used_at = Wire.Time(token.LastUsedAt),
            last_used_address = token.LastUsedAddress,
            last_used_client = token.LastUsedClient,
            expires_at = Wire.Time(token.EndsAt),
        },
        relationships = new
        {
            created_by = Wire.To("users", token.CreatedBy),
            modified_by = Wire.To("users", token.ModifiedAt is null ? token.CreatedBy : token.ModifiedBy),
            leak_information = related.LeakOf(token),
        },
    };

    private static IQueryable<ClientToken> Filtered(IQueryable<ClientToken> tokens, ListQuery query)
    {
        tokens = tokens.FilteredBy(query);
        if (query.Time("filter[modified_at][start]") is { } start)
        {
            tokens = tokens.Where(token => (token.ModifiedAt ?? token.CreatedAt) >= start);
        }

        return query.Time("filter[modified_at][end]") is { } end
            ? tokens.Where(token => (token.ModifiedAt ?? token.CreatedAt) <= end)
            : tokens;
    }

    private static IQueryable<ClientToken> Sorted(IQueryable<ClientToken> tokens, ListQuery query) => query.Sort switch
    {
        "created_at" => tokens.SortedBy(token => token.CreatedAt, query),
        "last4" => tokens.SortedBy(token => token.Last4, query),
        "modified_at" => tokens.SortedBy(token => token.ModifiedAt ?? token.CreatedAt, query),
        _ => tokens.SortedBy(token => token.Name, query),
    };
}
