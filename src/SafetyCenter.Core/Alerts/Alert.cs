using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Alerts;

/// <summary>
/// A credential was seen where it must not be. There is one alert per credential, however often and wherever it is
/// seen. It is unresolved for as long as the credential is active and nobody dismissed it: revoking, by whatever path, resolves
/// it. What was found to have a copy, and ended with that, is open until somebody says that they have seen it.
/// </summary>
public sealed partial class Alert
{
    private readonly List<AlertEvent> _events = [];

    // For EF Core, and for the report that inserts many at once.
    private Alert() => Credential = null!;

    /// <summary>
    /// A code or a token of an app's grant was used twice: somebody has a copy. The grant has ended with that.
    /// </summary>
    /// <param name="grant">The grant.</param>
    /// <param name="now">The present.</param>
    public static Alert OfReplay(Credential grant, DateTimeOffset now)
    {
        var alert = new Alert
        {
            Id = Id<Alert>.New(now),
            OrganizationId = grant.OrganizationId,
            CredentialId = grant.Id,
            Credential = grant,
            RaisedAt = now,
            Severity = Severity.Critical,
        };
        alert.Add(AlertEventKind.Raised, null, now);
        return alert;
    }

    /// <summary>Its id.</summary>
    public Id<Alert> Id { get; private set; }

    /// <summary>The organization whose credential it is.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>What was seen.</summary>
    public Id<Credential> CredentialId { get; private set; }

    /// <summary>What was seen.</summary>
    public Credential Credential { get; private set; }

    /// <summary>When we were first told.</summary>
    public DateTimeOffset RaisedAt { get; private set; }

    /// <summary>The report that told us first; null when we noticed it ourselves.</summary>
    public Id<LeakReport>? RaisedByReportId { get; private set; }

    /// <summary>How bad it is; never gets less.</summary>
    public Severity Severity { get; private set; }

    /// <summary>Until when it is to be resolved; null when there was nothing left to do.</summary>
    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>Whether it was seen at a place that anybody can read.</summary>
    public bool IsPublic { get; private set; }

    /// <summary>When an admin first looked at it.</summary>
    public DateTimeOffset? SeenAt { get; private set; }

    /// <summary>Who.</summary>
    public Id<User>? SeenBy { get; private set; }

    /// <summary>When somebody said that they are looking at it.</summary>
    public DateTimeOffset? AcknowledgedAt { get; private set; }

    /// <summary>Who.</summary>
    public Id<User>? AcknowledgedBy { get; private set; }

    /// <summary>Who has it.</summary>
    public Id<User>? AssigneeId { get; private set; }

    /// <summary>Until when it is put off.</summary>
    public DateTimeOffset? SnoozedUntil { get; private set; }

    /// <summary>When somebody said why nothing need be done.</summary>
    public DateTimeOffset? DismissedAt { get; private set; }

    /// <summary>Who.</summary>
    public Id<User>? DismissedBy { get; private set; }

    /// <summary>Why.</summary>
    public Resolution? DismissedAs { get; private set; }

    /// <summary>When the rules of the organization revoke the credential; null when they do not, or were overruled.</summary>
    public DateTimeOffset? RevokeAt { get; private set; }

    /// <summary>Which steps are ticked, as a bit each: the first step is 1, the second 2, the third 4.</summary>
    public int StepsDone { get; private set; }

    /// <summary>How often more people were told that it is overdue.</summary>
    public int OverdueTold { get; private set; }

    /// <summary>When they were last told.</summary>
    public DateTimeOffset? OverdueToldAt { get; private set; }

    /// <summary>What happened to it, as far as it was loaded.</summary>
    public IReadOnlyList<AlertEvent> Events => _events;

    /// <summary>Whether a code or a token of an app was used twice, which nobody reports: we notice it ourselves.</summary>
    public bool IsReplay => RaisedByReportId is null;

    /// <summary>Where it is in its life.</summary>
    public AlertState State => IsReplay ? (AcknowledgedAt is null ? AlertState.Open : AlertState.Resolved)
        : !Credential.IsActive || DismissedAt is not null ? AlertState.Resolved
        : SnoozedUntil is not null ? AlertState.Snoozed
        : AcknowledgedAt is not null ? AlertState.Acknowledged
        : AlertState.Open;

    /// <summary>How it was resolved; null while it is not.</summary>
    public Resolution? Resolution => IsReplay ? (AcknowledgedAt is null ? null : Alerts.Resolution.Seen)
        : Credential.IsActive ? DismissedAs
        : Resolutions.Of(Credential.RevokedBecause);

    /// <summary>When it was resolved; null while it is not.</summary>
    public DateTimeOffset? ResolvedAt => IsReplay ? AcknowledgedAt : Credential.RevokedAt ?? DismissedAt;

    /// <summary>Whether something must still be done.</summary>
    public bool IsOpen => State != AlertState.Resolved;

    /// <summary>Whether it should have been resolved by now.</summary>
    public bool IsOverdue(DateTimeOffset now) => State is AlertState.Open or AlertState.Acknowledged && DueAt <= now;

    /// <summary>The rule name that outside readers know it by.</summary>
    public string Rule => Credential switch
    {
        _ when IsReplay => "replayed-oauth-token",
        AccessToken => "leaked-access-token",
        ApplicationKey => "leaked-application-key",
        ApiKey => "leaked-api-key",
        OwnedCredential => "leaked-oauth-token",
        _ => "leaked-oauth-secret",
    };

    /// <summary>What people call its kind of credential.</summary>
    public string KindName => Credential.KindName;

    /// <summary>Whether a step is ticked, from 1. The first is done once the credential is revoked.</summary>
    public bool IsDone(int step) => (StepsDone & BitOf(step)) != 0 || (step == 1 && !Credential.IsActive);

    private static int BitOf(int step) => 1 << (step - 1);
}

/// <summary>Questions about alerts, as expressions that the database answers.</summary>
public static class AlertQueries
{
    /// <summary>
    /// Those about which something must still be done: the credential opens something and nobody dismissed it, or it is a
    /// replay that nobody has seen yet. Also what is put off.
    /// </summary>
    public static IQueryable<Alert> Open(this IQueryable<Alert> alerts) => alerts.Where(alert =>
        (alert.RaisedByReportId != null && alert.Credential.RevokedAt == null && alert.DismissedAt == null)
        || (alert.RaisedByReportId == null && alert.AcknowledgedAt == null));

    /// <summary>The others.</summary>
    public static IQueryable<Alert> Closed(this IQueryable<Alert> alerts) => alerts.Where(alert =>
        (alert.RaisedByReportId != null && (alert.Credential.RevokedAt != null || alert.DismissedAt != null))
        || (alert.RaisedByReportId == null && alert.AcknowledgedAt != null));

    /// <summary>
    /// Those of which something comes by the clock: a planned revocation, the end of the time for which they were put off, or
    /// that more people are told. What has been due for longer than a quarter of a year is not told of any more.
    /// </summary>
    public static IQueryable<Alert> DueToFollow(this IQueryable<Alert> alerts, DateTimeOffset now)
    {
        var (yesterday, longAgo) = (now.AddDays(-1), now.AddDays(-90));
        return alerts.OfLeaks().Open().Where(alert =>
            alert.RevokeAt <= now
            || alert.SnoozedUntil <= now
            || (alert.DueAt <= now && alert.DueAt > longAgo && alert.OverdueTold < Alert.OverdueToldMax
                && alert.SnoozedUntil == null
                && (alert.OverdueToldAt == null || alert.OverdueToldAt <= yesterday)));
    }

    /// <summary>Those of credentials that were seen where they must not be.</summary>
    public static IQueryable<Alert> OfLeaks(this IQueryable<Alert> alerts) =>
        alerts.Where(alert => alert.RaisedByReportId != null);
}
