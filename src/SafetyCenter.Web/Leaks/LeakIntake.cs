using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// Takes in a report whose signature was found good: which of the tokens are ours, an alert for each that had none,
/// every place where it was seen, an email to whom it concerns. All of it is kept in one transaction, or nothing.
/// </summary>
/// <remarks>
/// 1. A body that the reporter sent before changes nothing; it is answered anew, because no token is kept to answer by.
/// 2. A credential has one alert for good, however many reports name it, also at once: a unique index says so.
/// 3. A client token is public by design: it is answered as ours, and left alone.
/// 4. A report is not a use: when a credential was last used stays as it is.
/// 5. No token, place, body or whole hash is ever logged, only counts.
/// </remarks>
public sealed class LeakIntake(
    SafetyCenterDb db, SecretFormat format, EmailWake wake, TimeProvider time, ILogger<LeakIntake> logger)
{
    /// <summary>Takes in one delivery.</summary>
    /// <param name="reporter">Who sent it, such as <c>github</c>.</param>
    /// <param name="bodyHash">SHA-256 of the raw body, 32 bytes: what the delivery is known by.</param>
    /// <param name="items">What it reports.</param>
    /// <param name="cancellationToken">Undoes everything when it comes before the end.</param>
    /// <returns>What to answer: a row for each item that could be read, in order.</returns>
    public async Task<IReadOnlyList<Feedback>> TakeAsync(
        string reporter, byte[] bodyHash, IReadOnlyList<ReportedItem> items, CancellationToken cancellationToken)
    {
        var secrets = ReportedSecrets.In(items, format);
        var tables = new LeakTables(db);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var issued = await tables.FindIssuedAsync(secrets.Hashes, cancellationToken);
        var matched = secrets.CountIn(issued);
        var now = time.GetUtcNow();
        var reportId = Id<LeakReport>.New(now);
        if (!await tables.RememberAsync(reportId, reporter, bodyHash, items.Count, matched, now, cancellationToken))
        {
            logger.LogInformation(
                "A report by {Reporter} came again: {Items} items, {Matched} of ours", reporter, items.Count, matched);
            return secrets.FeedbackGiven(issued);
        }

        var sightings = secrets.SightingsOf(issued);
        var emails = sightings.Count == 0
            ? []
            : await RecordAsync(tables, sightings, reportId, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (emails.Count > 0)
        {
            wake.Ring();
        }

        logger.LogInformation(
            "Report {Report} by {Reporter}: {Items} items, {Matched} of ours, {Emails} emails",
            reportId, reporter, items.Count, matched, emails.Count);
        return secrets.FeedbackGiven(issued);
    }

    private async Task<List<Email>> RecordAsync(
        LeakTables tables,
        IReadOnlyList<Sighting> sightings,
        Id<LeakReport> reportId,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var credentials = sightings.Select(sighting => sighting.Credential).Distinct().ToList();

        // From here on a key that is active stays so until we commit, and whoever revokes it then finds the alert:
        // nobody is told of a leak that was already closed, and no closing goes untold.
        await tables.HoldActionsAsync(
            credentials.Select(credential => credential.OrganizationId).Distinct(), cancellationToken);
        var raised = await tables.RaiseAsync(credentials, reportId, now, cancellationToken);
        await tables.SeeAsync(sightings, now, cancellationToken);
        if (raised.Count == 0)
        {
            return [];
        }

        var emails = await EmailsAsync(raised, reportId, now, cancellationToken);
        await tables.WriteAsync(emails, cancellationToken);
        return emails;
    }

    // One per address and organization, however many keys leaked; an address may be contact of two organizations.
    private async Task<List<Email>> EmailsAsync(
        List<RaisedAlert> raised, Id<LeakReport> reportId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var byOrganization = raised.ToLookup(alert => alert.OrganizationId, alert => alert.OwnerEmail);
        var recipients = await SecurityEmails.RecipientsAsync(
            db, [.. byOrganization.Select(alerts => alerts.Key)], cancellationToken);
        return
        [
            .. byOrganization.SelectMany(owners =>
            {
                var security = recipients[owners.Key].Distinct().ToList();
                return security.Select(recipient => NewEmail(owners.Key, EmailKind.LeakFound, recipient))
                    .Concat(owners.OfType<string>().Distinct().Except(security)
                        .Select(owner => NewEmail(owners.Key, EmailKind.OwnKeyLeaked, owner)));
            }),
        ];

        Email NewEmail(Id<Organization> organizationId, EmailKind kind, string recipient) =>
            new(organizationId, kind, reportId.Value, recipient, $"leak:{reportId}:{organizationId}", now);
    }
}
