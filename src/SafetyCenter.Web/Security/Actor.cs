using SafetyCenter.Core;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Security;

/// <summary>The credential that a program calls with, as far as it limits what the program may.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Its kind, as the table of credentials names it.</param>
/// <param name="Scopes">Its scopes; none means no limit.</param>
/// <param name="EndsAt">When it ends, if it does.</param>
public sealed record CalledWith(Id<Credential> Id, string Kind, IReadOnlyList<string> Scopes, DateTimeOffset? EndsAt)
{
    /// <summary>Whether it is a personal or service access token.</summary>
    public bool IsAccessToken => Kind is "personal_access_token" or "service_access_token";

    /// <summary>Whether an OAuth app calls; <see cref="Id"/> is that of its grant then.</summary>
    public bool IsOfApp => Kind is "oauth_access_token";
}

/// <summary>
/// Who asks, in which organization, and with what. Set by <see cref="OrganizationGate"/> before a page runs, and by the
/// API's gate before an endpoint does. Until then it is the clock: what happens by itself.
/// </summary>
public sealed class Actor
{
    private User? _user;
    private Organization? _organization;

    /// <summary>Whether it is known who asks.</summary>
    public bool IsKnown => _user is not null;

    /// <summary>The person or service account, with roles; not tracked.</summary>
    public User User => _user ?? throw new InvalidOperationException("Nobody has been let in on this request.");

    /// <summary>The organization they act in; not tracked.</summary>
    public Organization Organization =>
        _organization ?? throw new InvalidOperationException("Nobody has been let in on this request.");

    /// <summary>The id of the person.</summary>
    public Id<User> UserId => User.Id;

    /// <summary>The id of the organization.</summary>
    public Id<Organization> OrganizationId => Organization.Id;

    /// <summary>The credential they call with; null for somebody who signed in.</summary>
    public CalledWith? CalledWith { get; private set; }

    /// <summary>What limits them beside their permissions; none for somebody who signed in.</summary>
    public IReadOnlyList<string> Scopes => CalledWith?.Scopes ?? [];

    /// <summary>Who they are for the audit trail.</summary>
    public AuditSource Source { get; private set; } = new(AuditActor.System, "SafetyCenter");

    /// <summary>Whether they hold the permission here, and what they call with is not limited to less.</summary>
    public bool May(string permission) => User.Has(permission) && Scope.Covers(Scopes, permission);

    /// <summary>Whether they may do what any one of the permissions allows.</summary>
    public bool MayAny(IEnumerable<string> permissions) => permissions.Any(May);

    /// <summary>Says who asks.</summary>
    /// <param name="user">Who, with roles.</param>
    /// <param name="organization">Where.</param>
    /// <param name="source">Who and from where, for the audit trail.</param>
    /// <param name="calledWith">The credential, for programs.</param>
    public void Is(User user, Organization organization, AuditSource source, CalledWith? calledWith = null) =>
        (_user, _organization, Source, CalledWith) = (user, organization, source, calledWith);

    /// <summary>The operator acts, from the command line.</summary>
    public void IsOperator() => Source = new AuditSource(AuditActor.Operator, "The operator");
}
