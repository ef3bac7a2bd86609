using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Alerts;

/// <summary>A git repository into which we look ourselves, history first, and then whatever is new.</summary>
public sealed class WatchedRepository
{
    /// <summary>How many an organization may have.</summary>
    public const int ActiveMax = 100;

    /// <summary>How long a look may take before another instance may take it over.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(30);

    /// <summary>How long after one look the next is due.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    /// <summary>How long after one that failed the next is due at the latest.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>Begins to watch one. The door has found out that its address may be asked.</summary>
    /// <param name="organization">Whose credentials are looked for.</param>
    /// <param name="url">Where it is; without user or password.</param>
    /// <param name="isPublic">Whether anybody can read it.</param>
    /// <param name="userName">Who asks for it, when it is private.</param>
    /// <param name="sealedToken">Their token or password, encrypted.</param>
    /// <param name="active">How many the organization has, counted under its lock.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">There are too many.</exception>
    public WatchedRepository(
        Id<Organization> organization,
        Uri url,
        bool isPublic,
        string? userName,
        byte[]? sealedToken,
        int active,
        Id<User> by,
        DateTimeOffset now)
    {
        if (active >= ActiveMax)
        {
            throw RefusedException.Invalid($"An organization can watch at most {ActiveMax} repositories. Delete one first.");
        }

        Id = Id<WatchedRepository>.New(now);
        (OrganizationId, Url, IsPublic) = (organization, url.AbsoluteUri, isPublic);
        (UserName, SealedToken, CreatedAt, CreatedBy, DueAt) = (userName, sealedToken, now, by, now);
    }

    // For EF Core.
    private WatchedRepository(string url, string[] heads) => (Url, Heads) = (url, heads);

    /// <summary>Its id.</summary>
    public Id<WatchedRepository> Id { get; private set; }

    /// <summary>Whose credentials are looked for.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Where it is.</summary>
    public string Url { get; private set; }

    /// <summary>Whether anybody can read it.</summary>
    public bool IsPublic { get; private set; }

    /// <summary>Who asks for it, when it is private.</summary>
    public string? UserName { get; private set; }

    /// <summary>Their token or password, encrypted.</summary>
    public byte[]? SealedToken { get; private set; }

    /// <summary>When it was added.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Who added it.</summary>
    public Id<User> CreatedBy { get; private set; }

    /// <summary>When nobody watches it any more.</summary>
    public DateTimeOffset? DeletedAt { get; private set; }

    /// <summary>When to look next.</summary>
    public DateTimeOffset DueAt { get; private set; }

    /// <summary>Until when an instance has it; another may take it then.</summary>
    public DateTimeOffset? LeasedUntil { get; private set; }

    /// <summary>When we last looked through to the end.</summary>
    public DateTimeOffset? LookedAt { get; private set; }

    /// <summary>Why the last look failed, in a sentence.</summary>
    public string? LastError { get; private set; }

    /// <summary>The commits up to which everything was looked at, as hex.</summary>
    public string[] Heads { get; private set; } = [];

    /// <summary>How many objects were looked at in all.</summary>
    public long Objects { get; private set; }

    /// <summary>How many bytes they had.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many secrets of the organization were found in it.</summary>
    public int Found { get; private set; }

    /// <summary>An instance takes it.</summary>
    public void Take(DateTimeOffset now) => LeasedUntil = now + Lease;

    /// <summary>It was looked through.</summary>
    public void Looked(IEnumerable<string> heads, long objects, long bytes, int found, DateTimeOffset now)
    {
        Heads = [.. heads];
        (Objects, Bytes, Found) = (Objects + objects, Bytes + bytes, Found + found);
        (LookedAt, LastError, LeasedUntil, DueAt) = (now, null, null, now + Interval);
    }

    /// <summary>
    /// It could not be looked through. The next try waits as long again as it has failed by now, so that a server which is gone,
    /// or a repository that is too large, is asked for less and less.
    /// </summary>
    public void Failed(string why, DateTimeOffset now)
    {
        var failing = now - (LookedAt ?? CreatedAt);
        var wait = failing < Interval ? Interval : failing > LongestWait ? LongestWait : failing;
        (LastError, LeasedUntil, DueAt) = (why, null, now + wait);
    }

    /// <summary>Whoever had it was stopped: another may take it at once, and begins anew.</summary>
    public void GiveBack() => LeasedUntil = null;

    /// <summary>It is to be looked at now.</summary>
    public void Hurry(DateTimeOffset now) => DueAt = now;

    /// <summary>Nobody watches it any more; its token is forgotten.</summary>
    public void Delete(DateTimeOffset now)
    {
        DeletedAt ??= now;
        SealedToken = null;
    }
}
