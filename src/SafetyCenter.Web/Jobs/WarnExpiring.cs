using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Writes to the people of credentials that end soon: once for each credential, end and number of days ahead. After an outage
/// only the nearest number that has come is told.
/// </summary>
public sealed class WarnExpiring(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    /// <summary>So many credentials are looked at in one go.</summary>
    private const int BatchMax = 500;

    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (seen, credentials, emails) = (0, 0, 0);
        List<Credential> batch;
        do
        {
            batch = await EndingSoon(now)
                .OrderBy(credential => credential.Id)
                .Skip(seen)
                .Take(BatchMax)
                .ToListAsync(cancellationToken);
            seen += batch.Count;
            var untold = await UntoldAsync(batch, now, cancellationToken);
            foreach (var ofOrganization in untold.GroupBy(credential => credential.OrganizationId))
            {
                var written = await WarnAsync(
                    ofOrganization.Key, [.. ofOrganization.Select(credential => credential.Id)], now, cancellationToken);
                credentials += written.Credentials;
                emails += written.Emails;
                db.ChangeTracker.Clear();
            }
        }
        while (batch.Count == BatchMax);

        return new { Job = "warn-expiring", EndingSoon = seen, Credentials = credentials, Emails = emails };
    }

    // Under the lock, where no end is moved meanwhile and nobody else writes the same emails.
    private Task<(int Credentials, int Emails)> WarnAsync(
        Id<Organization> organization,
        Id<Credential>[] ids,
        DateTimeOffset now,
        CancellationToken cancellationToken) => db.LockedAsync(
        organization,
        async _ =>
        {
            var ending = await EndingSoon(now)
                .Where(credential => ids.Contains(credential.Id))
                .ToListAsync(cancellationToken);
            var untold = await UntoldAsync(ending, now, cancellationToken);
            var emails = await CredentialEmails.EndsAsync(db, organization, untold, now, cancellationToken);
            db.Emails.AddRange(emails);
            return (untold.Count, emails.Count);
        },
        cancellationToken);

    private async Task<List<Credential>> UntoldAsync(
        List<Credential> credentials, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = credentials.Where(credential => credential.WarningDue(now) is not null)
            .ToDictionary(credential => CredentialEmails.EndsKey(credential, now));
        var keys = due.Keys.ToArray();
        var told = await db.Emails.IgnoreQueryFilters(Filter)
            .Where(email => keys.Contains(email.EventKey))
            .Select(email => email.EventKey)
            .Distinct()
            .ToListAsync(cancellationToken);
        return [.. due.Where(pair => !told.Contains(pair.Key)).Select(pair => pair.Value)];
    }

    private IQueryable<Credential> EndingSoon(DateTimeOffset now) =>
        db.Credentials.IgnoreQueryFilters(Filter).AsNoTracking().EndingSoon(now)
            .Where(credential => db.Organizations.Enabled().Any(row => row.Id == credential.OrganizationId));
}
