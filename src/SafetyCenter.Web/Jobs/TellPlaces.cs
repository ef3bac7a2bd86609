using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Jobs;

/// <summary>
/// Writes once a day to the primary contact of an organization whose leaked keys were seen at more places on the day before: one
/// email for all of them, and none when there are none.
/// </summary>
public sealed class TellPlaces(SafetyCenterDb db, TimeProvider time) : IScheduled
{
    private static readonly string[] Filter = [CurrentOrganization.Filter];

    /// <inheritdoc />
    public async Task<object> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var yesterday = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1);
        var day = yesterday.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var organizations = await db.UntoldPlacesOf(yesterday)
            .Select(row => row.Alert.OrganizationId)
            .Distinct()
            .Where(organization => db.Organizations.Enabled().Any(row => row.Id == organization))
            .Where(organization => !db.Emails.IgnoreQueryFilters(Filter).Any(email =>
                email.OrganizationId == organization && email.Kind == EmailKind.MorePlaces && email.Details == day))
            .ToListAsync(cancellationToken);
        foreach (var organization in organizations)
        {
            var recipients = await AlertRecipients.OfAsync(db, organization, cancellationToken);
            db.Emails.AddRange(recipients.Primary.Select(recipient => new Email(
                organization,
                EmailKind.MorePlaces,
                organization.Value,
                recipient,
                $"more-places:{organization}:{day}",
                now,
                day)));
        }

        await db.SaveChangesAsync(cancellationToken);
        return new { Job = "tell-places", Organizations = organizations.Count };
    }
}
