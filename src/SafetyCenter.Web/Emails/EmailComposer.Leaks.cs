using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Emails;

// The words about leaks.
public sealed partial class EmailComposer
{
    /// <summary>How many keys and places one email lists before it says how many more there are.</summary>
    private const int ListedMax = 20;

    private async Task<(string, EmailText)?> LeakFoundAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var reportId = new Id<LeakReport>(email.SubjectId);
        var isAgain = email.Kind == EmailKind.LeakAgain;
        var reported = db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking()
            .Include(alert => alert.Credential)
            .Include(alert => alert.Events.Where(happened => happened.ReportId == reportId))
            .Where(alert => alert.OrganizationId == organization.Id && (isAgain
                ? alert.Events.Any(happened => happened.ReportId == reportId
                    && (happened.Kind == AlertEventKind.SeenAgain || happened.Kind == AlertEventKind.BecamePublic))
                : alert.RaisedByReportId == reportId));

        // The owner of a key is no admin: they read of their own keys alone, and cannot open the alert.
        var isForOwner = email.Kind == EmailKind.OwnKeyLeaked;
        var alerts = await (isForOwner ? OwnedBy(reported, email.Recipient) : reported)
            .OrderBy(alert => alert.Id)
            .Take(ListedMax + 1)
            .ToListAsync(cancellationToken);
        if (alerts.Count == 0)
        {
            return null;
        }

        var report = await db.LeakReports.AsNoTracking()
            .SingleOrDefaultAsync(report => report.Id == reportId, cancellationToken);
        var listed = alerts.Take(ListedMax).ToList();
        var ids = listed.Select(alert => alert.Id).ToArray();
        var places = (await db.Occurrences.IgnoreQueryFilters(Filter).AsNoTracking()
            .Where(occurrence => ids.Contains(occurrence.AlertId))
            .Where(occurrence => !isAgain || occurrence.ReportId == reportId)
            .OrderBy(occurrence => occurrence.FirstSeenAt).ThenBy(occurrence => occurrence.Id)
            .Take(ListedMax * ListedMax)
            .ToListAsync(cancellationToken)).ToLookup(occurrence => occurrence.AlertId);

        var first = alerts[0];
        var what = alerts.Count == 1
            ? $"{first.KindName} “{first.Credential.Name}” was"
            : $"{Count(alerts.Count)} keys were";
        var subject = isAgain ? $"{what} seen again"
            : alerts.TrueForAll(alert => alert.IsPublic) ? $"{what} found in public"
            : $"{what} found in the wrong place";
        var text = new EmailText()
            .About(ids.Select(id => id.Value))
            .Heading(subject)
            .Say($"{WhoReported(report, organization)} Whoever reads the place can use a key until it is revoked. Deleting the "
                + "file does not help: somebody may have copied it already.");
        foreach (var alert in listed)
        {
            AddLeak(text, alert, places[alert.Id], organization, isForOwner);
        }

        if (isForOwner)
        {
            text.Say("This is your key. The admins have been told, too: ask one of them to revoke it.");
        }
        else if (alerts.Count > ListedMax)
        {
            text.Link("All of them", LinkTo(organization, "alerts"));
        }

        text.Say("What to do:").Steps(LeakSteps.All.Select(step => step.Words))
            .Say("If something breaks because of a revoked key, make a new key and give it to that service.");
        return (subject, text);
    }

    private void AddLeak(
        EmailText text, Alert alert, IEnumerable<Occurrence> places, Organization organization, bool isForOwner)
    {
        var key = alert.Credential;
        text.Facts(
        [
            ("Key", $"{key.Name} ({alert.KindName}{(key.Last4.Length > 0 ? $", ends in {key.Last4}" : null)})"),
            .. WhatHappened(alert),
            ("State", key.RevokedAt is not { } revoked ? "still active"
                : key is { RevokedBy: null, RevokedBecause: RevocationReason.Leaked }
                    ? $"already revoked at {Moment.Exact(revoked)}, by the rules of {organization.Name}"
                    : $"already revoked at {Moment.Exact(revoked)}"),
            .. Planned(alert),
            ("Last used", key.LastUsedAt is { } used ? Moment.Exact(used) : "never"),
            .. PlacesOf([.. places]),
        ]);
        if (isForOwner)
        {
            return;
        }

        text.Link(key.IsActive ? "Look at it and revoke it" : "Look at it", LinkTo(organization, $"alerts/{alert.Id}"));
        if (alert.RevokeAt is not null && key is { IsActive: true, ReplacedBy: null }
            && ResponseTo(key, organization.LeakRules).Action == LeakAction.Rotate)
        {
            text.Link("Make its replacement", key is ApiKey
                ? installation.LinkTo($"/o/{organization.Slug}/organization-settings/api-keys")
                : $"{LinkTo(organization, key)}/rotate");
        }
    }

    private static IEnumerable<(string, string)> WhatHappened(Alert alert)
    {
        foreach (var happened in alert.Events.OrderBy(happened => happened.Number))
        {
            switch (happened.Kind)
            {
                case AlertEventKind.SeenAgain:
                    yield return (
                        "What happened", "it was dismissed or put off before, and was seen at a new place: it is open again");
                    break;
                case AlertEventKind.BecamePublic:
                    yield return ("What happened", "it was known from places that are not public, and is in public now");
                    break;
                case AlertEventKind.RevocationRefused when alert.Credential.IsActive:
                    yield return ("The rules", $"could not revoke it. {happened.Text}");
                    break;
            }
        }
    }

    private static IEnumerable<(string, string)> Planned(Alert alert)
    {
        if (!alert.IsOpen)
        {
            yield break;
        }

        if (alert.RevokeAt is { } planned)
        {
            yield return ("The rules", $"will revoke it at {Moment.Exact(planned)} unless an admin objects");
        }

        if (alert.DueAt is { } due)
        {
            yield return ("Severity", $"{alert.Severity}, due at {Moment.Exact(due)}");
        }
    }

    private static string WhoReported(LeakReport? report, Organization organization)
    {
        var source = report?.SourceName is { Length: > 0 } name ? name : "A reporter";
        var us = $"the Safety Center of {organization.Name}";
        return report?.Channel switch
        {
            LeakChannel.Shown => $"Somebody who holds it showed it to {us}, without an account.",
            LeakChannel.Scan => $"A scan by {source} found it, and told {us}.",
            LeakChannel.Import => $"It stands in a report of {source} that was imported into {us}.",
            LeakChannel.Repository => $"{char.ToUpperInvariant(us[0])}{us[1..]} found it in the watched repository {source}.",
            _ => $"{source} reported it to {us}.",
        };
    }

    private static LeakResponse ResponseTo(Credential key, LeakRules rules) => key switch
    {
        ApiKey => rules.ApiKeys,
        ApplicationKey => rules.ApplicationKeys,
        OAuthGrant or OAuthClientSecret => rules.OAuthApps,
        _ => rules.AccessTokens,
    };

    private IQueryable<Alert> OwnedBy(IQueryable<Alert> alerts, string email) => alerts.Where(
        alert => db.Set<OwnedCredential>().IgnoreQueryFilters(Filter).Any(key =>
            key.Id == alert.CredentialId
            && db.People.IgnoreQueryFilters(Filter).Any(owner => owner.Id == key.OwnerId && owner.Email == email)));

    private async Task<(string, EmailText)?> LeakClosedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var alert = await AlertOfAsync(email, cancellationToken);
        if (alert is not { Credential.RevokedAt: { } revokedAt })
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == alert.Credential.RevokedBy, cancellationToken);
        var what = $"{alert.KindName} “{alert.Credential.Name}”";
        return ($"{what} was revoked", new EmailText()
            .Heading($"{what} was revoked")
            .Say($"The leaked key{Ending(alert.Credential)} no longer opens anything.")
            .Facts(
                ("Revoked", Moment.Exact(revokedAt)),
                ("By", alert.Credential.EndedBy(by?.DisplayName)),
                ("Last used", alert.Credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"))
            .Say("Still to do: remove it from the place where it was found, update what used it, and review the account "
                + "for access nobody approved.")
            .Link("The alert", LinkTo(organization, $"alerts/{alert.Id}")));
    }

    private async Task<(string, EmailText)?> LeakDismissedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        // Opened again, or revoked, meanwhile: that is told, or stands in the alert.
        if (await AlertOfAsync(email, cancellationToken)
            is not { DismissedAt: { } at, DismissedAs: { } resolution, Credential.IsActive: true } alert)
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == alert.DismissedBy, cancellationToken);
        var comment = alert.Events.Where(happened => happened.Kind == AlertEventKind.Dismissed)
            .MaxBy(happened => happened.Number)?.Text;
        var subject = $"The alert of {alert.KindName} “{alert.Credential.Name}” was dismissed";
        return (subject, new EmailText()
            .Heading(subject)
            .Say($"The leaked key{Ending(alert.Credential)} is still active: whoever has a copy can use it.")
            .Facts(
                ("Dismissed", Moment.Exact(at)),
                ("By", by?.DisplayName ?? "somebody"),
                ("As", resolution.Words()),
                ("In their words", comment ?? ""),
                ("Last used", alert.Credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"))
            .Say("If that is not right, open the alert again, or revoke the key.")
            .Link("The alert", LinkTo(organization, $"alerts/{alert.Id}")));
    }

    private Task<Alert?> AlertOfAsync(Email email, CancellationToken cancellationToken)
    {
        var alertId = new Id<Alert>(email.SubjectId);
        return db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking()
            .Include(alert => alert.Credential)
            .Include(alert => alert.Events.Where(happened => happened.Kind == AlertEventKind.Dismissed))
            .SingleOrDefaultAsync(alert => alert.Id == alertId, cancellationToken);
    }

    private static string? Ending(Credential key) => key.Last4.Length > 0 ? $" that ends in {key.Last4}" : null;

    private static IEnumerable<(string, string)> PlacesOf(IReadOnlyList<Occurrence> places) => places.Take(ListedMax)
        .Select(place => (
            place.IsPublic ? "Found in public at" : "Found at",
            string.IsNullOrWhiteSpace(place.Place) ? "(no address was given)" : place.Place))
        .Concat(places.Count > ListedMax ? [("And", $"{places.Count - ListedMax} more places")] : []);

    private static string Count(int count) => count > ListedMax ? $"More than {ListedMax}" : $"{count}";
}
