using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Api.JsonApi;

namespace SafetyCenter.Web.Api;

/// <summary>What lists of credentials have in common.</summary>
internal static class CredentialLists
{
    /// <summary>By <c>filter</c> (part of a name, or of the last four) and <c>filter[created_at]</c>.</summary>
    public static IQueryable<T> FilteredBy<T>(this IQueryable<T> credentials, ListQuery query)
        where T : Credential
    {
        if (query.Filter is { } text)
        {
            var pattern = ListQuery.Like(text);
            credentials = credentials.Where(credential =>
                EF.Functions.ILike(credential.Name, pattern, "\\") || EF.Functions.ILike(credential.Last4, pattern, "\\"));
        }

        if (query.Time("filter[created_at][start]") is { } start)
        {
            credentials = credentials.Where(credential => credential.CreatedAt >= start);
        }

        return query.Time("filter[created_at][end]") is { } end
            ? credentials.Where(credential => credential.CreatedAt <= end)
            : credentials;
    }

    /// <summary>In the order that was asked for; the id decides between equals, so that pages never overlap.</summary>
    public static IQueryable<T> SortedBy<T, TKey>(
        this IQueryable<T> credentials, Expression<Func<T, TKey>> key, ListQuery query)
        where T : Credential => query.Descending
            ? credentials.OrderByDescending(key).ThenByDescending(credential => credential.Id)
            : credentials.OrderBy(key).ThenBy(credential => credential.Id);
}
