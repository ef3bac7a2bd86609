using SafetyCenter.Core;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Emails;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>
/// What happened to an alert, in sentences, newest first: its history, and what other rows tell, such as that the credential was
/// revoked and which emails left.
/// </summary>
public sealed class AlertHistory
{
    /// <summary>How many lines of its own history are read.</summary>
    public const int EventsMax = 300;

    /// <summary>How many emails are read.</summary>
    public const int EmailsMax = 100;

    // What other rows tell happened with the last of the lines of that moment, or after it.
    private const long AfterAllElse = long.MaxValue;

    /// <summary>One line.</summary>
    /// <param name="At">When.</param>
    /// <param name="Words">What happened.</param>
    /// <param name="Comment">What somebody wrote.</param>
    /// <param name="Number">The order of what happened at once.</param>
    public sealed record Line(DateTimeOffset At, string Words, string? Comment, long Number);

    /// <summary>Writes it.</summary>
    /// <param name="alert">The alert, with its history.</param>
    /// <param name="places">Where it was seen, and who said so.</param>
    /// <param name="emails">What was written about it.</param>
    /// <param name="nameOf">What to call somebody.</param>
    public AlertHistory(
        Alert alert,
        IReadOnlyList<AlertModel.Place> places,
        IReadOnlyList<Email> emails,
        Func<Id<User>?, string?> nameOf)
    {
        var key = alert.Credential;
        IsCut = alert.Events.Count == EventsMax || emails.Count == EmailsMax;
        var lines = alert.Events.Select(happened => new Line(happened.At, Words(happened), happened.Text, happened.Number))
            .Concat(emails.Select(email =>
                new Line(email.SentAt ?? email.GivenUpAt ?? email.CreatedAt, WordsOf(email), null, AfterAllElse)))
            .ToList();
        if (key.RotatedAt is { } rotated)
        {
            lines.Add(new Line(rotated, "Its replacement was made.", null, AfterAllElse));
        }

        if (key.RevokedAt is { } revoked)
        {
            lines.Add(new Line(revoked, $"The key was ended by {key.EndedBy(nameOf(key.RevokedBy))}.", null, AfterAllElse));
        }

        Lines = [.. lines.OrderByDescending(line => line.At).ThenByDescending(line => line.Number)];

        string Words(AlertEvent happened)
        {
            var by = nameOf(happened.By) ?? "The Safety Center";
            return happened.Kind switch
            {
                AlertEventKind.Raised => alert.IsReplay ? "Noticed." : $"Reported by {SourceOf(happened)}.",
                AlertEventKind.RevocationPlanned => $"The rules revoke it at {Until(happened)} unless somebody objects.",
                AlertEventKind.Held => $"{by} objected: it is not revoked by itself.",
                AlertEventKind.Seen => $"{by} looked at it for the first time.",
                AlertEventKind.Acknowledged => alert.IsReplay ? $"{by} acknowledged it." : $"{by} took it on.",
                AlertEventKind.Assigned => $"{by} gave it to {nameOf(happened.Assignee)}.",
                AlertEventKind.Released => happened.By is null
                    ? "Whoever had it was disabled: nobody has it any more."
                    : $"{by} gave it back.",
                AlertEventKind.Snoozed => $"{by} put it off until {Until(happened)}.",
                AlertEventKind.Woken => "The time for which it was put off is over.",
                AlertEventKind.Dismissed => $"{by} dismissed it: {happened.Resolution!.Value.Words()}.",
                AlertEventKind.Reopened => $"{by} opened it again.",
                AlertEventKind.SeenAgain => $"{SourceOf(happened)} reported it at a new place: it is open again.",
                AlertEventKind.BecamePublic => $"{SourceOf(happened)} reported it at a public place.",
                AlertEventKind.Overdue => "It was not resolved in time, and more people were told.",
                AlertEventKind.RevocationRefused => "The rules could not revoke it.",
                AlertEventKind.Commented => $"{by} wrote:",
                AlertEventKind.StepDone => $"{by} ticked “{TitleOf(happened)}”.",
                AlertEventKind.StepUndone => $"{by} took the tick from “{TitleOf(happened)}”.",
                _ => throw new InvalidOperationException($"Nobody said what {happened.Kind} is in words."),
            };
        }

        string SourceOf(AlertEvent happened) =>
            places.FirstOrDefault(place => place.Occurrence.ReportId == happened.ReportId)?.SourceName is { Length: > 0 } source
                ? source
                : "A reporter";
    }

    /// <summary>The lines.</summary>
    public IReadOnlyList<Line> Lines { get; }

    /// <summary>Whether there is more than was read.</summary>
    public bool IsCut { get; }

    private static string Until(AlertEvent happened) => Moment.Exact(happened.Until!.Value);

    private static string TitleOf(AlertEvent happened) => LeakSteps.All[happened.Step!.Value - 1].Title;

    private static string WordsOf(Email email)
    {
        var about = email.Kind switch
        {
            EmailKind.LeakFound or EmailKind.OwnKeyLeaked => "it was found",
            EmailKind.LeakAgain => "it was seen again",
            EmailKind.LeakClosed => "it was revoked",
            EmailKind.LeakOverdue => "it is overdue",
            EmailKind.LeakDismissed => "it was dismissed",
            EmailKind.LeakWoken => "it is open again",
            EmailKind.RevocationRefused => "the rules could not revoke it",
            EmailKind.TokenReplayed or EmailKind.OwnTokenReplayed => "a token was used twice",
            _ => "something happened to it",
        };
        return $"Email to {email.Recipient}, that {about}"
            + (email.SentAt is not null ? ", was sent." : email.GivenUpAt is not null ? ", could not be sent." : ", waits.");
    }
}
