using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Alerts;

/// <summary>What happened to an alert.</summary>
public enum AlertEventKind
{
    /// <summary>The first report.</summary>
    Raised,

    /// <summary>The rules of the organization will revoke the credential at <see cref="AlertEvent.Until"/>.</summary>
    RevocationPlanned,

    /// <summary>An admin objected to that.</summary>
    Held,

    /// <summary>An admin looked at it for the first time.</summary>
    Seen,

    /// <summary>Somebody took it on.</summary>
    Acknowledged,

    /// <summary>It was given to <see cref="AlertEvent.Assignee"/>.</summary>
    Assigned,

    /// <summary>Nobody has it any more.</summary>
    Released,

    /// <summary>It was put off until <see cref="AlertEvent.Until"/>.</summary>
    Snoozed,

    /// <summary>That time is over.</summary>
    Woken,

    /// <summary>Somebody said, in <see cref="AlertEvent.Resolution"/>, why nothing need be done.</summary>
    Dismissed,

    /// <summary>An admin took that back.</summary>
    Reopened,

    /// <summary>It was seen at a new place after it had been dismissed or put off.</summary>
    SeenAgain,

    /// <summary>It was seen at a public place for the first time.</summary>
    BecamePublic,

    /// <summary>It was not resolved in time, and more people were told.</summary>
    Overdue,

    /// <summary>The rules of the organization could not revoke the credential; the text says why.</summary>
    RevocationRefused,

    /// <summary>Somebody wrote something down.</summary>
    Commented,

    /// <summary>Somebody ticked a step, by its number in <see cref="AlertEvent.Step"/>.</summary>
    StepDone,

    /// <summary>Somebody took that back.</summary>
    StepUndone,
}

/// <summary>
/// One line of the history of an alert. Rows can be added and nothing else. That the credential ended is not among them: the
/// credential itself says so.
/// </summary>
public sealed class AlertEvent
{
    /// <summary>The longest comment, in characters.</summary>
    public const int TextLengthMax = 4000;

    internal AlertEvent(Alert alert, AlertEventKind kind, Id<User>? by, DateTimeOffset now)
    {
        Id = Id<AlertEvent>.New(now);
        (OrganizationId, AlertId, Kind, By, At) = (alert.OrganizationId, alert.Id, kind, by, now);
    }

    // For EF Core.
    private AlertEvent()
    {
    }

    /// <summary>Its id.</summary>
    public Id<AlertEvent> Id { get; private set; }

    /// <summary>Counts up in the order in which things happened; given by the database.</summary>
    public long Number { get; private set; }

    /// <summary>The organization whose alert it is.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The alert.</summary>
    public Id<Alert> AlertId { get; private set; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>What happened.</summary>
    public AlertEventKind Kind { get; private set; }

    /// <summary>Who did it; null for SafetyCenter itself.</summary>
    public Id<User>? By { get; private set; }

    /// <summary>To whom it was given.</summary>
    public Id<User>? Assignee { get; internal set; }

    /// <summary>Until when.</summary>
    public DateTimeOffset? Until { get; internal set; }

    /// <summary>As what it was dismissed.</summary>
    public Resolution? Resolution { get; internal set; }

    /// <summary>Which step, from 1.</summary>
    public int? Step { get; internal set; }

    /// <summary>What somebody wrote.</summary>
    public string? Text { get; internal set; }

    /// <summary>The report that did it.</summary>
    public Id<LeakReport>? ReportId { get; private set; }
}
