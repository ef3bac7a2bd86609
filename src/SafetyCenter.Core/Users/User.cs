using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Users;

/// <summary>Where a user stands.</summary>
public enum UserStatus
{
    /// <summary>Invited, has not come yet.</summary>
    Pending,

    /// <summary>Can sign in.</summary>
    Active,

    /// <summary>Stopped by an admin; can be enabled again.</summary>
    Disabled,
}

/// <summary>Who someone is in one organization. How they get in (password, lockout) is kept apart, as their login.</summary>
public sealed class User
{
    /// <summary>The longest name that the API takes, in characters.</summary>
    public const int NameLengthMax = 55;

    private readonly List<Role> _roles = [];

    /// <summary>A user who has no login yet: pending, or a service account.</summary>
    /// <exception cref="RefusedException">The address or the name is not acceptable.</exception>
    public User(Id<Organization> organizationId, string email, string? name, IEnumerable<Role> roles, DateTimeOffset now)
    {
        Id = Id<User>.New(now);
        OrganizationId = organizationId;
        Email = Text.Email(email);
        Name = string.IsNullOrWhiteSpace(name) ? null : Text.Name(name, "Name");
        CreatedAt = now;
        _roles.AddRange(roles);
    }

    // For EF Core.
    private User(string email) => Email = email;

    /// <summary>
    /// A service account: the identity of a program. It holds keys and tokens and never signs in. Its address is only
    /// where to write about it, and may be anybody's.
    /// </summary>
    /// <exception cref="RefusedException">The address, the name or the title is not acceptable.</exception>
    public static User ServiceAccount(
        Id<Organization> organizationId,
        string? email,
        string? name,
        string? title,
        IEnumerable<Role> roles,
        DateTimeOffset now) => new(organizationId, email ?? "", CleanName(name), roles, now)
    {
        IsServiceAccount = true,
        Title = CleanTitle(title),
    };

    /// <summary>A person's name as Datadog takes it: at most 55 characters, without angle brackets.</summary>
    /// <exception cref="RefusedException">It cannot be a name.</exception>
    public static string? CleanName(string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return null;
        }

        var clean = Text.Name(name, "Name", NameLengthMax);
        return clean.AsSpan().ContainsAny('<', '>')
            ? throw RefusedException.Invalid("Name cannot contain angle brackets.", "name")
            : clean;
    }

    /// <summary>Their id here; the same person has another one in another organization.</summary>
    public Id<User> Id { get; private set; }

    /// <summary>The organization.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Their address, lower-case, unique in the organization.</summary>
    public string Email { get; private set; }

    /// <summary>Their name, when they gave one.</summary>
    public string? Name { get; private set; }

    /// <summary>Their title, when they gave one.</summary>
    public string? Title { get; private set; }

    /// <summary>What to call them: the name, or else the address.</summary>
    public string DisplayName => Name ?? Email;

    /// <summary>Whether this is no person but a program's identity.</summary>
    public bool IsServiceAccount { get; private set; }

    /// <summary>The login that gets them in; null until they accept their invite.</summary>
    public Guid? LoginId { get; private set; }

    /// <summary>When they were invited or made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When somebody last changed who they are or what they may; null when nobody has.</summary>
    public DateTimeOffset? ModifiedAt { get; private set; }

    /// <summary>When they last signed in here.</summary>
    public DateTimeOffset? LastSignInAt { get; private set; }

    /// <summary>When they were disabled, if they are.</summary>
    public DateTimeOffset? DisabledAt { get; private set; }

    /// <summary>The roles they hold.</summary>
    public IReadOnlyList<Role> Roles => _roles;

    /// <summary>Where they stand.</summary>
    public UserStatus Status => DisabledAt is not null ? UserStatus.Disabled
        : LoginId is null && !IsServiceAccount ? UserStatus.Pending
        : UserStatus.Active;

    /// <summary>Whether any of their roles grants the permission.</summary>
    public bool Has(string permission) => _roles.Any(role => role.Permissions.Contains(permission));

    /// <summary>An active person whose roles together grant <see cref="Permission.OrgManagement"/>.</summary>
    public bool IsAdmin => Status == UserStatus.Active && !IsServiceAccount && Has(Permission.OrgManagement);

    /// <summary>They accepted their invite, or were given a login when the organization was founded.</summary>
    public void Join(Guid loginId, string? name)
    {
        LoginId = loginId;
        if (!string.IsNullOrWhiteSpace(name))
        {
            Name = Text.Name(name, "Name");
        }
    }

    /// <summary>They signed in.</summary>
    public void SignedIn(DateTimeOffset now) => LastSignInAt = now;

    /// <summary>
    /// Says what to call them; blank for no name or title. A name that stays is not judged: it may be from before names were.
    /// </summary>
    /// <exception cref="RefusedException">The name or the title is not acceptable.</exception>
    public void Describe(string? name, string? title, DateTimeOffset now)
    {
        var (cleanName, cleanTitle) = (name == Name ? Name : CleanName(name), CleanTitle(title));
        if ((cleanName, cleanTitle) != (Name, Title))
        {
            (Name, Title, ModifiedAt) = (cleanName, cleanTitle, now);
        }
    }

    /// <summary>
    /// Corrects an address. Only of somebody who has not come yet, or of a service account: whoever can sign in has
    /// proved that the address is theirs, and nobody else may say otherwise.
    /// </summary>
    /// <exception cref="RefusedException">It is no address, or the person has come already.</exception>
    public void ChangeEmail(string email, DateTimeOffset now)
    {
        var clean = Text.Email(email);
        if (clean == Email)
        {
            return;
        }

        if (LoginId is not null)
        {
            throw RefusedException.Invalid("The address of somebody who has signed in cannot be changed by others.", "email");
        }

        (Email, ModifiedAt) = (clean, now);
    }

    /// <summary>
    /// Gives them these roles and no others; none at all is possible. That an admin remains is looked at when it is saved:
    /// see <see cref="LastAdmin"/>.
    /// </summary>
    /// <param name="roles">The roles to hold, of their own organization.</param>
    /// <param name="now">The present.</param>
    public void SetRoles(IReadOnlyCollection<Role> roles, DateTimeOffset now)
    {
        if (roles.Count == _roles.Count && roles.All(_roles.Contains))
        {
            return;
        }

        _roles.RemoveAll(role => !roles.Contains(role));
        _roles.AddRange(roles.Where(role => !_roles.Contains(role)));
        ModifiedAt = now;
    }

    /// <summary>
    /// Stops them from signing in. Doing so twice keeps the first time. <see cref="LastAdmin"/> looks at it, too.
    /// </summary>
    public void Disable(DateTimeOffset now)
    {
        if (DisabledAt is null)
        {
            (DisabledAt, ModifiedAt) = (now, now);
        }
    }

    /// <summary>Lets them sign in again. Their keys, which ended when they were disabled, stay ended (seed 004).</summary>
    public void Enable(DateTimeOffset now)
    {
        if (DisabledAt is not null)
        {
            (DisabledAt, ModifiedAt) = (null, now);
        }
    }

    private static string? CleanTitle(string? title) =>
        string.IsNullOrWhiteSpace(title) ? null : Text.Name(title, "Title", field: "title");
}
