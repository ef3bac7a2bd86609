using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.OAuth;

/// <summary>What one user lets an app do.</summary>
public sealed class AppGrant
{
    /// <summary>The grant.</summary>
    public required OAuthGrant Grant { get; init; }

    /// <summary>Whose it is.</summary>
    public required User User { get; init; }
}

/// <summary>The grants and secrets of one app, as its page lists them.</summary>
/// <param name="Live">What users let it do now, newest first.</param>
/// <param name="Next">Where the next page of those begins; null on the last one.</param>
/// <param name="Ended">What ended last, latest first.</param>
/// <param name="Held">How many users let it do each scope.</param>
/// <param name="Secrets">What it proves itself with, newest first.</param>
public sealed record AppGrants(
    IReadOnlyList<AppGrant> Live,
    Cursor? Next,
    IReadOnlyList<AppGrant> Ended,
    IReadOnlyDictionary<string, int> Held,
    IReadOnlyList<OAuthClientSecret> Secrets)
{
    /// <summary>How many ended ones are listed.</summary>
    public const int EndedMax = 10;

    /// <summary>Loads them, in four statements.</summary>
    public static async Task<AppGrants> LoadAsync(
        SafetyCenterDb db, Id<OAuthApp> id, string? after, CancellationToken cancellationToken)
    {
        var grants = db.OAuthGrants.AsNoTracking().Where(grant => grant.AppId == id);
        var page = grants.Active();
        if (Cursor.Read(after) is { } cursor)
        {
            var last = new Id<Credential>(cursor.Id);
            page = page.Where(grant => EF.Functions.LessThan(
                ValueTuple.Create(grant.CreatedAt, grant.Id), ValueTuple.Create(cursor.At, last)));
        }

        var live = await WithUsers(page.OrderByDescending(grant => grant.CreatedAt).ThenByDescending(grant => grant.Id))
            .Take(Cursor.PageSize + 1)
            .ToListAsync(cancellationToken);
        Cursor? next = null;
        if (live.Count > Cursor.PageSize)
        {
            live.RemoveAt(Cursor.PageSize);
            next = new Cursor(live[^1].Grant.CreatedAt, live[^1].Grant.Id.Value);
        }

        var ended = await WithUsers(grants.Where(grant => grant.RevokedAt != null)
                .OrderByDescending(grant => grant.RevokedAt).ThenByDescending(grant => grant.Id))
            .Take(EndedMax)
            .ToListAsync(cancellationToken);
        var held = await grants.Active()
            .SelectMany(grant => grant.Scopes)
            .GroupBy(scope => scope)
            .Select(scope => new { Scope = scope.Key, Count = scope.Count() })
            .ToDictionaryAsync(row => row.Scope, row => row.Count, cancellationToken);
        var secrets = await db.OAuthClientSecrets.AsNoTracking().Active()
            .Where(secret => secret.AppId == id)
            .OrderByDescending(secret => secret.CreatedAt).ThenByDescending(secret => secret.Id)
            .ToListAsync(cancellationToken);
        return new AppGrants(live, next, ended, held, secrets);

        IQueryable<AppGrant> WithUsers(IQueryable<OAuthGrant> some) => some.Select(grant => new AppGrant
        {
            Grant = grant,
            User = db.People.Single(user => user.Id == grant.OwnerId),
        });
    }

    /// <summary>How many users' grants would end, were the app restricted to some scopes: those that hold more.</summary>
    public static Task<int> HoldingMoreAsync(
        SafetyCenterDb db, Id<OAuthApp> id, IReadOnlyCollection<string> kept, CancellationToken cancellationToken) =>
        db.OAuthGrants.Active()
            .Where(grant => grant.AppId == id && grant.Scopes.Any(scope => !kept.Contains(scope)))
            .CountAsync(cancellationToken);
}
