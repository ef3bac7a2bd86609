using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Security;

/// <summary>Who asks, in which organization. Set by <see cref="OrganizationGate"/> before a page runs.</summary>
public sealed class Actor
{
    private User? _user;
    private Organization? _organization;

    /// <summary>Whether it is known who asks.</summary>
    public bool IsKnown => _user is not null;

    /// <summary>The person, with roles; not tracked.</summary>
    public User User => _user ?? throw new InvalidOperationException("Nobody has been let in on this request.");

    /// <summary>The organization they act in; not tracked.</summary>
    public Organization Organization =>
        _organization ?? throw new InvalidOperationException("Nobody has been let in on this request.");

    /// <summary>The id of the person.</summary>
    public Id<User> UserId => User.Id;

    /// <summary>The id of the organization.</summary>
    public Id<Organization> OrganizationId => Organization.Id;

    /// <summary>Whether they hold the permission here.</summary>
    public bool May(string permission) => User.Has(permission);

    /// <summary>Says who asks.</summary>
    public void Is(User user, Organization organization) => (_user, _organization) = (user, organization);
}
