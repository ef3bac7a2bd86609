using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>When an incident was detected, told, seen, revoked, replaced and reviewed, and how long each took.</summary>
public sealed class AlertClock
{
    /// <summary>One hand of the clock.</summary>
    /// <param name="Name">What happened.</param>
    /// <param name="At">When; null while it did not.</param>
    /// <param name="By">Who or what did it.</param>
    /// <param name="After">How long after the report.</param>
    public sealed record Hand(string Name, DateTimeOffset? At, string? By, string? After);

    /// <summary>Reads the clock.</summary>
    /// <param name="alert">The alert, with its history.</param>
    /// <param name="source">Who reported it.</param>
    /// <param name="emails">What was written about it.</param>
    /// <param name="nameOf">What to call somebody.</param>
    public AlertClock(Alert alert, string? source, IReadOnlyList<Email> emails, Func<Id<User>?, string?> nameOf)
    {
        var told = emails
            .Where(email => email.Kind is EmailKind.LeakFound or EmailKind.TokenReplayed && email.SentAt is not null)
            .MinBy(email => email.SentAt);
        var (made, reviewed) = (TickOf(3), TickOf(5));
        var key = alert.Credential;
        Hands =
        [
            new("Detected", alert.RaisedAt, source, null),
            HandAt("Told", told?.SentAt, told?.Recipient),
            HandAt("Seen", alert.SeenAt, nameOf(alert.SeenBy)),
            HandAt("Revoked", key.RevokedAt, key.IsActive ? null : key.EndedBy(nameOf(key.RevokedBy))),
            HandAt("Replaced", key.RotatedAt ?? made?.At, key.RotatedAt is null ? nameOf(made?.By) : "a rotation"),
            HandAt("Reviewed", reviewed?.At, nameOf(reviewed?.By)),
        ];

        AlertEvent? TickOf(int step) => !alert.IsDone(step) ? null : alert.Events
            .Where(happened => happened.Kind == AlertEventKind.StepDone && happened.Step == step)
            .MaxBy(happened => happened.Number);

        Hand HandAt(string name, DateTimeOffset? at, string? by) => new(name, at, by, at is null ? null
            : at < alert.RaisedAt ? "before the report"
            : $"{Moment.Lasting(at.Value - alert.RaisedAt) ?? "less than a minute"} after");
    }

    /// <summary>The hands, in the order in which they should move.</summary>
    public IReadOnlyList<Hand> Hands { get; }
}
