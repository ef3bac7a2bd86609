using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Credentials;
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
        var reported = db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking()
            .Include(alert => alert.Credential)
            .Where(alert => alert.OrganizationId == organization.Id && (email.Kind == EmailKind.LeakAgain
                ? alert.Events.Any(happened =>
                    happened.ReportId == reportId && happened.Kind != AlertEventKind.Raised)
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

        var listed = alerts.Take(ListedMax).ToList();
        var ids = listed.Select(alert => alert.Id).ToArray();
        var places = (await db.Occurrences.IgnoreQueryFilters(Filter).AsNoTracking()
            .Where(occurrence => ids.Contains(occurrence.AlertId))
            .OrderBy(occurrence => occurrence.FirstSeenAt)
            .Select(occurrence => new { occurrence.AlertId, occurrence.Place })
            .Take(ListedMax * ListedMax)
            .ToListAsync(cancellationToken)).ToLookup(row => row.AlertId, row => row.Place);

        var first = alerts[0];
        var isOne = alerts.Count == 1;
        var what = isOne ? $"{first.KindName} “{first.Credential.Name}”" : $"{Count(alerts.Count)} keys";
        var text = new EmailText()
            .Heading(isOne ? $"{what} was found in public" : $"{what} were found in public")
            .Say($"GitHub reported it to the Safety Center of {organization.Name}. Whoever reads the place can use it "
                + "until it is revoked. Deleting the file does not help: somebody may have copied it already.");
        foreach (var alert in listed)
        {
            text.Facts(
            [
                ("Key", $"{alert.Credential.Name} ({alert.KindName}, ends in {alert.Credential.Last4})"),
                ("State", alert.Credential.RevokedAt is { } revoked
                    ? $"already revoked at {Moment.Exact(revoked)}"
                    : "still active"),
                ("Last used", alert.Credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"),
                .. PlacesOf(places[alert.Id]),
            ]);
            if (!isForOwner)
            {
                text.Link("Look at it and revoke it", LinkTo(organization, $"alerts/{alert.Id}"));
            }
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
        return (isOne ? $"{what} was found in public" : $"{what} were found in public", text);
    }

    private IQueryable<Alert> OwnedBy(IQueryable<Alert> alerts, string email) => alerts.Where(
        alert => db.Set<OwnedCredential>().IgnoreQueryFilters(Filter).Any(key =>
            key.Id == alert.CredentialId
            && db.People.IgnoreQueryFilters(Filter).Any(owner => owner.Id == key.OwnerId && owner.Email == email)));

    private async Task<(string, EmailText)?> LeakClosedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var alertId = new Id<Alert>(email.SubjectId);
        var alert = await db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking().Include(alert => alert.Credential)
            .SingleOrDefaultAsync(alert => alert.Id == alertId, cancellationToken);
        if (alert is not { Credential.RevokedAt: { } revokedAt })
        {
            return null;
        }

        var by = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == alert.Credential.RevokedBy, cancellationToken);
        var what = $"{alert.KindName} “{alert.Credential.Name}”";
        return ($"{what} was revoked", new EmailText()
            .Heading($"{what} was revoked")
            .Say($"The leaked key that ends in {alert.Credential.Last4} no longer opens anything.")
            .Facts(
                ("Revoked", Moment.Exact(revokedAt)),
                ("By", alert.Credential.EndedBy(by?.DisplayName)),
                ("Last used", alert.Credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"))
            .Say("Still to do: remove it from the place where it was found, update what used it, and review the account "
                + "for access nobody approved.")
            .Link("The alert", LinkTo(organization, $"alerts/{alert.Id}")));
    }

    private static IEnumerable<(string, string)> PlacesOf(IEnumerable<string> places)
    {
        var all = places.ToList();
        return all.Take(ListedMax)
            .Select(place => ("Found at", string.IsNullOrWhiteSpace(place) ? "(no address was given)" : place))
            .Concat(all.Count > ListedMax ? [("And", $"{all.Count - ListedMax} more places")] : []);
    }

    private static string Count(int count) => count > ListedMax ? $"More than {ListedMax}" : $"{count}";
}
