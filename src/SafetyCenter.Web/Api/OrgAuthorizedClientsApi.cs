using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.OAuth;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Api;

/// <summary>
/// The OAuth apps of the organization, as Datadog's v2 API has them: the list, one, disabled and enabled. Deleting disables,
/// for everybody: the method is called so.
/// </summary>
internal static class OrgAuthorizedClientsApi
{
    /// <summary>Rows on a page when no size is named.</summary>
    public const int SizeDefault = 10;

    // An app may act for everybody in the organization. So many of its grants stand beside it, the living and the latest
    // first; the list of its grants has all.
    private const int GrantsBesideListed = 10;
    private const int GrantsBesideOne = ListQuery.SizeMax;

    private const string OtherId = "The id in the body is not the id in the address.";

    private static readonly string[] Sorts = ["oauth2_client.name"];

    private static readonly string[] Includable =
    [
        "oauth2_client", "oauth2_client.app", "oauth2_client.scopes", "user_authorized_clients", "user_authorized_clients.user",
    ];

    /// <summary>Maps it.</summary>
    public static void MapOrgAuthorizedClients(this IEndpointRouteBuilder routes)
    {
        var apps = routes.MapGroup("/org_authorized_clients");
        apps.MapGet("", ListAsync).Requires(Permission.OrgAuthorizedAppsRead);
        var app = apps.MapGroup("/{id}");
        app.MapGet("", GetAsync).Requires(Permission.OrgAuthorizedAppsRead);
        app.MapPatch("", UpdateAsync).Requires(Permission.OrgAuthorizedAppsWrite);
        app.MapDelete("", DisableAsync).Requires(Permission.OrgAuthorizedAppsWrite);
        app.MapOrgAuthorizedClientUsers();
    }

    /// <summary>There is no such app here.</summary>
    internal static IResult NotFound() => ApiAnswer.NotFound("Org authorized client");

    /// <summary>Whether there is such an app here, disabled or not.</summary>
    internal static Task<bool> IsThereAsync(SafetyCenterDb db, Id<OAuthApp> id, CancellationToken cancellationToken) =>
        db.OAuthApps.AnyAsync(app => app.Id == id && app.DeletedAt == null, cancellationToken);

    private static async Task<IResult> ListAsync(
        HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts, SizeDefault);
        var include = ListQuery.Included(request, Includable);
        var filtered = Filtered(AppSummary.Of(db), query);
        var total = await AppSummary.Of(db).CountAsync(cancellationToken);
        var totalFiltered = query.IsUnfiltered ? total : await filtered.CountAsync(cancellationToken);
        var page = await Sorted(filtered, query).Skip(query.Skip).Take(query.Size).ToListAsync(cancellationToken);
        var grants = await GrantsAsync(db, db.OAuthGrants, page, GrantsBesideListed, cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = page.Select(row => AuthorizedClientResource.Of(row, grants[row.App.Id])),
            included = await IncludedAsync(db, page, grants, include, cancellationToken),
            meta = new { page = new { total_count = total, total_filtered_count = totalFiltered } },
        });
    }

    private static async Task<IResult> GetAsync(
        Id<OAuthApp> id, HttpRequest request, SafetyCenterDb db, CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, Sorts);
        var include = ListQuery.Included(request, Includable);
        var page = await AppSummary.Of(db).Where(row => row.App.Id == id).ToListAsync(cancellationToken);
        if (page is not [var summary])
        {
            return NotFound();
        }

        var grants = await GrantsAsync(db, Filtered(db, query), page, GrantsBesideOne, cancellationToken);
        return ApiAnswer.Ok(new
        {
            data = AuthorizedClientResource.Of(summary, grants[id]),
            included = await IncludedAsync(db, page, grants, include, cancellationToken),
        });
    }

    private static async Task<IResult> UpdateAsync(
        Id<OAuthApp> id,
        HttpRequest request,
        SafetyCenterDb db,
        Actor actor,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!await IsThereAsync(db, id, cancellationToken))
        {
            return NotFound();
        }

        var body = (await ApiBody.ReadAsync(request, AuthorizedClientResource.AppType)).About(id, OtherId);
        if (body.Flag("disabled") ?? throw RefusedException.Invalid("disabled is required: true or false.", "disabled"))
        {
            await AppStanding.DisableAsync(db, actor, [id], time.GetUtcNow(), cancellationToken);
        }
        else
        {
            await AppStanding.ChangeAsync(db, actor, id, app => app.Enable(), cancellationToken);
        }

        return await GetAsync(id, request, db, cancellationToken);
    }

    private static async Task<IResult> DisableAsync(
        Id<OAuthApp> id, SafetyCenterDb db, Actor actor, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await IsThereAsync(db, id, cancellationToken))
        {
            return NotFound();
        }

        await AppStanding.DisableAsync(db, actor, [id], time.GetUtcNow(), cancellationToken);
        return ApiAnswer.NoContent();
    }

    private static IQueryable<AppSummary> Filtered(IQueryable<AppSummary> apps, ListQuery query)
    {
        if (query.Filter is { } text)
        {
            var pattern = ListQuery.Like(text);
            apps = apps.Where(row => EF.Functions.ILike(row.App.Client.Name, pattern, "\\")
                || EF.Functions.ILike(row.App.Client.Publisher, pattern, "\\"));
        }

        if (query.Text("filter[oauth2_client][name]") is { } name)
        {
            var pattern = ListQuery.Like(name);
            apps = apps.Where(row => EF.Functions.ILike(row.App.Client.Name, pattern, "\\"));
        }

        return query.Flag("filter[disabled]") is { } isDisabled
            ? apps.Where(row => (row.App.DisabledAt != null) == isDisabled)
            : apps;
    }

    private static IQueryable<OAuthGrant> Filtered(SafetyCenterDb db, ListQuery query)
    {
        var grants = db.OAuthGrants.AsQueryable();
        if (query.Flag("filter[user_authorized_clients][disabled]") is { } isEnded)
        {
            grants = grants.Where(grant => (grant.RevokedAt != null) == isEnded);
        }

        return query.Flag("filter[user_authorized_clients][user][disabled]") is { } isDisabled
            ? grants.Where(grant => db.People.Any(user =>
                user.Id == grant.OwnerId && (user.DisabledAt != null) == isDisabled))
            : grants;
    }

    // The id decides between equals, so that pages never overlap.
    private static IQueryable<AppSummary> Sorted(IQueryable<AppSummary> apps, ListQuery query) => query.Descending
        ? apps.OrderByDescending(row => row.App.Client.Name).ThenByDescending(row => row.App.Id)
        : apps.OrderBy(row => row.App.Client.Name).ThenBy(row => row.App.Id);

    private static async Task<ILookup<Id<OAuthApp>, OAuthGrant>> GrantsAsync(
        SafetyCenterDb db,
        IQueryable<OAuthGrant> grants,
        IReadOnlyCollection<AppSummary> page,
        int atMost,
        CancellationToken cancellationToken)
    {
        // Named inside once more, or the database would number the grants of every app there is.
        var ids = page.Select(row => row.App.Id).ToArray();
        var beside = await db.OAuthApps
            .Where(app => ids.Contains(app.Id))
            .SelectMany(app => grants
                .Where(grant => ids.Contains(grant.AppId) && grant.AppId == app.Id)
                .OrderBy(grant => grant.RevokedAt != null)
                .ThenByDescending(grant => grant.Id)
                .Take(atMost))
            .AsNoTracking()
            .ToListAsync(cancellationToken);
        return beside
            .OrderBy(grant => grant.RevokedAt is not null).ThenByDescending(grant => grant.Id)
            .ToLookup(grant => grant.AppId);
    }

    private static async Task<IReadOnlyList<object>> IncludedAsync(
        SafetyCenterDb db,
        IReadOnlyCollection<AppSummary> page,
        ILookup<Id<OAuthApp>, OAuthGrant> grants,
        IReadOnlyList<string> include,
        CancellationToken cancellationToken)
    {
        var included = new List<object>();
        if (include.Any(name => name.StartsWith("oauth2_client", StringComparison.Ordinal)))
        {
            included.AddRange(page.Select(row => AuthorizedClientResource.Of(row.App.Client)));
        }

        if (include.Contains("oauth2_client.scopes"))
        {
            included.AddRange(page.SelectMany(row => row.App.Client.Scopes).Distinct().Order(StringComparer.Ordinal)
                .Select(AuthorizedClientResource.Of));
        }

        if (include.Any(name => name.StartsWith("user_authorized_clients", StringComparison.Ordinal)))
        {
            included.AddRange(page.SelectMany(row => grants[row.App.Id]
                .Select(grant => AuthorizedClientResource.Of(grant, row.App))));
        }

        if (include.Contains("user_authorized_clients.user"))
        {
            var owners = grants.SelectMany(group => group).Select(grant => grant.OwnerId).Distinct().ToArray();
            var users = await db.People.AsNoTracking()
                .Where(user => owners.Contains(user.Id))
                .OrderBy(user => user.Id)
                .ToListAsync(cancellationToken);
            included.AddRange(users.Select(UserResource.Of));
        }

        return included;
    }
}
