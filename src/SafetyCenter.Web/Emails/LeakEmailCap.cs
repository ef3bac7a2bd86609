using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Web.Emails;

/// <summary>
/// Whoever gets hundreds of emails reads none of them. So many about leaks go to one address of an organization in an hour; then
/// one more says that there is more, and where to look.
/// </summary>
internal static class LeakEmailCap
{
    /// <summary>So many in an hour.</summary>
    public const int PerHour = 20;

    private static readonly EmailKind[] Counted =
    [
        EmailKind.LeakFound, EmailKind.OwnKeyLeaked, EmailKind.LeakClosed, EmailKind.LeakAgain, EmailKind.LeakOverdue,
        EmailKind.LeakWoken, EmailKind.RevocationRefused,
    ];

    /// <summary>Those of these emails that are to be written. That others are not is told by one that is written here.</summary>
    public static async Task<IReadOnlyList<Email>> CappedAsync(
        SafetyCenterDb db, IReadOnlyList<Email> emails, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (emails.Count == 0)
        {
            return emails;
        }

        var organizations = emails.Select(email => email.OrganizationId).Distinct().ToArray();
        var recipients = emails.Select(email => email.Recipient).Distinct().ToArray();
        var since = now.AddHours(-1);
        var lately = (await db.Emails.IgnoreQueryFilters([CurrentOrganization.Filter])
            .Where(email => organizations.Contains(email.OrganizationId) && recipients.Contains(email.Recipient)
                && email.CreatedAt > since && Counted.Contains(email.Kind))
            .GroupBy(email => new { email.OrganizationId, email.Recipient })
            .Select(group => new { group.Key.OrganizationId, group.Key.Recipient, Count = group.Count() })
            .ToListAsync(cancellationToken))
            .ToDictionary(row => (row.OrganizationId, row.Recipient), row => row.Count);
        var left = emails.Where(IsTooMany).ToHashSet();
        if (left.Count > 0)
        {
            await SayThatThereIsMoreAsync(db, left, now, cancellationToken);
        }

        return [.. emails.Where(email => !left.Contains(email))];

        bool IsTooMany(Email email)
        {
            if (!Counted.Contains(email.Kind))
            {
                return false;
            }

            var place = (email.OrganizationId, email.Recipient);
            return (lately[place] = lately.GetValueOrDefault(place) + 1) > PerHour;
        }
    }

    // Once an hour for each address, also when two are about to do so.
    private static async Task SayThatThereIsMoreAsync(
        SafetyCenterDb db, IEnumerable<Email> left, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hour = now.UtcDateTime.ToString("yyyyMMddHH", CultureInfo.InvariantCulture);
        var places = left.Select(email => (Id: email.OrganizationId!.Value, email.Recipient)).Distinct().ToList();
        await using var command = db.Command(
            """
            INSERT INTO emails
                (id, organization_id, kind, subject_id, recipient, event_key, created_at, attempts, next_attempt_at)
            SELECT place.id, organization_id, $4, organization_id, recipient, 'more-leaks:' || organization_id || ':' || $5,
                $6, 0, $6
            FROM unnest($1, $2, $3) AS place (id, organization_id, recipient)
            ON CONFLICT (event_key, recipient) DO NOTHING
            """,
            places.Select(_ => Id<Email>.New(now).Value).ToArray(),
            places.Select(place => place.Id.Value).ToArray(),
            places.Select(place => place.Recipient).ToArray(),
            EmailKind.MoreLeaks.ToString(),
            hour,
            now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
