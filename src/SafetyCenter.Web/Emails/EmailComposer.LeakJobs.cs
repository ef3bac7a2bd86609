using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Emails;

// The words about what time makes of alerts.
public sealed partial class EmailComposer
{
    private async Task<(string, EmailText)?> LeakOverdueAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        if (await OpenAlertAsync(email, cancellationToken) is not { DueAt: { } due } alert)
        {
            return null;
        }

        var assignee = await db.People.IgnoreQueryFilters(Filter).AsNoTracking()
            .SingleOrDefaultAsync(user => user.Id == alert.AssigneeId, cancellationToken);
        var what = What(alert);
        return ($"{what} leaked and is overdue", new EmailText()
            .Heading($"{what} leaked and is overdue")
            .Say($"It was to be dealt with by {Moment.Exact(due)}, and it still opens everything that it opened before. "
                + $"We write to both security contacts and to all admins of {organization.Name}, daily, three times.")
            .Facts(
            [
                .. FactsOf(alert),
                ("Taken on by", assignee?.DisplayName ?? "nobody"),
            ])
            .Link("Look at it and revoke it", LinkTo(organization, $"alerts/{alert.Id}")));
    }

    private async Task<(string, EmailText)?> LeakWokenAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        if (await OpenAlertAsync(email, cancellationToken) is not { } alert)
        {
            return null;
        }

        var what = What(alert);
        return ($"{what}: the alert is open again", new EmailText()
            .Heading($"{what}: the alert is open again")
            .Say("It was put off, and the time for which it was is over. The leaked secret still opens everything that it "
                + "opened before.")
            .Facts(FactsOf(alert))
            .Link("Look at it", LinkTo(organization, $"alerts/{alert.Id}")));
    }

    private async Task<(string, EmailText)?> RevocationRefusedAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        if (await OpenAlertAsync(email, cancellationToken) is not { } alert)
        {
            return null;
        }

        var what = What(alert);
        return ($"{what} leaked and could not be revoked by itself", new EmailText()
            .Heading($"{what} leaked and could not be revoked by itself")
            .Say("Your rules say so, but it is the last API key without an end, and an organization needs one.")
            .Facts(FactsOf(alert))
            .Say("What to do:")
            .Steps("Create a new API key.", "Give it to whoever uses this one.", "Revoke this one from its alert.")
            .Link("Look at it", LinkTo(organization, $"alerts/{alert.Id}")));
    }

    private async Task<(string, EmailText)?> MoreLeaksAsync(Organization organization, CancellationToken cancellationToken)
    {
        var open = await db.Alerts.IgnoreQueryFilters(Filter).OfLeaks().Open()
            .CountAsync(alert => alert.OrganizationId == organization.Id, cancellationToken);
        return ("There is more to tell of leaks", new EmailText()
            .Heading("There is more to tell of leaks")
            .Say($"You have had {LeakEmailCap.PerHour} emails about leaks of {organization.Name} within an hour. To keep them "
                + "readable, we write no more of them for a while: look at the list instead.")
            .Facts(("Unresolved alerts", open.ToString("N0", CultureInfo.InvariantCulture)))
            .Link("All of them", LinkTo(organization, "alerts")));
    }

    private async Task<(string, EmailText)?> MorePlacesAsync(
        Email email, Organization organization, CancellationToken cancellationToken)
    {
        var day = DateOnly.ParseExact(email.Details!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        var rows = await db.UntoldPlacesOf(day)
            .Where(row => row.Alert.OrganizationId == organization.Id)
            .OrderBy(row => row.Alert.Id).ThenBy(row => row.Occurrence.FirstSeenAt)
            .Select(row => new
            {
                row.Alert.Id, row.Alert.Credential.Name, row.Alert.Credential.Last4, Place = row.Occurrence,
            })
            .Take((ListedMax * ListedMax) + 1)
            .ToListAsync(cancellationToken);
        var alerts = rows.GroupBy(row => row.Id).ToList();
        if (alerts.Count == 0)
        {
            return null;
        }

        var text = new EmailText()
            .Heading("Leaked keys were seen at more places")
            .Say($"These keys of {organization.Name} leaked before and are still active. On {email.Details} we were told of "
                + "more places:");
        foreach (var places in alerts.Take(ListedMax))
        {
            text.Facts(
                [
                    ("Key", $"{places.First().Name} (ends in {places.First().Last4})"),
                    .. PlacesOf([.. places.Select(row => row.Place)]),
                ])
                .Link("Look at it", LinkTo(organization, $"alerts/{places.Key}"));
        }

        if (alerts.Count > ListedMax)
        {
            text.Link("All of them", LinkTo(organization, "alerts"));
        }

        return ("Leaked keys were seen at more places", text);
    }

    // Null once there is nothing left to say: it was resolved before the email went out.
    private async Task<Alert?> OpenAlertAsync(Email email, CancellationToken cancellationToken)
    {
        var id = new Id<Alert>(email.SubjectId);
        var alert = await db.Alerts.IgnoreQueryFilters(Filter).AsNoTracking().Include(alert => alert.Credential)
            .SingleOrDefaultAsync(alert => alert.Id == id, cancellationToken);
        return alert is { IsOpen: true } ? alert : null;
    }

    private static string What(Alert alert) => $"{alert.KindName} “{alert.Credential.Name}”";

    private static IEnumerable<(string, string)> FactsOf(Alert alert) =>
    [
        Named(alert.Credential),
        ("Severity", $"{alert.Severity}"),
        ("Reported", Moment.Exact(alert.RaisedAt)),
        ("Last used", alert.Credential.LastUsedAt is { } used ? Moment.Exact(used) : "never"),
    ];
}
