using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Does what time makes of alerts: revokes what the rules planned to revoke, opens again what was put off, and tells more people
/// of what is overdue.
/// </summary>
public sealed class FollowAlerts(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    /// <summary>So many organizations in one run; the next one is seconds away.</summary>
    private const int OrganizationsMax = 500;

    /// <summary>So many alerts in one transaction, because others of the organization wait for it.</summary>
    public const int BatchMax = 200;

    private static readonly string[] Filter = [CurrentOrganization.Filter];

    private int _revoked;
    private int _refused;
    private int _woken;
    private int _reminded;

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await ForgetPlansAsync(now, cancellationToken);
        var organizations = await Due(now)
            .Select(alert => alert.OrganizationId)
            .Distinct()
            .OrderBy(id => id)
            .Take(OrganizationsMax)
            .ToListAsync(cancellationToken);
        foreach (var organization in organizations)
        {
            int followed;
            do
            {
                followed = await FollowAsync(organization, now, cancellationToken);
                db.ChangeTracker.Clear();
            }
            while (followed == BatchMax);
        }

        return new { Job = "follow-alerts", Revoked = _revoked, Refused = _refused, Woken = _woken, Reminded = _reminded };
    }

    // What ended by another way has no plans: so what is due stays short, however much has leaked over the years.
    private Task<int> ForgetPlansAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Alerts.IgnoreQueryFilters(Filter)
            .Where(alert => (alert.RevokeAt <= now || alert.SnoozedUntil <= now) && alert.Credential.RevokedAt != null)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(alert => alert.RevokeAt, (DateTimeOffset?)null)
                    .SetProperty(alert => alert.SnoozedUntil, (DateTimeOffset?)null),
                cancellationToken);

    // Asked again under the lock: somebody may have objected, put it off or revoked it meanwhile.
    private Task<int> FollowAsync(
        Id<Organization> organization, DateTimeOffset now, CancellationToken cancellationToken) => db.LockedAsync(
        organization,
        async _ =>
        {
            var due = await Due(now)
                .Include(alert => alert.Credential)
                .Where(alert => alert.OrganizationId == organization)
                .OrderBy(alert => alert.Id)
                .Take(BatchMax)
                .ToListAsync(cancellationToken);
            var emails = new FollowUp(organization, now);
            await RevokeAsync([.. due.Where(alert => alert.RevokeAt <= now)], emails, cancellationToken);
            foreach (var alert in due.Where(alert => alert.IsOpen))
            {
                var assignee = alert.AssigneeId;
                if (alert.Wake(now))
                {
                    emails.Woken(alert, assignee);
                    _woken++;
                }
                else if (alert.Remind(now))
                {
                    emails.Reminded(alert);
                    _reminded++;
                }
            }

            await emails.WriteAsync(db, cancellationToken);
            return due.Count;
        },
        cancellationToken);

    private async Task RevokeAsync(List<Alert> planned, FollowUp emails, CancellationToken cancellationToken)
    {
        if (planned.Count == 0)
        {
            return;
        }

        var lasting = await db.ApiKeys.IgnoreQueryFilters(Filter).Lasting()
            .CountAsync(key => key.OrganizationId == emails.Organization, cancellationToken);
        foreach (var alert in planned)
        {
            // Over by the clock, and not yet written down: that is how it ended.
            if (alert.Credential.EndIfDue(emails.Now))
            {
                continue;
            }

            var isLasting = alert.Credential is ApiKey { IsLasting: true };
            try
            {
                alert.Credential.Revoke(by: null, RevocationReason.Leaked, lasting, emails.Now);
                lasting -= isLasting ? 1 : 0;
                _revoked++;
            }
            catch (RefusedException refused)
            {
                alert.RefuseRevocation(refused.Message, emails.Now);
                emails.Refused(alert);
                _refused++;
            }
        }
    }

    private IQueryable<Alert> Due(DateTimeOffset now) => db.Alerts.IgnoreQueryFilters(Filter).DueToFollow(now)
        .Where(alert => db.Organizations.Enabled().Any(row => row.Id == alert.OrganizationId));
}
