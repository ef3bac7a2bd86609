using Microsoft.EntityFrameworkCore;
using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Data;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Pages.Safety;

// What the page reads: the same few statements for a long incident as for a short one.
public sealed partial class AlertModel
{
    private const int PlacesMax = 100;
    private const int CallersMax = 100;
    private const int CallerDays = 7;

    private static readonly (string One, string Many, string Query)[] ToReview =
    [
        ("user added", "users added", "@asset.type:user @action:created"),
        ("change of the roles of users", "changes of the roles of users", "@event:roles_changed"),
        ("change of roles", "changes of roles", "@asset.type:role"),
        (
            "key or token made",
            "keys and tokens made",
            $"@action:created @asset.type:({string.Join(" OR ", AuditNames.Credentials)})"),
    ];

    private Dictionary<Id<User>, string> _names = [];
    private string? _ownerAddress;

    private DateTimeOffset KnownUntil => Alert.IsReplay ? Alert.RaisedAt.AddDays(-CallerDays) : Alert.RaisedAt;

    private Task<Alert?> FindAsync(CancellationToken cancellationToken) => Db.Alerts.AsNoTracking()
        .Include(alert => alert.Credential)
        .Include(alert => alert.Events.OrderByDescending(happened => happened.Number).Take(AlertHistory.EventsMax))
        .SingleOrDefaultAsync(alert => alert.Id == Id, cancellationToken);

    // The first look of an admin stops one hand of the clock. Whoever comes at the same time waits, and is second.
    private async Task<Alert> SeeAsync(CancellationToken cancellationToken)
    {
        await Db.LockedAsync(
            Actor.OrganizationId,
            async _ =>
            {
                var alert = await Db.Alerts.Include(alert => alert.Credential)
                    .SingleAsync(alert => alert.Id == Id, cancellationToken);
                return alert.See(Actor.UserId, Now);
            },
            cancellationToken);
        Db.ChangeTracker.Clear();
        return (await FindAsync(cancellationToken))!;
    }

    private async Task LoadPlacesAsync(CancellationToken cancellationToken)
    {
        var places = await Db.Occurrences.AsNoTracking()
            .Where(occurrence => occurrence.AlertId == Id)
            .OrderBy(occurrence => occurrence.FirstSeenAt).ThenBy(occurrence => occurrence.Id)
            .Take(PlacesMax + 1)
            .Select(occurrence => new Place(
                occurrence,
                Db.LeakReports.Where(report => report.Id == occurrence.ReportId)
                    .Select(report => report.SourceName)
                    .FirstOrDefault()))
            .ToListAsync(cancellationToken);
        HasMorePlaces = places.Count > PlacesMax;
        Places = places[..Math.Min(places.Count, PlacesMax)];
    }

    private async Task LoadReviewsAsync(CancellationToken cancellationToken)
    {
        // From the beginning of the day, as the audit trail does that is linked beside the numbers.
        var since = new DateTimeOffset(Alert.RaisedAt.UtcDateTime.Date, TimeSpan.Zero);
        IQueryable<AuditEvent>[] found =
            [.. ToReview.Select(review => Db.AuditEvents.Matching(AuditQuery.Parse(review.Query)))];
        var (users, assignments, roles, keys) = (found[0], found[1], found[2], found[3]);
        var counts = await Db.Organizations.AsNoTracking()
            .Where(organization => organization.Id == Actor.OrganizationId)
            .Select(organization => new[]
            {
                users.Count(row => row.OrganizationId == organization.Id && row.At >= since),
                assignments.Count(row => row.OrganizationId == organization.Id && row.At >= since),
                roles.Count(row => row.OrganizationId == organization.Id && row.At >= since),
                keys.Count(row => row.OrganizationId == organization.Id && row.At >= since),
            })
            .SingleAsync(cancellationToken);
        Reviews = [.. ToReview.Zip(counts, (review, count) => new Review(review.One, review.Many, count, review.Query))];
    }

    private async Task LoadUsageAsync(CancellationToken cancellationToken)
    {
        var raisedAt = Alert.RaisedAt;
        var knownUntil = KnownUntil;
        var lately = DateOnly.FromDateTime((Alert.IsReplay ? raisedAt : Now).UtcDateTime.AddDays(-CallerDays));
        var usage = Db.Usage.AsNoTracking().Where(usage => usage.CredentialId == Alert.CredentialId);
        Callers = await usage
            .GroupBy(usage => new { usage.Address, usage.Client })
            .Select(caller => new
            {
                caller.Key.Address,
                caller.Key.Client,
                Lately = caller.Where(usage => usage.Day >= lately).Sum(usage => usage.Calls),
                Since = caller.Where(usage => usage.LastAt >= raisedAt).Sum(usage => usage.Calls),
                FirstAt = caller.Min(usage => usage.FirstAt),
                LastAt = caller.Max(usage => usage.LastAt),
            })
            .Where(caller => caller.Lately > 0 || caller.Since > 0)
            .OrderByDescending(caller => caller.FirstAt >= knownUntil).ThenByDescending(caller => caller.Lately)
            .ThenBy(caller => caller.Address).ThenBy(caller => caller.Client)
            .Take(CallersMax)
            .Select(caller => new Caller(
                caller.Address, caller.Client, caller.Lately, caller.Since, caller.FirstAt, caller.LastAt))
            .ToListAsync(cancellationToken);

        // A row that spans the report tells its first and its last call; the first is certainly before it.
        var days = await usage
            .GroupBy(usage => usage.Day)
            .Select(day => new
            {
                Day = day.Key,
                Calls = day.Sum(usage => usage.Calls),
                Before = day.Max(usage => usage.FirstAt >= raisedAt ? (DateTimeOffset?)null
                    : usage.LastAt < raisedAt ? usage.LastAt : usage.FirstAt),
            })
            .OrderBy(day => day.Day)
            .ToListAsync(cancellationToken);
        UsedBefore = days.Max(day => day.Before);
        var window = DateOnly.FromDateTime(Now.UtcDateTime).AddDays(1 - BlastRadius.WindowDays);
        BlastRadius = BlastRadius.Of(
            [.. days.Where(day => day.Day >= window).Select(day => new DayOfUse(day.Day, day.Calls))],
            Alert.Credential.LastUsedAt,
            Alert.Credential.TrackedSince,
            Now);
        UsedAfter = Alert.Credential.LastUsedAt >= raisedAt ? Alert.Credential.LastUsedAt : null;
    }

    private async Task LoadNamesAsync(CancellationToken cancellationToken)
    {
        var owner = (Alert.Credential as OwnedCredential)?.OwnerId ?? Alert.Credential.CreatedBy;
        Id<User>?[] ids =
        [
            owner, Alert.Credential.RevokedBy, Alert.AcknowledgedBy, Alert.AssigneeId, Alert.SeenBy, Alert.DismissedBy,
            .. Alert.Events.Select(happened => happened.By), .. Alert.Events.Select(happened => happened.Assignee),
        ];
        var wanted = ids.OfType<Id<User>>().Distinct().ToArray();
        var admins = Db.People.Admins().Select(admin => admin.Id);
        var people = await Db.People.AsNoTracking()
            .Where(user => wanted.Contains(user.Id) || admins.Contains(user.Id))
            .OrderBy(user => user.Email)
            .Select(user => new { User = user, IsAdmin = admins.Contains(user.Id) })
            .ToListAsync(cancellationToken);
        _names = people.ToDictionary(person => person.User.Id, person => person.User.DisplayName);
        _ownerAddress = people.Find(person => person.User.Id == owner)?.User.Email;
        Owner = NameOf(owner);
        Admins =
        [
            .. people.Where(person => person.IsAdmin).Select(person => new Candidate(
                person.User.Id,
                person.User.Name is { } name ? $"{name} ({person.User.Email})" : person.User.Email)),
        ];
    }

    private async Task LoadHistoryAsync(CancellationToken cancellationToken)
    {
        var reports = Alert.Events.Select(happened => happened.ReportId).Append(Alert.RaisedByReportId)
            .OfType<Id<LeakReport>>().Distinct()
            .ToDictionary(report => report.Value);
        Guid[] subjects = [Alert.Id.Value, .. reports.Keys];
        var emails = await Db.Emails.AsNoTracking()
            .Where(email => subjects.Contains(email.SubjectId))
            .Where(email => email.Kind != EmailKind.OwnKeyLeaked || email.Recipient == _ownerAddress)
            .OrderByDescending(email => email.CreatedAt).ThenBy(email => email.Recipient)
            .Take(AlertHistory.EmailsMax)
            .ToListAsync(cancellationToken);
        Clock = new AlertClock(Alert, Places is [var first, ..] ? first.SourceName : null, emails, NameOf);
        History = new AlertHistory(Alert, Places, emails, NameOf);
    }
}
