using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>What one user lets one app do.</summary>
public sealed class OAuthGrant
{
    internal OAuthGrant(OAuthApp app, Id<User> userId, string[] scopes, DateTimeOffset now)
    {
        Id = Id<OAuthGrant>.New(now);
        OrganizationId = app.OrganizationId;
        AppId = app.Id;
        UserId = userId;
        Scopes = scopes;
        AuthorizedAt = now;
    }

    // For EF Core.
    private OAuthGrant(string[] scopes) => Scopes = scopes;

    /// <summary>Its id.</summary>
    public Id<OAuthGrant> Id { get; private set; }

    /// <summary>The organization.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>The app that may act.</summary>
    public Id<OAuthApp> AppId { get; private set; }

    /// <summary>For whom it acts.</summary>
    public Id<User> UserId { get; private set; }

    /// <summary>What it may do.</summary>
    public string[] Scopes { get; private set; }

    /// <summary>When the user agreed.</summary>
    public DateTimeOffset AuthorizedAt { get; private set; }

    /// <summary>When the app last made use of it.</summary>
    public DateTimeOffset? LastUsedAt { get; private set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Whether any scope of it changes something.</summary>
    public bool Writes => Scopes.Any(PermissionCatalogue.Writing.Contains);

    /// <summary>The app made use of it.</summary>
    public void Use(DateTimeOffset now) => LastUsedAt = LastUsedAt > now ? LastUsedAt : now;

    /// <summary>Ends it. Doing so twice keeps the first time.</summary>
    public void End(DateTimeOffset now) => EndedAt ??= now;
}
