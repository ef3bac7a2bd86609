namespace SafetyCenter.Core.Alerts;

/// <summary>Which alerts somebody wants to see.</summary>
public enum AlertFilter
{
    /// <summary>All.</summary>
    All,

    /// <summary>Those that nobody has taken on.</summary>
    Open,

    /// <summary>Those that somebody has.</summary>
    Acknowledged,

    /// <summary>Those that were put off.</summary>
    Snoozed,

    /// <summary>Those that were not resolved in time.</summary>
    Overdue,

    /// <summary>Those that were dismissed although the credential opens something.</summary>
    Dismissed,

    /// <summary>Those about which nothing more must be done, dismissed ones included.</summary>
    Resolved,
}

/// <summary>The filters, in words and as expressions that the database answers.</summary>
public static class AlertFilters
{
    /// <summary>For people: "put off".</summary>
    public static string Words(this AlertFilter filter) => filter switch
    {
        AlertFilter.All => "Any state",
        AlertFilter.Open => "Open",
        AlertFilter.Acknowledged => "Acknowledged",
        AlertFilter.Snoozed => "Put off",
        AlertFilter.Overdue => "Overdue",
        AlertFilter.Dismissed => "Dismissed, still active",
        AlertFilter.Resolved => "Resolved",
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, null),
    };

    /// <summary>What passes, of alerts about which something must still be done; see <see cref="AlertQueries.Open"/>.</summary>
    public static IQueryable<Alert> Unresolved(this IQueryable<Alert> alerts, AlertFilter filter, DateTimeOffset now) =>
        filter switch
        {
            AlertFilter.All => alerts.Open(),
            AlertFilter.Open => alerts.Open().Where(alert => alert.SnoozedUntil == null && alert.AcknowledgedAt == null),
            AlertFilter.Acknowledged =>
                alerts.Open().Where(alert => alert.SnoozedUntil == null && alert.AcknowledgedAt != null),
            AlertFilter.Snoozed => alerts.Snoozed(),
            AlertFilter.Overdue => alerts.Overdue(now),
            _ => alerts.Where(alert => false),
        };

    /// <summary>What passes, of the others.</summary>
    public static IQueryable<Alert> Resolved(this IQueryable<Alert> alerts, AlertFilter filter) => filter switch
    {
        AlertFilter.All or AlertFilter.Resolved => alerts.Closed(),
        AlertFilter.Dismissed => alerts.DismissedButActive(),
        _ => alerts.Where(alert => false),
    };

    /// <summary>Those that were put off.</summary>
    public static IQueryable<Alert> Snoozed(this IQueryable<Alert> alerts) =>
        alerts.Open().Where(alert => alert.SnoozedUntil != null);

    /// <summary>Those that were not resolved in time; see <see cref="Alert.IsOverdue"/>.</summary>
    public static IQueryable<Alert> Overdue(this IQueryable<Alert> alerts, DateTimeOffset now) =>
        alerts.Open().Where(alert => alert.SnoozedUntil == null && alert.DueAt <= now);

    /// <summary>Those that were dismissed although the credential opens something: what the organization lives with.</summary>
    public static IQueryable<Alert> DismissedButActive(this IQueryable<Alert> alerts) =>
        alerts.OfLeaks().Where(alert => alert.DismissedAt != null && alert.Credential.RevokedAt == null);
}
