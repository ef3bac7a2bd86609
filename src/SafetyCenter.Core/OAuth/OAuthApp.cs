using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// A program in one organization; Datadog's API calls it an org authorized client. It is there from the moment the
/// organization registers it, or somebody of the organization lets it in or asks for that.
/// </summary>
public sealed class OAuthApp
{
    private readonly List<OAuthGrant> _grants = [];

    /// <summary>Brings a program into an organization.</summary>
    /// <param name="client">The program.</param>
    /// <param name="organizationId">The organization.</param>
    /// <param name="isApproved">Whether it may be used now; otherwise an admin must approve it first.</param>
    /// <param name="by">Who brings it.</param>
    /// <param name="now">The present.</param>
    public OAuthApp(
        OAuthClient client, Id<Organization> organizationId, bool isApproved, Id<User>? by, DateTimeOffset now)
    {
        Id = Id<OAuthApp>.New(now);
        OrganizationId = organizationId;
        Client = client;
        ClientId = client.Id;
        CreatedAt = now;
        CreatedBy = by;
        ApprovedAt = isApproved ? now : null;
    }

    // For EF Core, which sets the client: it always comes along.
    private OAuthApp() => Client = null!;

    /// <summary>Its id.</summary>
    public Id<OAuthApp> Id { get; private set; }

    /// <summary>The organization it was let into.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The program.</summary>
    public Id<OAuthClient> ClientId { get; private set; }

    /// <summary>The program. Always loaded.</summary>
    public OAuthClient Client { get; private set; }

    /// <summary>When it came.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Who registered it, let it in first, or asked for it.</summary>
    public Id<User>? CreatedBy { get; private set; }

    /// <summary>When it was approved; null while it waits for that.</summary>
    public DateTimeOffset? ApprovedAt { get; private set; }

    /// <summary>Who approved it; null when that was not asked for.</summary>
    public Id<User>? ApprovedBy { get; private set; }

    /// <summary>When it was disabled, if it is.</summary>
    public DateTimeOffset? DisabledAt { get; private set; }

    /// <summary>Who disabled it.</summary>
    public Id<User>? DisabledBy { get; private set; }

    /// <summary>When it was deleted here.</summary>
    public DateTimeOffset? DeletedAt { get; private set; }

    /// <summary>To what the organization restricts it (Datadog's scopes restriction); null for no restriction.</summary>
    public string[]? RestrictedTo { get; private set; }

    /// <summary>Its name.</summary>
    public string Name => Client.Name;

    /// <summary>Who made it, as they say.</summary>
    public string Publisher => Client.Publisher;

    /// <summary>Whether somebody may let it act for them now.</summary>
    public bool IsUsable => ApprovedAt is not null && DisabledAt is null && DeletedAt is null && Client.DeletedAt is null;

    /// <summary>What it can be let do here.</summary>
    public IReadOnlyList<string> Scopes =>
        RestrictedTo is null ? Client.Scopes : [.. Client.Scopes.Intersect(RestrictedTo, StringComparer.Ordinal)];

    /// <summary>What users let it do, as far as that was loaded.</summary>
    public IReadOnlyList<OAuthGrant> Grants => _grants;

    /// <summary>
    /// Somebody lets it act for them: a new grant, or more scopes for the live one. There is at most one live grant of a
    /// user, so that ending it ends everything the app can do for them.
    /// </summary>
    /// <param name="user">Who.</param>
    /// <param name="live">Their live grant; null when they have none.</param>
    /// <param name="scopes">What they agreed to; at least one.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">It may not be used here, or a scope is more than it may have.</exception>
    public OAuthGrant Authorize(User user, OAuthGrant? live, IReadOnlyCollection<string> scopes, DateTimeOffset now)
    {
        if (!IsUsable)
        {
            throw RefusedException.Forbidden(Obstacle ?? $"“{Name}” is not in use here.");
        }

        if (scopes.Count == 0 || scopes.Except(Scopes, StringComparer.Ordinal).Any())
        {
            throw RefusedException.Invalid($"“{Name}” cannot have these scopes here.", "scope");
        }

        if (live is not null)
        {
            live.Extend(Client, scopes, now);
            return live;
        }

        var grant = new OAuthGrant(this, user, scopes, now);
        _grants.Add(grant);
        return grant;
    }

    /// <summary>Why nobody can let it act for them now, in a sentence; null when they can.</summary>
    public string? Obstacle => IsUsable ? null
        : DeletedAt is not null || Client.DeletedAt is not null ? $"“{Name}” was deleted."
        : DisabledAt is not null ? $"An admin of your organization has disabled “{Name}”."
        : $"“{Name}” waits for the approval of an admin of your organization.";

    /// <summary>
    /// Stops it. When this is saved every grant ends with it: enabling it again needs new consent. Doing so twice keeps the
    /// first time.
    /// </summary>
    public void Disable(Id<User>? by, DateTimeOffset now)
    {
        if (DisabledAt is null)
        {
            (DisabledAt, DisabledBy) = (now, by);
        }
    }

    /// <summary>Lets it be used again; everybody must consent anew.</summary>
    /// <exception cref="RefusedException">It was deleted.</exception>
    public void Enable()
    {
        if (DeletedAt is not null || Client.DeletedAt is not null)
        {
            throw RefusedException.Invalid($"“{Name}” was deleted and cannot be enabled.");
        }

        (DisabledAt, DisabledBy) = (null, null);
    }

    /// <summary>Until when disabling it can be undone, which brings its grants back; null when it cannot.</summary>
    /// <param name="window">How long the organization lets revocations be undone.</param>
    public DateTimeOffset? UndoableUntil(TimeSpan window) =>
        window > TimeSpan.Zero && DeletedAt is null && Client.DeletedAt is null ? DisabledAt + window : null;

    /// <summary>Takes the disabling back; whoever calls brings back the grants that ended with it.</summary>
    /// <returns>When it had been disabled: grants of that moment come back.</returns>
    /// <exception cref="RefusedException">It is not disabled, or the time is over.</exception>
    public DateTimeOffset Undo(TimeSpan window, DateTimeOffset now)
    {
        var disabled = DisabledAt ?? throw RefusedException.Invalid($"“{Name}” is enabled: there is nothing to undo.");
        if (UndoableUntil(window) is not { } until || now >= until)
        {
            throw RefusedException.Forbidden(
                $"It is too late to undo the disabling of “{Name}”. Enable it; everybody must consent anew.");
        }

        Enable();
        return disabled;
    }

    /// <summary>Lets it be used for the first time. Doing so twice keeps the first.</summary>
    public void Approve(Id<User> by, DateTimeOffset now)
    {
        if (ApprovedAt is null)
        {
            (ApprovedAt, ApprovedBy) = (now, by);
        }
    }

    /// <summary>
    /// Restricts what it can be let do here, or lifts that. When this is saved, every grant that holds more ends.
    /// </summary>
    /// <param name="scopes">To what; null for no restriction.</param>
    /// <exception cref="RefusedException">One that no app can have, or none at all.</exception>
    public void Restrict(IEnumerable<string>? scopes) => RestrictedTo = scopes is null ? null : OAuthScopes.Clean(scopes);

    /// <summary>
    /// Removes it from the organization. When this is saved every grant and secret of it ends. One that the organization
    /// registered is gone for good. Doing so twice keeps the first time.
    /// </summary>
    public void Delete(DateTimeOffset now)
    {
        DeletedAt ??= now;
        if (!Client.IsDynamic)
        {
            Client.Delete(now);
        }
    }

    /// <summary>Removes it while it waits for approval, so that nothing can break.</summary>
    /// <exception cref="RefusedException">It was approved meanwhile.</exception>
    public void DeleteWaiting(DateTimeOffset now)
    {
        if (ApprovedAt is { } approved)
        {
            throw RefusedException.Invalid(
                $"“{Name}” was approved at {Moment.Exact(approved)}. Its own page says what deleting it breaks.");
        }

        Delete(now);
    }
}
