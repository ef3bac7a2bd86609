using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// Takes in a report whose sender was found genuine: which of the secrets are ours, an alert for each that had none, every place
/// where it was seen, what the rules of the organization do at once, an email to whom it concerns. All of it is kept in one
/// transaction, or nothing.
/// </summary>
/// <remarks>
/// 1. A body that the reporter sent before changes nothing; it is answered anew, because no token is kept to answer by. But
///    a secret that is shown again, and still opens something, is to end.
/// 2. A credential has one alert for good, however many reports name it, also at once: a unique index says so.
/// 3. A client token is public by design: it is answered as ours, and left alone. So is a token of an app that is over.
/// 4. A report is not a use: when a credential was last used stays as it is.
/// 5. No token, place, body or whole hash is ever logged, only counts.
/// 6. The number of statements does not grow with the report.
/// </remarks>
public sealed class LeakIntake(
    SafetyCenterDb db, SecretFormat format, TimeProvider time, ILogger<LeakIntake> logger)
{
    /// <summary>Takes in one delivery.</summary>
    /// <param name="delivery">Who sent what, and how.</param>
    /// <param name="items">What it reports.</param>
    /// <param name="cancellationToken">Undoes everything when it comes before the end.</param>
    /// <returns>What to answer.</returns>
    public async Task<Taken> TakeAsync(
        Delivery delivery, IReadOnlyList<ReportedItem> items, CancellationToken cancellationToken)
    {
        var secrets = ReportedSecrets.In(items, format);
        var tables = new LeakTables(db);
        var now = time.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var issued = await tables.FindIssuedAsync(secrets.Hashes, delivery.OrganizationId, now, cancellationToken);
        var matched = secrets.CountIn(issued);
        var reportId = Id<LeakReport>.New(now);
        var isNew = await tables.RememberAsync(reportId, delivery, items.Count, matched, now, cancellationToken);
        if (!isNew && delivery.IsShown && issued.Values.Any(credential => credential.IsLive))
        {
            // Whoever shows a secret again wants it to end, and what stood in the way may be gone: the last API key was spared.
            reportId = await tables.ReportOfAsync(delivery, cancellationToken);
        }
        else if (!isNew)
        {
            logger.LogInformation(
                "A report by {Reporter} came again: {Items} items, {Matched} of ours",
                delivery.Channel, items.Count, matched);
            return Answer(secrets, issued, matched, raised: 0);
        }

        if (isNew)
        {
            await tables.NoteUnmatchedAsync(secrets.UnmatchedIn(issued), delivery.Channel, now, cancellationToken);
        }

        var sightings = secrets.SightingsOf(issued, delivery.IsPublic);
        var effect = sightings.Count == 0
            ? LeakEffect.None
            : await RecordAsync(tables, delivery, sightings, reportId, now, cancellationToken);
        await db.CommitAsync(
            transaction,
            effect.Revoked.Select(key => key.Hash).OfType<SecretHash>(),
            effect.Revoked.Select(key => key.AppId).OfType<Guid>(),
            effect.Emails.Count > 0,
            cancellationToken);
        logger.LogInformation(
            "Report {Report} by {Reporter}: {Items} items, {Matched} of ours, {Raised} alerts, {Revoked} revoked, "
                + "{Emails} emails",
            reportId, delivery.Channel, items.Count, matched, effect.Raised, effect.Revoked.Count, effect.Emails.Count);
        return Answer(secrets, issued, matched, effect.Raised);
    }

    private static Taken Answer(
        ReportedSecrets secrets, IReadOnlyDictionary<SecretHash, IssuedCredential> issued, int matched, int raised) =>
        new(secrets.FeedbackGiven(issued), matched, raised)
        {
            IsLive = issued.Values.Any(credential => credential.IsLive),
            IsOver = issued.Values.Any(credential => !credential.IsLive && credential.Kind != "client_token"),
        };

    private async Task<LeakEffect> RecordAsync(
        LeakTables tables,
        Delivery delivery,
        IReadOnlyList<Sighting> sightings,
        Id<LeakReport> reportId,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var credentials = sightings.Select(sighting => sighting.Credential).Distinct().ToList();
        var rules = await tables.RulesOfAsync(
            credentials.Select(credential => credential.OrganizationId).Distinct(), cancellationToken);
        var plans = credentials.ToDictionary(
            credential => credential.Id,
            credential => LeakPlan.For(credential, rules[credential.OrganizationId], delivery, now));

        // From here on a key that is active stays so until we commit, and whoever revokes it then finds the alert:
        // nobody is told of a leak that was already closed, and no closing goes untold. Who revokes keeps others out.
        var revokes = plans.Values.Any(plan => plan.RevokesNow);
        await tables.HoldActionsAsync(rules.Keys, revokes, cancellationToken);
        var raised = await tables.RaiseAsync([.. plans.Values], reportId, delivery.IsPublic, now, cancellationToken);
        var newPlaces = await tables.SeeAsync(sightings, reportId, now, cancellationToken);
        var again = await tables.SeeAgainAsync(
            newPlaces.ExceptBy(raised.Select(alert => alert.AlertId), place => place.AlertId),
            [.. plans.Values],
            rules,
            reportId,
            now,
            cancellationToken);
        var stirred = raised.Where(alert => alert.IsActive).Concat(again).ToList();
        var stirredIds = stirred.Select(alert => alert.CredentialId).ToHashSet();

        // Whoever shows a secret wants it to end, however long ago its alert was raised; a rule acts when there is news.
        var toRevoke = plans.Values
            .Where(plan => plan.RevokesNow && (delivery.IsShown || stirredIds.Contains(plan.Credential.Id)))
            .Select(plan => plan.Credential.Id)
            .ToList();
        var (revoked, refused) = toRevoke.Count == 0
            ? ([], [])
            : await new LeakRevocation(db).RevokeAsync(toRevoke, reportId, now, cancellationToken);
        var emails = await LeakEmails.OfReportAsync(
            db, reportId, [.. raised.Where(alert => alert.IsActive)], again, revoked, refused, now, cancellationToken);
        await tables.WriteAsync(emails, cancellationToken);
        return new LeakEffect(stirred.Count, revoked, emails);
    }

    private sealed record LeakEffect(int Raised, IReadOnlyList<Revoked> Revoked, IReadOnlyList<Email> Emails)
    {
        public static readonly LeakEffect None = new(0, [], []);
    }
}
