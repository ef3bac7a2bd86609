using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Api.JsonApi;
using SafetyCenter.Web.Data;

namespace SafetyCenter.Web.Api;

/// <summary>
/// What stands beside a page of credentials: whether they leaked, and who made, changed or owns them, when that was asked
/// for. Two statements at most, whatever the page holds.
/// </summary>
internal sealed class Related
{
    /// <summary>Nothing was asked for, and nothing can have leaked yet.</summary>
    public static readonly Related None = new([], []);

    private readonly Dictionary<Id<Credential>, Guid> _leaks;

    private Related(Dictionary<Id<Credential>, Guid> leaks, IReadOnlyList<object> included) =>
        (_leaks, Included) = (leaks, included);

    /// <summary>The resources that were asked for.</summary>
    public IReadOnlyList<object> Included { get; }

    /// <summary>Loads it.</summary>
    /// <param name="db">Bound to the organization.</param>
    /// <param name="credentials">The page.</param>
    /// <param name="include">Any of <c>created_by</c>, <c>modified_by</c>, <c>owned_by</c>, <c>leak_information</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Related> LoadAsync(
        SafetyCenterDb db,
        IReadOnlyCollection<Credential> credentials,
        IReadOnlyCollection<string> include,
        CancellationToken cancellationToken)
    {
        if (credentials.Count == 0)
        {
            return None;
        }

        var ids = credentials.Select(credential => credential.Id).ToArray();
        var alerts = await db.Alerts.AsNoTracking()
            .Where(alert => ids.Contains(alert.CredentialId))
            .Select(alert => new
            {
                alert.Id,
                alert.CredentialId,
                alert.RaisedAt,
                Place = db.Occurrences.Where(seen => seen.AlertId == alert.Id)
                    .OrderBy(seen => seen.FirstSeenAt).Select(seen => seen.Place).FirstOrDefault(),
            })
            .ToListAsync(cancellationToken);
        var included = new List<object>();
        var people = credentials.SelectMany(credential => PeopleOf(credential, include)).Distinct().ToArray();
        if (people.Length > 0)
        {
            var users = await db.People.AsNoTracking()
                .Where(user => people.Contains(user.Id))
                .OrderBy(user => user.Id)
                .ToListAsync(cancellationToken);
            included.AddRange(users.Select(UserResource.Of));
        }

        if (include.Contains("leak_information"))
        {
            included.AddRange(alerts.Select(alert => new
            {
                type = "leaked_keys",
                id = alert.Id.ToString(),
                attributes = new { date = Wire.Time(alert.RaisedAt), leak_source = alert.Place },
            }));
        }

        return new Related(alerts.ToDictionary(alert => alert.CredentialId, alert => alert.Id.Value), included);
    }

    /// <summary>The relationship to what is known of its leak.</summary>
    public object LeakOf(Credential credential) => new
    {
        data = _leaks.TryGetValue(credential.Id, out var leak) ? new { type = "leaked_keys", id = leak.ToString() } : null,
    };

    private static IEnumerable<Id<User>> PeopleOf(Credential credential, IReadOnlyCollection<string> include)
    {
        if (include.Contains("created_by") && credential.CreatedBy is { } maker)
        {
            yield return maker;
        }

        if (include.Contains("modified_by")
            && (credential.ModifiedAt is null ? credential.CreatedBy : credential.ModifiedBy) is { } editor)
        {
            yield return editor;
        }

        if (include.Contains("owned_by") && credential is OwnedCredential { OwnerId: var owner })
        {
            yield return owner;
        }
    }
}
