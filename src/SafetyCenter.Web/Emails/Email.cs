using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Emails;

/// <summary>Which email it is; its words are made when it is sent, from what it is about.</summary>
public enum EmailKind
{
    /// <summary>Keys were seen where they must not be. About a leak report.</summary>
    LeakFound,

    /// <summary>An application key of the recipient's was seen. About a leak report.</summary>
    OwnKeyLeaked,

    /// <summary>A leaked key was revoked. About an alert.</summary>
    LeakClosed,

    /// <summary>
    /// Leaked keys were seen again: dismissed or put off ones, or private ones now in public. About a leak report.
    /// </summary>
    LeakAgain,

    /// <summary>A leaked key was not dealt with in time. About an alert.</summary>
    LeakOverdue,

    /// <summary>Somebody dismissed the alert of a key that is still active. About an alert.</summary>
    LeakDismissed,

    /// <summary>The time for which an alert was put off is over. About an alert.</summary>
    LeakWoken,

    /// <summary>
    /// Leaked keys were seen at more places. About the organization; once a day, and the details are that day.
    /// </summary>
    MorePlaces,

    /// <summary>The rules could not revoke a leaked key, because it is the last one. About an alert.</summary>
    RevocationRefused,

    /// <summary>There is more to tell of leaks than one address is told in an hour. About the organization.</summary>
    MoreLeaks,

    /// <summary>Asks the owner of an address whether it is theirs. About a security contact.</summary>
    VerifyContact,

    /// <summary>The security contacts changed. About the organization.</summary>
    ContactsChanged,

    /// <summary>The security contacts must be looked at. About the organization.</summary>
    ContactsDue,

    /// <summary>An admin tries whether mail arrives. About the organization.</summary>
    Test,

    /// <summary>Somebody is asked to join. About an invite.</summary>
    Invitation,

    /// <summary>A credential will end soon. About the credential; the details are its end.</summary>
    CredentialEnds,

    /// <summary>Somebody else, or something, revoked a key or token of the recipient's. About the credential.</summary>
    OwnCredentialRevoked,

    /// <summary>A key or token of a service account was made. About the credential.</summary>
    AccountCredentialMade,

    /// <summary>Somebody asked for a new password. About the login; belongs to no organization.</summary>
    PasswordReset,

    /// <summary>How somebody gets in was changed. About the login; the details say what. Belongs to no organization.</summary>
    LoginChanged,

    /// <summary>A service account was disabled. About the account.</summary>
    ServiceAccountDisabled,

    /// <summary>A code or a token of an OAuth app was used twice. About an alert.</summary>
    TokenReplayed,

    /// <summary>The same, and the app acted for the recipient. About an alert.</summary>
    OwnTokenReplayed,

    /// <summary>Somebody wants to use an OAuth app that an admin must approve. About the app in the organization.</summary>
    AppApprovalAsked,

    /// <summary>The app that the recipient asked for was approved. About the app in the organization.</summary>
    AppApproved,
}

/// <summary>
/// An email to one recipient. The row is the outbox: it is written in the transaction of what it tells about, and
/// stands until it is sent or given up. No secret and no finished link is kept in it.
/// </summary>
public sealed class Email
{
    /// <summary>How often we try before giving up: the back-off then spans about a day and a half.</summary>
    public const int AttemptsMax = 12;

    /// <summary>Addresses an email.</summary>
    /// <param name="organizationId">Whose email it is; null for what concerns a login alone.</param>
    /// <param name="kind">Which email.</param>
    /// <param name="subjectId">The id of what it is about.</param>
    /// <param name="recipient">The address.</param>
    /// <param name="eventKey">What happened; one event is told to one address once.</param>
    /// <param name="now">The present.</param>
    /// <param name="details">What only the writer knows, such as the addresses before a change.</param>
    public Email(
        Id<Organization>? organizationId,
        EmailKind kind,
        Guid subjectId,
        string recipient,
        string eventKey,
        DateTimeOffset now,
        string? details = null)
    {
        Id = Id<Email>.New(now);
        OrganizationId = organizationId;
        Kind = kind;
        SubjectId = subjectId;
        Recipient = recipient;
        EventKey = eventKey;
        Details = details;
        CreatedAt = now;
        NextAttemptAt = now;
    }

    // For EF Core.
    private Email(string recipient, string eventKey) => (Recipient, EventKey) = (recipient, eventKey);

    /// <summary>Its id; also its Message-ID.</summary>
    public Id<Email> Id { get; private set; }

    /// <summary>Whose email it is; null for what concerns a login alone, and is no organization's business.</summary>
    public Id<Organization>? OrganizationId { get; private set; }

    /// <summary>Which email.</summary>
    public EmailKind Kind { get; private set; }

    /// <summary>The id of what it is about.</summary>
    public Guid SubjectId { get; private set; }

    /// <summary>The address.</summary>
    public string Recipient { get; private set; }

    /// <summary>What happened.</summary>
    public string EventKey { get; private set; }

    /// <summary>What only the writer knows.</summary>
    public string? Details { get; private set; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>How often we tried.</summary>
    public int Attempts { get; private set; }

    /// <summary>When to try next; null once it is sent or given up.</summary>
    public DateTimeOffset? NextAttemptAt { get; private set; }

    /// <summary>Why the last try failed, in the server's words.</summary>
    public string? LastError { get; private set; }

    /// <summary>When the server took it.</summary>
    public DateTimeOffset? SentAt { get; private set; }

    /// <summary>When we gave it up.</summary>
    public DateTimeOffset? GivenUpAt { get; private set; }

    /// <summary>Takes it for a try; if we die meanwhile, it is due again after the lease.</summary>
    public void BeginAttempt(DateTimeOffset now, TimeSpan lease)
    {
        Attempts++;
        NextAttemptAt = now + lease;
    }

    /// <summary>The server took it.</summary>
    public void Sent(DateTimeOffset now) => (SentAt, NextAttemptAt, LastError) = (now, null, null);

    /// <summary>It did not go out: tried again later, or given up when trying again is no use.</summary>
    public void Failed(string error, bool isTransient, DateTimeOffset now)
    {
        LastError = error;
        if (!isTransient || Attempts >= AttemptsMax)
        {
            (GivenUpAt, NextAttemptAt) = (now, null);
            return;
        }

        NextAttemptAt = now + BackOff(Attempts);
    }

    /// <summary>5 s, 15 s, 45 s and so on, at most six hours.</summary>
    public static TimeSpan BackOff(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(3, attempts - 1), TimeSpan.FromHours(6).TotalSeconds));

    /// <summary>There is nothing left to say: what it is about is gone.</summary>
    public void Moot(DateTimeOffset now) => (GivenUpAt, NextAttemptAt, LastError) = (now, null, "No longer needed.");
}
