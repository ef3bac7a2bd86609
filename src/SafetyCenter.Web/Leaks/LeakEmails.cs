using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Leaks;

/// <summary>Who is told of a report.</summary>
internal static class LeakEmails
{
    /// <summary>
    /// One email per address and organization for what is new, and one for what is seen again, however many keys leaked; an
    /// address may be contact of two organizations. What was revoked with the report, or could not be, is told in the same
    /// email; where the alert stood before, that is told by itself, a closing like any closing.
    /// </summary>
    public static async Task<IReadOnlyList<Email>> OfReportAsync(
        SafetyCenterDb db,
        Id<LeakReport> reportId,
        IReadOnlyCollection<StirredAlert> raised,
        IReadOnlyCollection<StirredAlert> again,
        IReadOnlyCollection<Revoked> revoked,
        IReadOnlyCollection<Refused> refused,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var news = raised.Concat(again).Select(alert => alert.AlertId).ToHashSet();
        var closed = revoked.Where(key => !news.Contains(key.AlertId)).ToList();
        var spared = refused.Where(key => !news.Contains(key.AlertId)).ToList();
        var organizations = raised.Concat(again).Select(alert => alert.OrganizationId)
            .Concat(revoked.Select(key => key.OrganizationId))
            .Concat(spared.Select(key => key.OrganizationId))
            .Distinct()
            .ToArray();
        if (organizations.Length == 0)
        {
            return [];
        }

        var recipients = await SecurityEmails.RecipientsAsync(db, organizations, cancellationToken);
        Email[] emails =
        [
            .. raised.GroupBy(alert => alert.OrganizationId).SelectMany(alerts => OfNew(alerts.Key, [.. alerts])),
            .. again.Select(alert => alert.OrganizationId).Distinct().SelectMany(organization =>
                To(organization, EmailKind.LeakAgain, reportId.Value, $"leak-again:{reportId}:{organization}")),
            .. closed.SelectMany(key =>
                To(key.OrganizationId, EmailKind.LeakClosed, key.AlertId.Value, $"leak-closed:{key.AlertId}")),
            .. spared.SelectMany(key => To(
                key.OrganizationId,
                EmailKind.RevocationRefused,
                key.AlertId.Value,
                $"{EmailKind.RevocationRefused}:{key.AlertId}:{now.UtcTicks}")),
            .. revoked.Where(key => key.IsOfServiceAccount || closed.Contains(key)).Select(ToOwner).OfType<Email>(),
        ];
        return await LeakEmailCap.CappedAsync(db, emails, now, cancellationToken);

        IEnumerable<Email> To(Id<Organization> organization, EmailKind kind, Guid subject, string eventKey) =>
            recipients[organization].Distinct()
                .Select(recipient => new Email(organization, kind, subject, recipient, eventKey, now));

        IEnumerable<Email> OfNew(Id<Organization> organization, IReadOnlyList<StirredAlert> alerts)
        {
            var eventKey = $"leak:{reportId}:{organization}";
            return To(organization, EmailKind.LeakFound, reportId.Value, eventKey)
                .Concat(alerts.Select(alert => alert.OwnerEmail).OfType<string>().Distinct()
                    .Except(recipients[organization])
                    .Select(owner => new Email(
                        organization, EmailKind.OwnKeyLeaked, reportId.Value, owner, eventKey, now)));
        }

        Email? ToOwner(Revoked key) => key.Hash is null || key.OwnerEmail is not { } address ? null : new Email(
            key.OrganizationId,
            EmailKind.OwnCredentialRevoked,
            key.Id.Value,
            address,
            $"credential-revoked:{key.Id}:{now.UtcTicks}",
            now);
    }
}
