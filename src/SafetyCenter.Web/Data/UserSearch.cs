using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data;

/// <summary>Looks for users, and puts them in the order in which people look for them.</summary>
public static class UserSearch
{
    /// <summary>Those with a text in their name, address or title; all of them when there is none.</summary>
    public static IQueryable<User> Containing(this IQueryable<User> users, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return users;
        }

        var pattern = $"%{AuditSearch.Escaped(text.Trim().Normalize())}%";
        return users.Where(user => EF.Functions.ILike(user.Email, pattern, "\\")
            || EF.Functions.ILike(user.Name ?? "", pattern, "\\")
            || EF.Functions.ILike(user.Title ?? "", pattern, "\\"));
    }

    /// <summary>
    /// By what they are called, from behind somebody on. What that one is called is asked of the database, which alone knows
    /// how it sorts.
    /// </summary>
    /// <param name="users">Which users.</param>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IQueryable<User>> ByNameAsync(
        this IQueryable<User> users, SafetyCenterDb db, Id<User>? after, CancellationToken cancellationToken)
    {
        if (after is { } id)
        {
            var name = await db.People.Where(user => user.Id == id)
                .Select(user => (user.Name ?? user.Email).ToLower())
                .SingleOrDefaultAsync(cancellationToken) ?? "";
            users = users.Where(user => EF.Functions.GreaterThan(
                ValueTuple.Create((user.Name ?? user.Email).ToLower(), user.Id), ValueTuple.Create(name, id)));
        }

        return users.OrderBy(user => (user.Name ?? user.Email).ToLower()).ThenBy(user => user.Id);
    }
}
