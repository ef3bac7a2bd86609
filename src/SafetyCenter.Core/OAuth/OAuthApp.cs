using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>A program of somebody else's that acts for users of the organization.</summary>
public sealed class OAuthApp
{
    private readonly List<OAuthGrant> _grants = [];

    /// <summary>Registers an app.</summary>
    /// <exception cref="RefusedException">Name or publisher is not acceptable.</exception>
    public OAuthApp(Id<Organization> organizationId, string name, string publisher, DateTimeOffset now)
    {
        Id = Id<OAuthApp>.New(now);
        OrganizationId = organizationId;
        Name = Text.Name(name, "App name");
        Publisher = Text.Name(publisher, "Publisher");
        CreatedAt = now;
    }

    // For EF Core.
    private OAuthApp(string name, string publisher) => (Name, Publisher) = (name, publisher);

    /// <summary>Its id.</summary>
    public Id<OAuthApp> Id { get; private set; }

    /// <summary>The organization it was let into.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Its name.</summary>
    public string Name { get; private set; }

    /// <summary>Who made it.</summary>
    public string Publisher { get; private set; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When it was disabled, if it is.</summary>
    public DateTimeOffset? DisabledAt { get; private set; }

    /// <summary>Who disabled it.</summary>
    public Id<User>? DisabledBy { get; private set; }

    /// <summary>What users let it do.</summary>
    public IReadOnlyList<OAuthGrant> Grants => _grants;

    /// <summary>A user lets it act for them.</summary>
    public OAuthGrant Authorize(Id<User> user, IEnumerable<string> scopes, DateTimeOffset now)
    {
        var grant = new OAuthGrant(this, user, [.. scopes], now);
        _grants.Add(grant);
        return grant;
    }

    /// <summary>
    /// Stops it. Every grant ends with it: enabling it again needs new consent. Doing so twice keeps the first time.
    /// </summary>
    public void Disable(Id<User> by, DateTimeOffset now)
    {
        if (DisabledAt is not null)
        {
            return;
        }

        (DisabledAt, DisabledBy) = (now, by);
        foreach (var grant in _grants)
        {
            grant.End(now);
        }
    }
}
