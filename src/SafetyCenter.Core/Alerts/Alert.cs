using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Alerts;

/// <summary>How bad it is.</summary>
public enum Severity
{
    /// <summary>Look at it this week.</summary>
    Medium,

    /// <summary>Look at it today.</summary>
    High,

    /// <summary>Drop everything.</summary>
    Critical,
}

/// <summary>
/// A credential was seen where it must not be. There is one alert per credential, however often and wherever it is
/// seen. It is open for as long as the credential is active: revoking, by whatever path, closes it. What was found to
/// have a copy, and ended with that, is open until somebody says that they have seen it.
/// </summary>
public sealed class Alert
{
    // For EF Core, and for the report that inserts many at once.
    private Alert() => Credential = null!;

    /// <summary>
    /// A code or a token of an app's grant was used twice: somebody has a copy. The grant has ended with that.
    /// </summary>
    /// <param name="grant">The grant.</param>
    /// <param name="now">The present.</param>
    public static Alert OfReplay(Credential grant, DateTimeOffset now) => new()
    {
        Id = Id<Alert>.New(now),
        OrganizationId = grant.OrganizationId,
        CredentialId = grant.Id,
        Credential = grant,
        RaisedAt = now,
    };

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

    /// <summary>When somebody said that they are looking at it.</summary>
    public DateTimeOffset? AcknowledgedAt { get; private set; }

    /// <summary>Who.</summary>
    public Id<User>? AcknowledgedBy { get; private set; }

    /// <summary>Whether a code or a token of an app was used twice, which nobody reports: we notice it ourselves.</summary>
    public bool IsReplay => RaisedByReportId is null;

    /// <summary>Whether something must still be done. What ended by itself must be seen by somebody.</summary>
    public bool IsOpen => IsReplay ? AcknowledgedAt is null : Credential.IsActive;

    /// <summary>What acts for somebody can do what they can; an API key can send and validate.</summary>
    public Severity Severity => Credential is OwnedCredential ? Severity.Critical : Severity.High;

    /// <summary>The rule name that outside readers know it by.</summary>
    public string Rule => Credential switch
    {
        _ when IsReplay => "replayed-oauth-token",
        AccessToken => "leaked-access-token",
        ApplicationKey => "leaked-application-key",
        _ => "leaked-api-key",
    };

    /// <summary>What people call its kind of credential.</summary>
    public string KindName => Credential.KindName;

    /// <summary>Somebody takes it on. Doing so twice keeps the first.</summary>
    public void Acknowledge(Id<User> by, DateTimeOffset now)
    {
        if (AcknowledgedAt is null)
        {
            (AcknowledgedAt, AcknowledgedBy) = (now, by);
        }
    }
}

/// <summary>Questions about alerts, as expressions that the database answers.</summary>
public static class AlertQueries
{
    /// <summary>Those whose credential still opens something, and replays that nobody has seen yet.</summary>
    public static IQueryable<Alert> Open(this IQueryable<Alert> alerts) => alerts.Where(alert =>
        (alert.RaisedByReportId != null && alert.Credential.RevokedAt == null)
        || (alert.RaisedByReportId == null && alert.AcknowledgedAt == null));

    /// <summary>The others.</summary>
    public static IQueryable<Alert> Closed(this IQueryable<Alert> alerts) => alerts.Where(alert =>
        (alert.RaisedByReportId != null && alert.Credential.RevokedAt != null)
        || (alert.RaisedByReportId == null && alert.AcknowledgedAt != null));

    /// <summary>Those of credentials that were seen where they must not be.</summary>
    public static IQueryable<Alert> OfLeaks(this IQueryable<Alert> alerts) =>
        alerts.Where(alert => alert.RaisedByReportId != null);
}
