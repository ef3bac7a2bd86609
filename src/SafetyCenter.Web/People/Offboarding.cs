using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Credentials;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.People;

/// <summary>
/// What disabling a user would do: which keys and apps stop, who calls with them, what stays, and what nobody else could do
/// any more. Five statements, however much there is.
/// </summary>
/// <param name="Person">The user or service account, with roles.</param>
/// <param name="Keys">Their active application keys and access tokens, those used last first.</param>
/// <param name="KeyCount">How many those are in all.</param>
/// <param name="Grants">The apps that act for them.</param>
/// <param name="GrantCount">How many those are in all.</param>
/// <param name="Staying">Active API keys and client tokens that they made.</param>
/// <param name="StayingCount">How many those are in all.</param>
/// <param name="OnlyRoles">The roles that no other active person holds.</param>
/// <param name="OnlyPermissions">The permissions that no other active person has, those that matter most first.</param>
/// <param name="Accounts">The active service accounts that could take over, by name, with roles.</param>
public sealed record Offboarding(
    User Person,
    IReadOnlyList<KeyUse> Keys,
    int KeyCount,
    IReadOnlyList<OAuthUse> Grants,
    int GrantCount,
    IReadOnlyList<Credential> Staying,
    int StayingCount,
    IReadOnlyList<Role> OnlyRoles,
    IReadOnlyList<string> OnlyPermissions,
    IReadOnlyList<User> Accounts)
{
    /// <summary>How many keys, grants and things that stay are shown; the others are counted.</summary>
    public const int ShownMax = 50;

    /// <summary>How many service accounts are offered.</summary>
    public const int AccountsMax = 50;

    private readonly Dictionary<Id<User>, RolesEffect> _effects =
        Accounts.ToDictionary(account => account.Id, account => RolesEffect.Of(Person.Roles, account.Roles));

    /// <summary>Whether nobody would be an admin any more. Then they cannot be disabled.</summary>
    public bool IsLastAdmin => Person.IsAdmin && OnlyPermissions.Contains(Permission.OrgManagement);

    /// <summary>Loads it.</summary>
    /// <returns>What it would do; null when there is no user of that id.</returns>
    public static async Task<Offboarding?> LoadAsync(
        SafetyCenterDb db, Id<User> id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var people = await db.People.AsNoTracking().Include(user => user.Roles)
            .Where(user => user.Id == id || (user.IsServiceAccount && user.DisabledAt == null))
            .OrderByDescending(user => user.Id == id).ThenBy(user => user.Name).ThenBy(user => user.Id)
            .Take(AccountsMax + 1)
            .ToListAsync(cancellationToken);
        if (people.Count == 0 || people[0].Id != id)
        {
            return null;
        }

        var person = people[0];
        var heldByOthers = await db.Roles.AsNoTracking()
            .Where(role => db.People.ActivePeople().Any(
                other => other.Id != id && other.Roles.Any(held => held.Id == role.Id)))
            .ToListAsync(cancellationToken);
        var (keys, keyCount) = await KeyUse.LoadAsync(
            db,
            db.Set<OwnedCredential>().Keys().Active().Where(key => key.OwnerId == id),
            ShownMax,
            now,
            cancellationToken);
        var (grants, grantCount) = await OAuthUse.LoadAsync(db, id, ShownMax, cancellationToken);
        var staying = db.Credentials.AsNoTracking().Active()
            .Where(credential => credential.CreatedBy == id && (credential is ApiKey || credential is ClientToken));
        var stayingRows = await staying
            .OrderByDescending(credential => credential.LastUsedAt ?? credential.CreatedAt)
            .ThenByDescending(credential => credential.Id)
            .Select(credential => new { Credential = credential, InAll = staying.Count() })
            .Take(ShownMax)
            .ToListAsync(cancellationToken);
        var counts = person is { Status: UserStatus.Active, IsServiceAccount: false };
        return new Offboarding(
            person,
            keys,
            keyCount,
            grants,
            grantCount,
            [.. stayingRows.Select(row => row.Credential)],
            stayingRows.Count == 0 ? 0 : stayingRows[0].InAll,
            counts ? [.. person.Roles.ExceptBy(heldByOthers.Select(role => role.Id), role => role.Id)] : [],
            counts ? RolesEffect.Of(person.Roles, heldByOthers).Lost : [],
            [.. people.Skip(1)]);
    }

    /// <summary>What a service account lacks to do what a key can do today. If nothing, a new key of it does the same.</summary>
    public IReadOnlyList<string> Lacking(OwnedCredential key, User account) => Lacking(key, _effects[account.Id]);

    /// <summary>What a key can do today is what its owner may, within its scopes; some of it other roles may not grant.</summary>
    /// <param name="key">The key.</param>
    /// <param name="effect">From the roles of its owner to the others.</param>
    public static IReadOnlyList<string> Lacking(OwnedCredential key, RolesEffect effect) =>
        [.. effect.Lost.Where(key.IsInScope)];
}

/// <summary>An app that acts for a user.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Publisher">Who made it, as they say.</param>
/// <param name="IsVerified">Whether somebody of the organization registered it, and not it itself.</param>
/// <param name="Grant">What the user lets it do.</param>
public sealed record OAuthUse(string Name, string Publisher, bool IsVerified, OAuthGrant Grant)
{
    /// <summary>Loads those used last first, in one statement.</summary>
    /// <returns>Those, and how many there are in all.</returns>
    public static async Task<(IReadOnlyList<OAuthUse> Grants, int InAll)> LoadAsync(
        SafetyCenterDb db, Id<User> id, int atMost, CancellationToken cancellationToken)
    {
        var grants =
            from grant in db.OAuthGrants.AsNoTracking()
            join app in db.OAuthApps on grant.AppId equals app.Id
            where grant.OwnerId == id && grant.RevokedAt == null
            select new { app.Client.Name, app.Client.Publisher, IsVerified = app.Client.OrganizationId != null, Grant = grant };
        var rows = await grants
            .OrderByDescending(row => row.Grant.LastUsedAt ?? row.Grant.CreatedAt)
            .ThenByDescending(row => row.Grant.Id)
            .Select(row => new { Use = new OAuthUse(row.Name, row.Publisher, row.IsVerified, row.Grant), InAll = grants.Count() })
            .Take(atMost)
            .ToListAsync(cancellationToken);
        return ([.. rows.Select(row => row.Use)], rows.Count == 0 ? 0 : rows[0].InAll);
    }
}
