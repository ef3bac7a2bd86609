using SafetyCenter.Core;

namespace SafetyCenter.Web.Identity;

/// <summary>
/// One browser that somebody signed in with. The cookie names the session and is worth nothing without it, so that a session
/// can be ended from elsewhere.
/// </summary>
public sealed class Session
{
    /// <summary>After so long without a request it is over.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromHours(12);

    /// <summary>However much it is used, after so long somebody must sign in again.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromDays(7);

    /// <summary>For so long after somebody has proved who they are, nothing asks them again.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    /// <summary>How exactly <see cref="LastSeenAt"/> is kept; on every request it would be a row update per click.</summary>
    public static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(5);

    /// <summary>Begins one.</summary>
    /// <param name="loginId">Who signed in.</param>
    /// <param name="hasSecondFactor">Whether they proved more than a password.</param>
    /// <param name="address">Where they came from.</param>
    /// <param name="client">What their browser calls itself.</param>
    /// <param name="now">The present.</param>
    public Session(Guid loginId, bool hasSecondFactor, string address, string client, DateTimeOffset now)
    {
        Id = Id<Session>.New(now);
        LoginId = loginId;
        HasSecondFactor = hasSecondFactor;
        (Address, Client) = (address, client);
        (StartedAt, LastSeenAt, ProvedAt) = (now, now, now);
    }

    // For EF Core.
    private Session(string address, string client) => (Address, Client) = (address, client);

    /// <summary>Its id.</summary>
    public Id<Session> Id { get; private set; }

    /// <summary>Whose it is.</summary>
    public Guid LoginId { get; private set; }

    /// <summary>Whether a second factor or a passkey was part of the proof, at sign-in or since.</summary>
    public bool HasSecondFactor { get; private set; }

    /// <summary>The address it was begun from.</summary>
    public string Address { get; private set; }

    /// <summary>The browser, as it calls itself.</summary>
    public string Client { get; private set; }

    /// <summary>When they signed in.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When it was last used, to <see cref="SeenEvery"/>.</summary>
    public DateTimeOffset LastSeenAt { get; private set; }

    /// <summary>When they last proved who they are: at sign-in, or when they were asked again.</summary>
    public DateTimeOffset ProvedAt { get; private set; }

    /// <summary>When it was ended, if it was.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Whether it lets anybody in.</summary>
    public bool IsLiveAt(DateTimeOffset now) =>
        EndedAt is null && now - LastSeenAt < IdleMax && now - StartedAt < LifeMax;

    /// <summary>Whether they proved who they are lately, so that nothing needs to ask again.</summary>
    public bool IsFreshAt(DateTimeOffset now) => now - ProvedAt < FreshFor;

    /// <summary>They proved again who they are.</summary>
    public void Prove(bool withSecondFactor, DateTimeOffset now)
    {
        ProvedAt = now;
        HasSecondFactor |= withSecondFactor;
    }

    /// <summary>It was used.</summary>
    /// <returns>Whether that is worth writing down.</returns>
    public bool Seen(DateTimeOffset now)
    {
        if (now - LastSeenAt < SeenEvery)
        {
            return false;
        }

        LastSeenAt = now;
        return true;
    }

    /// <summary>Ends it. Doing so twice keeps the first time.</summary>
    public void End(DateTimeOffset now) => EndedAt ??= now;
}

/// <summary>Questions about sessions.</summary>
public static class SessionQueries
{
    /// <summary>Those of somebody that let anybody in.</summary>
    public static IQueryable<Session> LiveOf(this IQueryable<Session> sessions, Guid loginId, DateTimeOffset now)
    {
        var (seenAfter, startedAfter) = (now - Session.IdleMax, now - Session.LifeMax);
        return sessions.Where(session => session.LoginId == loginId
            && session.EndedAt == null
            && session.LastSeenAt > seenAfter
            && session.StartedAt > startedAfter);
    }
}
