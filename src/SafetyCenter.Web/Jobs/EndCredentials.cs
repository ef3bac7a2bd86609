using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Writes down, as of its own end, which credentials have come to it, and retires those that a rotation replaced once nobody
/// has used them for a day. Calls are refused from an end on in any case: this is for lists, counts and the audit trail.
/// </summary>
public sealed class EndCredentials(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    /// <summary>So many organizations in one run, those that wait longest first; the next run is a minute away.</summary>
    private const int OrganizationsMax = 500;

    /// <summary>So many credentials in one transaction, because others of the organization wait for it.</summary>
    public const int BatchMax = 200;

    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var organizations = await Due(now)
            .GroupBy(credential => credential.OrganizationId)
            .OrderBy(group => group.Min(credential => credential.ExpiresAt ?? credential.RetireAt))
            .Select(group => group.Key)
            .Take(OrganizationsMax)
            .ToListAsync(cancellationToken);
        var (expired, retired) = (0, 0);
        foreach (var organization in organizations)
        {
            IReadOnlyList<RevocationReason> ended;
            do
            {
                ended = await EndAsync(organization, now, cancellationToken);
                expired += ended.Count(reason => reason == RevocationReason.Expired);
                retired += ended.Count(reason => reason == RevocationReason.Rotated);
                db.ChangeTracker.Clear();
            }
            while (ended.Count == BatchMax);
        }

        return new { Job = "end-credentials", Expired = expired, Retired = retired, Organizations = organizations.Count };
    }

    // Asked again under the lock: somebody may have given one more time meanwhile.
    private Task<IReadOnlyList<RevocationReason>> EndAsync(
        Id<Organization> organization, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.LockedAsync<IReadOnlyList<RevocationReason>>(
            organization,
            async _ =>
            {
                var due = await Due(now)
                    .Where(credential => credential.OrganizationId == organization)
                    .OrderBy(credential => credential.Id)
                    .Take(BatchMax)
                    .ToListAsync(cancellationToken);
                return
                [
                    .. due.Where(credential => credential.EndIfDue(now))
                        .Select(credential => credential.RevokedBecause!.Value),
                ];
            },
            cancellationToken);

    private IQueryable<Credential> Due(DateTimeOffset now) =>
        db.Credentials.IgnoreQueryFilters(Filter).DueToEnd(now)
            .Where(credential => db.Organizations.Enabled().Any(row => row.Id == credential.OrganizationId));
}
