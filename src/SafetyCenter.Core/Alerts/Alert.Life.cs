using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Alerts;

// What may happen to an alert, and from where to where that leads. Each act adds one line to its history, or none when it
// changes nothing. All of them are done under the organization's lock, like what ends the credential.
public sealed partial class Alert
{
    /// <summary>For how long an alert can be put off at most.</summary>
    public static readonly TimeSpan SnoozeMax = TimeSpan.FromDays(30);

    /// <summary>How often, and how far apart, more people are told that it is overdue.</summary>
    public const int OverdueToldMax = 3;

    /// <summary>An admin looked at it. The first time counts.</summary>
    /// <returns>Whether this was the first time.</returns>
    public bool See(Id<User> by, DateTimeOffset now)
    {
        if (SeenAt is not null)
        {
            return false;
        }

        (SeenAt, SeenBy) = (now, by);
        Add(AlertEventKind.Seen, by, now);
        return true;
    }

    /// <summary>
    /// Somebody takes it on, or has seen the replay. Doing so twice keeps the first; what was put off is not any more.
    /// </summary>
    /// <exception cref="RefusedException">It is resolved, and nobody had taken it on.</exception>
    public void Acknowledge(Id<User> by, DateTimeOffset now)
    {
        if (AcknowledgedAt is not null && SnoozedUntil is null)
        {
            return;
        }

        if (!IsReplay)
        {
            RefuseUnlessUnresolved();
        }

        (AcknowledgedAt, AcknowledgedBy, AssigneeId, SnoozedUntil) = (now, by, by, null);
        Add(AlertEventKind.Acknowledged, by, now);
    }

    /// <summary>
    /// It is given to somebody, who need not have asked for it; with that it is acknowledged, and not put off any more.
    /// </summary>
    /// <exception cref="RefusedException">It is resolved, or they cannot see it.</exception>
    public void Assign(User assignee, Id<User> by, DateTimeOffset now)
    {
        RefuseUnlessUnresolved();
        if (assignee.IsServiceAccount || assignee.Status != UserStatus.Active)
        {
            throw RefusedException.Invalid($"{assignee.DisplayName} is not an active person of this organization.", "assignee");
        }

        if (AssigneeId == assignee.Id && SnoozedUntil is null)
        {
            return;
        }

        (AssigneeId, SnoozedUntil) = (assignee.Id, null);
        if (AcknowledgedAt is null)
        {
            (AcknowledgedAt, AcknowledgedBy) = (now, by);
        }

        Add(AlertEventKind.Assigned, by, now).Assignee = assignee.Id;
    }

    /// <summary>Nobody has it any more, because somebody gave it back or left: it is open again.</summary>
    /// <param name="by">Who; null when whoever had it was disabled.</param>
    /// <param name="now">The present.</param>
    public void Release(Id<User>? by, DateTimeOffset now)
    {
        if (!IsOpen || IsReplay || AcknowledgedAt is null)
        {
            return;
        }

        (AcknowledgedAt, AcknowledgedBy, AssigneeId) = (null, null, null);
        Add(AlertEventKind.Released, by, now);
    }

    /// <summary>It is put off.</summary>
    /// <param name="until">Until when; at most <see cref="SnoozeMax"/> ahead.</param>
    /// <param name="comment">Why; required.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">It is resolved, the time cannot be, or nothing was said.</exception>
    public void Snooze(DateTimeOffset until, string? comment, Id<User> by, DateTimeOffset now)
    {
        RefuseUnlessUnresolved();
        if (until <= now || until > now + SnoozeMax)
        {
            throw RefusedException.Invalid(
                $"An alert can be put off for at most {SnoozeMax.TotalDays:0} days, and not into the past.", "until");
        }

        var text = Comment(comment);
        SnoozedUntil = until;
        var told = Add(AlertEventKind.Snoozed, by, now);
        (told.Until, told.Text) = (until, text);
    }

    /// <summary>The time for which it was put off is over.</summary>
    /// <returns>Whether it was.</returns>
    public bool Wake(DateTimeOffset now)
    {
        if (State != AlertState.Snoozed || SnoozedUntil > now)
        {
            return false;
        }

        SnoozedUntil = null;
        BecomeOpen();
        Add(AlertEventKind.Woken, null, now);
        return true;
    }

    /// <summary>Somebody says why nothing need be done, although the credential opens something.</summary>
    /// <exception cref="RefusedException">It is resolved, no such reason can be given, or nothing was said.</exception>
    public void Dismiss(Resolution resolution, string? comment, Id<User> by, DateTimeOffset now)
    {
        RefuseUnlessUnresolved();
        if (!Resolutions.Dismissals.Contains(resolution))
        {
            throw RefusedException.Invalid("Say why: not exposed, used in tests, or will not be fixed.", "reason");
        }

        var text = Comment(comment);
        (DismissedAt, DismissedBy, DismissedAs) = (now, by, resolution);
        (SnoozedUntil, RevokeAt) = (null, null);
        var told = Add(AlertEventKind.Dismissed, by, now);
        (told.Resolution, told.Text) = (resolution, text);
    }

    /// <summary>A dismissal is taken back.</summary>
    /// <exception cref="RefusedException">It was not dismissed, or the credential has ended since.</exception>
    public void Reopen(Id<User> by, DateTimeOffset now)
    {
        if (!Credential.IsActive)
        {
            throw RefusedException.Conflict(
                "This alert is resolved for good: the credential opens nothing any more.");
        }

        if (DismissedAt is null)
        {
            throw RefusedException.Conflict("This alert was not dismissed.");
        }

        (DismissedAt, DismissedBy, DismissedAs) = (null, null, null);
        BecomeOpen();
        Add(AlertEventKind.Reopened, by, now);
    }

    /// <summary>An admin objects to what the rules would do: nothing is revoked by itself any more.</summary>
    /// <exception cref="RefusedException">Nothing was planned.</exception>
    public void Hold(string? comment, Id<User> by, DateTimeOffset now)
    {
        RefuseUnlessUnresolved();
        if (RevokeAt is null)
        {
            throw RefusedException.Conflict("Nothing will be revoked by itself here.");
        }

        var text = Comment(comment);
        RevokeAt = null;
        Add(AlertEventKind.Held, by, now).Text = text;
    }

    /// <summary>The rules could not revoke it: people must.</summary>
    public void RefuseRevocation(string why, DateTimeOffset now)
    {
        RevokeAt = null;
        Add(AlertEventKind.RevocationRefused, null, now).Text = why;
    }

    /// <summary>Somebody writes something down.</summary>
    /// <exception cref="RefusedException">Nothing, or too much.</exception>
    public void AddComment(string? text, Id<User> by, DateTimeOffset now)
    {
        var comment = Comment(text);
        Add(AlertEventKind.Commented, by, now).Text = comment;
    }

    /// <summary>Ticks a step, or takes that back.</summary>
    /// <exception cref="RefusedException">There is no such step, or revoking does it.</exception>
    public void Tick(int step, bool done, Id<User> by, DateTimeOffset now)
    {
        if (step < 2 || step > LeakSteps.All.Count)
        {
            throw RefusedException.Invalid("The first step is done by revoking; there are five.", "step");
        }

        if (((StepsDone & BitOf(step)) != 0) == done)
        {
            return;
        }

        StepsDone ^= BitOf(step);
        Add(done ? AlertEventKind.StepDone : AlertEventKind.StepUndone, by, now).Step = step;
    }

    /// <summary>More people are to be told that it is overdue: when it becomes so, and then daily, three times in all.</summary>
    /// <returns>Whether they are.</returns>
    public bool Remind(DateTimeOffset now)
    {
        if (!IsOverdue(now) || OverdueTold >= OverdueToldMax || OverdueToldAt > now.AddDays(-1))
        {
            return false;
        }

        (OverdueTold, OverdueToldAt) = (OverdueTold + 1, now);
        Add(AlertEventKind.Overdue, null, now);
        return true;
    }

    // Whoever had it is asked anew.
    private void BecomeOpen() => (AcknowledgedAt, AcknowledgedBy, AssigneeId) = (null, null, null);

    private void RefuseUnlessUnresolved()
    {
        if (IsReplay)
        {
            throw RefusedException.Conflict("The access of the app has ended already: acknowledge this alert.");
        }

        if (!IsOpen)
        {
            throw RefusedException.Conflict($"This alert is resolved already: {Resolution!.Value.Words()}.");
        }
    }

    private static string Comment(string? text)
    {
        var comment = text?.ReplaceLineEndings("\n").Trim() ?? "";
        if (comment.Length is 0 or > AlertEvent.TextLengthMax)
        {
            throw RefusedException.Invalid(
                $"Say why, in 1 to {AlertEvent.TextLengthMax} characters: whoever comes later reads it.", "comment");
        }

        return comment.Any(character => char.IsControl(character) && character != '\n')
            ? throw RefusedException.Invalid("The comment has characters that nobody can see.", "comment")
            : comment;
    }

    private AlertEvent Add(AlertEventKind kind, Id<User>? by, DateTimeOffset now)
    {
        var happened = new AlertEvent(this, kind, by, now);
        _events.Add(happened);
        return happened;
    }
}
