using SafetyCenter.Core.Alerts;

namespace SafetyCenter.Tests.Leaks;

/// <summary>What the state of an alert should be, told from what was done: as small as the rules can be said.</summary>
internal sealed class ModelOfAlert
{
    private readonly HashSet<string> _places = [];
    private bool _isTaken;

    public bool IsRaised { get; private set; }

    public bool IsRevoked { get; private set; }

    public bool IsDismissed { get; private set; }

    public DateTimeOffset? SnoozedUntil { get; private set; }

    public bool IsPublic { get; private set; }

    public int Places => _places.Count;

    /// <summary>How many emails one contact may have had of it by now: one for each time that it became open or worse.</summary>
    public int News { get; private set; }

    public AlertState State => IsRevoked || IsDismissed ? AlertState.Resolved
        : SnoozedUntil is not null ? AlertState.Snoozed
        : _isTaken ? AlertState.Acknowledged
        : AlertState.Open;

    private bool IsOpen => IsRaised && State != AlertState.Resolved;

    public void Report(string place, bool isPublic)
    {
        var isNew = _places.Add(place);
        if (!IsRaised)
        {
            (IsRaised, News) = (true, IsRevoked ? 0 : 1);
        }
        else if (isNew && !IsRevoked)
        {
            if (IsDismissed || (SnoozedUntil is not null && isPublic))
            {
                Open();
                (IsDismissed, News) = (false, News + 1);
            }
            else if (isPublic && !IsPublic)
            {
                News++;
            }
        }

        IsPublic |= isPublic;
    }

    /// <summary>Does one act; what cannot be done changes nothing.</summary>
    public void Do(string act, DateTimeOffset now, int days)
    {
        switch (act)
        {
            case "Acknowledge" or "Assign" when IsOpen:
                (_isTaken, SnoozedUntil) = (true, null);
                break;
            case "Release" when IsOpen:
                _isTaken = false;
                break;
            case "Snooze" when IsOpen:
                SnoozedUntil = now.AddDays(days);
                break;
            case "Dismiss" when IsOpen:
                (IsDismissed, SnoozedUntil) = (true, null);
                break;
            case "Reopen" when IsDismissed && !IsRevoked:
                Open();
                IsDismissed = false;
                break;
            case "Revoke":
                IsRevoked = true;
                break;
        }
    }

    /// <summary>Time goes by, and the job looks.</summary>
    public void Wake(DateTimeOffset now)
    {
        if (IsOpen && SnoozedUntil <= now)
        {
            Open();
        }
    }

    private void Open() => (_isTaken, SnoozedUntil) = (false, null);

    /// <summary>The state that the history alone tells, before what the credential says.</summary>
    public static AlertState Fold(IEnumerable<AlertEvent> history)
    {
        var (isTaken, isPutOff, isDismissed) = (false, false, false);
        foreach (var happened in history.OrderBy(happened => happened.Number))
        {
            (isTaken, isPutOff, isDismissed) = happened.Kind switch
            {
                AlertEventKind.Acknowledged or AlertEventKind.Assigned => (true, false, isDismissed),
                AlertEventKind.Released => (false, isPutOff, isDismissed),
                AlertEventKind.Snoozed => (isTaken, true, isDismissed),
                AlertEventKind.Dismissed => (isTaken, false, true),
                AlertEventKind.Woken or AlertEventKind.Reopened or AlertEventKind.SeenAgain => (false, false, false),
                _ => (isTaken, isPutOff, isDismissed),
            };
        }

        return isDismissed ? AlertState.Resolved
            : isPutOff ? AlertState.Snoozed
            : isTaken ? AlertState.Acknowledged
            : AlertState.Open;
    }
}
