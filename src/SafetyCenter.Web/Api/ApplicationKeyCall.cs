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
/// A call about application keys. The three places that serve them (everybody's, one's own, a service account's) differ in
/// whose keys they are, and in the permission that the address names; all else is the same and stands here. The secret
/// stands in the answer that makes the key and nowhere else. Ours beside Datadog's: <c>expires_at</c>,
/// <c>last_used_address</c>, <c>last_used_client</c>.
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="Db">Bound to the organization.</param>
/// <param name="Actor">Who calls.</param>
/// <param name="Format">The installation's secrets.</param>
/// <param name="Time">The clock.</param>
/// <param name="CancellationToken">Gives up.</param>
internal sealed record ApplicationKeyCall(
    HttpRequest Request,
    SafetyCenterDb Db,
    Actor Actor,
    SecretFormat Format,
    TimeProvider Time,
    CancellationToken CancellationToken)
{
    private const string Type = "application_keys";

    private static readonly string[] Sorts = ["name", "created_at", "last4"];

    private readonly DateTimeOffset _now = Time.GetUtcNow();

    /// <summary>A page of keys.</summary>
    /// <param name="owner">Whose; null for everybody's.</param>
    /// <param name="tellsOwner">Whether each says whose it is; Datadog leaves that out where the owner is the caller.</param>
    public async Task<IResult> ListAsync(Id<User>? owner, bool tellsOwner = true)
    {
        var query = ListQuery.Read(Request, Sorts);
        var include = Included();
        var keys = KeysOf(owner).AsNoTracking().FilteredBy(query);
        if (owner is null && query.Text("filter[owned_by]") is { } ownedBy)
        {
            var owners = ownedBy.Split(',').Select(text => Id<User>.Parse(text.Trim(), null)).Distinct().ToArray();
            keys = keys.Where(key => owners.Contains(key.OwnerId));
        }

        var total = owner is null && query.IsUnfiltered
            ? await Db.ActiveCountAsync("application_key", CancellationToken)
            : await keys.CountAsync(CancellationToken);
        var page = await Sorted(keys, query).Skip(query.Skip).Take(query.Size).ToListAsync(CancellationToken);
        var related = await Related.LoadAsync(Db, page, include, CancellationToken);
        return ApiAnswer.Ok(new
        {
            data = page.Select(key => Resource(key, related, tellsOwner)),
            included = related.Included,
            meta = new
            {
                max_allowed_per_user = Actor.Organization.ApplicationKeyLimit,
                page = new { total_filtered_count = total },
            },
        });
    }

    /// <summary>Makes a key.</summary>
    public async Task<IResult> CreateAsync(Id<User> owner)
    {
        Delegation.RefuseAccessToken(Actor);
        var body = await ApiBody.ReadAsync(Request, Type);
        var issued = await Issuing.ApplicationKeyAsync(
            Db,
            Actor,
            Format,
            owner,
            body.Text("name"),
            body.Texts("scopes") ?? [],
            body.Time("expires_at"),
            _now,
            CancellationToken);
        return issued is null
            ? NotFound()
            : ApiAnswer.Created(new { data = Resource(issued.Credential, Related.None, secret: issued.Secret) });
    }

    /// <summary>One key.</summary>
    public async Task<IResult> GetAsync(Id<User>? owner, Id<Credential> id)
    {
        var include = Included();
        var key = await KeysOf(owner).AsNoTracking().SingleOrDefaultAsync(key => key.Id == id, CancellationToken);
        return key is null ? NotFound() : await AnswerAsync(key, include);
    }

    /// <summary>Changes the name, the scopes or the end of a key; what is not sent stays. Nothing changes its owner.</summary>
    public async Task<IResult> UpdateAsync(Id<User>? owner, Id<Credential> id)
    {
        Delegation.RefuseAccessToken(Actor);
        if (!await KeysOf(owner).AnyAsync(key => key.Id == id, CancellationToken))
        {
            return NotFound();
        }

        var body = (await ApiBody.ReadAsync(Request, Type)).About(id);
        var edited = await Db.LockedAsync(
            Actor.OrganizationId,
            async _ =>
            {
                var key = await KeysOf(owner).SingleOrDefaultAsync(key => key.Id == id, CancellationToken);
                if (key is not null)
                {
                    Edit(key, body);
                }

                return key;
            },
            CancellationToken);
        return edited is null ? NotFound() : await AnswerAsync(edited, []);
    }

    /// <summary>Revokes a key.</summary>
    public async Task<IResult> DeleteAsync(Id<User>? owner, Id<Credential> id)
    {
        if (!await KeysOf(owner).AnyAsync(key => key.Id == id, CancellationToken))
        {
            return NotFound();
        }

        await Revoking.RevokeAsync(Db, Actor, [id], RevocationReason.ByHand, _now, CancellationToken);
        return ApiAnswer.NoContent();
    }

    private static IResult NotFound() => ApiAnswer.NotFound("Application key");

    private void Edit(ApplicationKey key, ApiBody body)
    {
        key.Edit(
            body.Has("name") ? body.Text("name") ?? "" : null,
            body.Has("scopes") ? body.Texts("scopes") ?? [] : null,
            Actor.UserId,
            _now);
        if (body.Has("expires_at"))
        {
            key.Expire(body.Time("expires_at"), lastingApiKeys: int.MaxValue, Actor.UserId, _now);
        }

        // Another name makes no key wider; other scopes do, and a longer life keeps alive what could not be made anew.
        if (body.Has("scopes") || body.Has("expires_at"))
        {
            Delegation.RefuseWider(Actor, key.Scopes);
        }
    }

    private IQueryable<ApplicationKey> KeysOf(Id<User>? owner)
    {
        var keys = Db.ApplicationKeys.ActiveAt(_now);
        return owner is { } known ? keys.Where(key => key.OwnerId == known) : keys;
    }

    private IReadOnlyList<string> Included() => ListQuery.Included(Request, "owned_by", "leak_information");

    private async Task<IResult> AnswerAsync(ApplicationKey key, IReadOnlyList<string> include)
    {
        var related = await Related.LoadAsync(Db, [key], include, CancellationToken);
        return ApiAnswer.Ok(new { data = Resource(key, related), included = related.Included });
    }

    private static object Resource(ApplicationKey key, Related related, bool tellsOwner = true, Secret? secret = null)
    {
        var attributes = new Dictionary<string, object?>
        {
            ["name"] = key.Name,
            ["last4"] = key.Last4,
            ["created_at"] = Wire.Time(key.CreatedAt),
            ["scopes"] = key.Scopes.Length == 0 ? null : key.Scopes,
            ["last_used_at"] = Wire.Time(key.LastUsedAt),
            ["last_used_address"] = key.LastUsedAddress,
            ["last_used_client"] = key.LastUsedClient,
            ["expires_at"] = Wire.Time(key.EndsAt),
        };
        if (secret is not null)
        {
            attributes["key"] = secret.Reveal();
        }

        var relationships = new Dictionary<string, object> { ["leak_information"] = related.LeakOf(key) };
        if (tellsOwner)
        {
            relationships["owned_by"] = Wire.To<User>("users", key.OwnerId);
        }

        return new { type = Type, id = key.Id.ToString(), attributes, relationships };
    }

    private static IQueryable<ApplicationKey> Sorted(IQueryable<ApplicationKey> keys, ListQuery query) => query.Sort switch
    {
        "created_at" => keys.SortedBy(key => key.CreatedAt, query),
        "last4" => keys.SortedBy(key => key.Last4, query),
        _ => keys.SortedBy(key => key.Name, query),
    };
}
