using System.Linq.Expressions;
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
/// API keys, as Datadog's v2 API has them. The secret stands in the answer that makes the key and nowhere else. Ours beside
/// Datadog's: <c>expires_at</c>, <c>last_used_address</c>, <c>last_used_client</c>.
/// </summary>
internal static class ApiKeysApi
{
    private const string Type = "api_keys";
    private const string NotFound = "API key";

    private static readonly string[] Sorts = ["name", "created_at", "last4", "modified_at"];

    /// <summary>Maps it.</summary>
    public static void MapApiKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api_keys");
        keys.MapGet("", ListAsync).Requires(Permission.ApiKeysRead);
        keys.MapPost("", CreateAsync).Requires(Permission.ApiKeysWrite);
        keys.MapGet("/{id}", GetAsync).Requires(Permission.ApiKeysRead);
        keys.MapPatch("/{id}", UpdateAsync).Requires(Permission.ApiKeysWrite);
        keys.MapDelete("/{id}", DeleteAsync).Requires(Permission.ApiKeysDelete);
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts);
        var include = ListQuery.Included(request, "created_by", "modified_by", "leak_information");
        var keys = Filtered(db.ApiKeys.AsNoTracking().Active(), query);
        var total = query.IsUnfiltered
            ? await db.ActiveCountAsync("api_key", cancellationToken)
            : await keys.CountAsync(cancellationToken);
        var page = await Sorted(keys, query).Skip(query.Skip).Take(query.Size).ToListAsync(cancellationToken);
        var related = await Related.LoadAsync(db, page, include, cancellationToken);
        var now = time.GetUtcNow();
        return ApiAnswer.Ok(new
        {
            data = page.Select(key => Resource(key, related, now)),
            included = related.Included,
            meta = new
            {
                max_allowed = actor.Organization.ApiKeyLimit,
                page = new { total_filtered_count = total },
            },
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
        var now = time.GetUtcNow();
        var issued = await Issuing.ApiKeyAsync(
            db,
            actor,
            format,
            body.Text("name"),
            body.Text("category"),
            body.Flag("remote_config_read_enabled"),
            body.Time("expires_at"),
            now,
            cancellationToken);
        return ApiAnswer.Created(new { data = Resource(issued.Credential, Related.None, now, issued.Secret) });
    }

    private static async Task<IResult> GetAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var include = ListQuery.Included(request, "created_by", "modified_by", "leak_information");
        var key = await db.ApiKeys.AsNoTracking().Active()
            .SingleOrDefaultAsync(key => key.Id == id, cancellationToken);
        return key is null ? ApiAnswer.NotFound(NotFound) : await AnswerAsync(db, key, include, time, cancellationToken);
    }

    private static async Task<IResult> UpdateAsync(
        Id<Credential> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await db.ApiKeys.Active().AnyAsync(key => key.Id == id, cancellationToken))
        {
            return ApiAnswer.NotFound(NotFound);
        }

        var body = (await ApiBody.ReadAsync(request, Type)).About(id);
        var now = time.GetUtcNow();
        var key = await db.LockedAsync(
            actor.OrganizationId,
            async _ =>
            {
                var key = await db.ApiKeys.SingleAsync(key => key.Id == id, cancellationToken);
                var name = body.Has("name") ? ApiKey.CleanName(body.Text("name")) : key.Name;
                var isTaken = await db.ApiKeys.Active()
                    .AnyAsync(other => other.Name == name && other.Id != id, cancellationToken);
                key.Edit(name, isTaken, body.Text("category"), body.Flag("remote_config_read_enabled"), actor.UserId, now);
                if (body.Has("expires_at"))
                {
                    key.Expire(
                        body.Time("expires_at"),
                        await db.LastingApiKeysAsync(atMost: 2, cancellationToken),
                        actor.UserId,
                        now);
                }

                return key;
            },
            cancellationToken);
        return await AnswerAsync(db, key, [], time, cancellationToken);
    }

    private static async Task<IResult> DeleteAsync(
        Id<Credential> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await db.ApiKeys.Active().AnyAsync(key => key.Id == id, cancellationToken))
        {
            return ApiAnswer.NotFound(NotFound);
        }

        await Revoking.RevokeAsync(db, actor, [id], RevocationReason.ByHand, time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static async Task<IResult> AnswerAsync(
        SafetyCenterDb db,
        ApiKey key,
        IReadOnlyList<string> include,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var related = await Related.LoadAsync(db, [key], include, cancellationToken);
        return ApiAnswer.Ok(new { data = Resource(key, related, time.GetUtcNow()), included = related.Included });
    }

    private static object Resource(ApiKey key, Related related, DateTimeOffset now, Secret? secret = null)
    {
        var attributes = new Dictionary<string, object?>
        {
            ["name"] = key.Name,
            ["last4"] = key.Last4,
            ["created_at"] = Wire.Time(key.CreatedAt),
            ["modified_at"] = Wire.Time(key.ModifiedAt ?? key.CreatedAt),
            ["category"] = key.Category,
            ["remote_config_read_enabled"] = key.RemoteConfigReadEnabled,
            ["date_last_used"] = Wire.Time(key.LastUsedAt),
            ["used_in_last_24_hours"] = key.LastUsedAt > now.AddDays(-1),
            ["last_used_address"] = key.LastUsedAddress,
            ["last_used_client"] = key.LastUsedClient,
            ["expires_at"] = Wire.Time(key.EndsAt),
        };
        if (secret is not null)
        {
            attributes["key"] = secret.Reveal();
        }

        return new
        {
            type = Type,
            id = key.Id.ToString(),
            attributes,
            relationships = new
            {
                created_by = Wire.To("users", key.CreatedBy),
                modified_by = Wire.To("users", key.ModifiedAt is null ? key.CreatedBy : key.ModifiedBy),
                leak_information = related.LeakOf(key),
            },
        };
    }

    private static IQueryable<ApiKey> Filtered(IQueryable<ApiKey> keys, ListQuery query)
    {
        keys = keys.FilteredBy(query);
        if (query.Time("filter[modified_at][start]") is { } start)
        {
            keys = keys.Where(key => (key.ModifiedAt ?? key.CreatedAt) >= start);
        }

        if (query.Time("filter[modified_at][end]") is { } end)
        {
            keys = keys.Where(key => (key.ModifiedAt ?? key.CreatedAt) <= end);
        }

        if (query.Text("filter[category]") is { } category)
        {
            keys = keys.Where(key => key.Category == category);
        }

        return query.Flag("filter[remote_config_read_enabled]") is { } reads
            ? keys.Where(key => key.RemoteConfigReadEnabled == reads)
            : keys;
    }

    private static IQueryable<ApiKey> Sorted(IQueryable<ApiKey> keys, ListQuery query) => query.Sort switch
    {
        "created_at" => keys.SortedBy(key => key.CreatedAt, query),
        "last4" => keys.SortedBy(key => key.Last4, query),
        "modified_at" => keys.SortedBy(key => key.ModifiedAt ?? key.CreatedAt, query),
        _ => keys.SortedBy(key => key.Name, query),
    };
}
