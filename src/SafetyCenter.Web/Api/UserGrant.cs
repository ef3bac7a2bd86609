using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Api;

/// <summary>What a user lets an app do, with both, for lists of such.</summary>
internal sealed class UserGrant
{
    /// <summary>What can be sent along.</summary>
    public static readonly string[] Includable = ["oauth2_client", "oauth2_client.app", "scopes", "user"];

    /// <summary>The grant.</summary>
    public required OAuthGrant Grant { get; init; }

    /// <summary>The app, with its program.</summary>
    public required OAuthApp App { get; init; }

    /// <summary>The user.</summary>
    public required User User { get; init; }

    /// <summary>Reads a list of grants, ended ones included: the latest first, unless asked otherwise.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="grants">Of which the list is.</param>
    /// <param name="request">What is asked for: filters, order, page and what to send along.</param>
    /// <param name="sorts">What can be sorted by.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The document.</returns>
    public static async Task<object> ListAsync(
        SafetyCenterDb db,
        IQueryable<OAuthGrant> grants,
        HttpRequest request,
        IReadOnlyList<string> sorts,
        CancellationToken cancellationToken)
    {
        var query = ListQuery.Read(request, sorts, OrgAuthorizedClientsApi.SizeDefault);
        var include = ListQuery.Included(request, Includable);
        var total = await grants.CountAsync(cancellationToken);
        var filtered = Filtered(Of(db, grants), query);
        var totalFiltered = query.IsUnfiltered ? total : await filtered.CountAsync(cancellationToken);
        var page = await Sorted(filtered, query).Skip(query.Skip).Take(query.Size).ToListAsync(cancellationToken);
        return new
        {
            data = page.Select(row => AuthorizedClientResource.Of(row.Grant, row.App)),
            included = Included(page, include),
            meta = new { page = new { total_count = total, total_filtered_count = totalFiltered } },
        };
    }

    /// <summary>Grants with their apps and users.</summary>
    public static IQueryable<UserGrant> Of(SafetyCenterDb db, IQueryable<OAuthGrant> grants) =>
        from grant in grants.AsNoTracking()
        join app in db.OAuthApps on grant.AppId equals app.Id
        join user in db.People on grant.OwnerId equals user.Id
        select new UserGrant { Grant = grant, App = app, User = user };

    /// <summary>The resources that were asked for, each once.</summary>
    public static IReadOnlyList<object> Included(IReadOnlyCollection<UserGrant> rows, IReadOnlyList<string> include)
    {
        var included = new List<object>();
        if (include.Any(name => name.StartsWith("oauth2_client", StringComparison.Ordinal)))
        {
            included.AddRange(rows.Select(row => row.App.Client).DistinctBy(client => client.Id)
                .Select(AuthorizedClientResource.Of));
        }

        if (include.Contains("scopes"))
        {
            included.AddRange(rows.SelectMany(row => row.Grant.Scopes).Distinct().Order(StringComparer.Ordinal)
                .Select(AuthorizedClientResource.Of));
        }

        if (include.Contains("user"))
        {
            included.AddRange(rows.Select(row => row.User).DistinctBy(user => user.Id).Select(UserResource.Of));
        }

        return included;
    }

    private static IQueryable<UserGrant> Filtered(IQueryable<UserGrant> rows, ListQuery query)
    {
        if (query.Filter is { } text)
        {
            var pattern = ListQuery.Like(text);
            rows = rows.Where(row => EF.Functions.ILike(row.App.Client.Name, pattern, "\\")
                || EF.Functions.ILike(row.App.Client.Publisher, pattern, "\\"));
        }

        if (query.Flag("filter[disabled]") is { } isEnded)
        {
            rows = rows.Where(row => (row.Grant.RevokedAt != null) == isEnded);
        }

        if (query.Text("filter[user][name]") is { } name)
        {
            var pattern = ListQuery.Like(name);
            rows = rows.Where(row => EF.Functions.ILike(row.User.Name!, pattern, "\\"));
        }

        if (query.Text("filter[user][email]") is { } email)
        {
            var pattern = ListQuery.Like(email);
            rows = rows.Where(row => EF.Functions.ILike(row.User.Email, pattern, "\\"));
        }

        return query.Flag("filter[user][disabled]") is { } isDisabled
            ? rows.Where(row => (row.User.DisabledAt != null) == isDisabled)
            : rows;
    }

    // The id decides between equals, so that pages never overlap; it begins with the time.
    private static IQueryable<UserGrant> Sorted(IQueryable<UserGrant> rows, ListQuery query)
    {
        return query.Text("sort") is null ? rows.OrderByDescending(row => row.Grant.Id) : query.Sort switch
        {
            "user.name" => By(row => row.User.Name ?? row.User.Email),
            "user.email" => By(row => row.User.Email),
            _ => By(row => row.App.Client.Name),
        };

        IQueryable<UserGrant> By<TKey>(Expression<Func<UserGrant, TKey>> key) => query.Descending
            ? rows.OrderByDescending(key).ThenByDescending(row => row.Grant.Id)
            : rows.OrderBy(key).ThenBy(row => row.Grant.Id);
    }
}
