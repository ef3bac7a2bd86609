using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Core.Users;

/// <summary>A set of permissions with a name. Roles, managed ones too, are rows of their organization.</summary>
public sealed class Role
{
    /// <summary>The managed role that grants everything.</summary>
    public const string AdminName = "Datadog Admin Role";

    /// <summary>The managed role of people who work here.</summary>
    public const string StandardName = "Datadog Standard Role";

    /// <summary>The managed role of people who look.</summary>
    public const string ReadOnlyName = "Datadog Read Only Role";

    /// <summary>The managed roles, the one that may least first.</summary>
    public static readonly IReadOnlyList<string> ManagedNames = [ReadOnlyName, StandardName, AdminName];

    /// <summary>Makes a role.</summary>
    public Role(Id<Organization> organizationId, string name, IEnumerable<string> permissions, bool managed, DateTimeOffset now)
    {
        Id = Id<Role>.New(now);
        OrganizationId = organizationId;
        Name = CleanName(name);
        Permissions = [.. permissions];
        Managed = managed;
        CreatedAt = now;
    }

    // For EF Core.
    private Role(string name, string[] permissions) => (Name, Permissions) = (name, permissions);

    /// <summary>Its id.</summary>
    public Id<Role> Id { get; private set; }

    /// <summary>The organization it belongs to.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Its name.</summary>
    public string Name { get; private set; }

    /// <summary>The names of the permissions it grants.</summary>
    public string[] Permissions { get; private set; }

    /// <summary>Whether it is one of the three that cannot be edited.</summary>
    public bool Managed { get; private set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>When its name or permissions last changed; null when they never did.</summary>
    public DateTimeOffset? ModifiedAt { get; private set; }

    /// <summary>
    /// The names of the managed roles whose later permissions it receives, too, when the catalogue grows. None for most.
    /// </summary>
    public string[] ReceivesPermissionsFrom { get; private set; } = [];

    /// <summary>Whether who holds it is an admin.</summary>
    public bool GrantsAdmin => Permissions.Contains(Permission.OrgManagement);

    /// <summary>Renames it.</summary>
    /// <exception cref="RefusedException">It is managed, or the name is not acceptable.</exception>
    public void Rename(string? name, DateTimeOffset now)
    {
        RefuseManaged();
        var clean = CleanName(name);
        if (clean != Name)
        {
            (Name, ModifiedAt) = (clean, now);
        }
    }

    /// <summary>
    /// Grants these permissions and no others, to everybody who holds it; what it holds of those that the catalogue no longer
    /// knows stays, since nobody can name it. That an admin remains is looked at when it is saved: see <see cref="LastAdmin"/>.
    /// </summary>
    /// <exception cref="RefusedException">It is managed, or a permission does not exist.</exception>
    public void SetPermissions(IEnumerable<string> permissions, DateTimeOffset now)
    {
        RefuseManaged();
        var wanted = PermissionsAfter(permissions);
        if (!wanted.SequenceEqual(Permissions.Order(StringComparer.Ordinal)))
        {
            (Permissions, ModifiedAt) = (wanted, now);
        }
    }

    /// <summary>What <see cref="SetPermissions"/> would make it hold, in order.</summary>
    /// <exception cref="RefusedException">A permission does not exist.</exception>
    public string[] PermissionsAfter(IEnumerable<string> permissions)
    {
        var unknown = Permissions.Where(name => !PermissionCatalogue.IsGrantable(name)).ToList();
        string[] wanted = [.. permissions.Union(unknown, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return Array.Find(wanted, name => !PermissionCatalogue.IsGrantable(name) && !unknown.Contains(name)) is { } wrong
            ? throw RefusedException.Invalid(
                $"There is no permission “{(wrong.Length > 60 ? wrong[..60] + "…" : wrong)}”.", "permissions")
            : wanted;
    }

    /// <summary>Says from which managed roles it receives permissions that the catalogue gains later.</summary>
    /// <exception cref="RefusedException">It is managed, or one of them is no managed role.</exception>
    public void ReceivePermissionsFrom(IEnumerable<string> managedRoles, DateTimeOffset now)
    {
        RefuseManaged();
        string[] wanted = [.. managedRoles.Distinct().Order(StringComparer.Ordinal)];
        if (Array.Find(wanted, name => !ManagedNames.Contains(name)) is { } unknown)
        {
            throw RefusedException.Invalid(
                $"“{(unknown.Length > 60 ? unknown[..60] + "…" : unknown)}” is no managed role.", "receives_permissions_from");
        }

        if (!wanted.SequenceEqual(ReceivesPermissionsFrom))
        {
            (ReceivesPermissionsFrom, ModifiedAt) = (wanted, now);
        }
    }

    /// <summary>Refuses to change or delete one of the three that every organization has.</summary>
    /// <exception cref="RefusedException">It is managed.</exception>
    public void RefuseManaged()
    {
        if (Managed)
        {
            throw RefusedException.Forbidden($"“{Name}” is a managed role and cannot be changed. Clone it instead.");
        }
    }

    /// <summary>A role's name as it is kept.</summary>
    /// <exception cref="RefusedException">It cannot be a name.</exception>
    public static string CleanName(string? name) => string.IsNullOrWhiteSpace(name)
        ? throw RefusedException.Invalid("Role names cannot be only whitespace", "name")
        : Text.Name(name, "Role name");

    /// <summary>The three managed roles that every organization starts with.</summary>
    public static IReadOnlyList<Role> ManagedFor(Id<Organization> organizationId, DateTimeOffset now) =>
    [
        .. ManagedNames.Select((name, rank) => new Role(
            organizationId, name, PermissionCatalogue.OfManagedRole(rank, PermissionCatalogue.All), managed: true, now)),
    ];

    /// <summary>A role that the organization makes for itself.</summary>
    /// <param name="organizationId">The organization.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="permissions">What it grants.</param>
    /// <param name="addRestricted">Whether it grants the restricted ones, too, as roles do unless their maker says no.</param>
    /// <param name="receivesFrom">See <see cref="ReceivePermissionsFrom"/>.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">The name, a permission or a managed role cannot be.</exception>
    public static Role Custom(
        Id<Organization> organizationId,
        string? name,
        IEnumerable<string> permissions,
        bool addRestricted,
        IEnumerable<string> receivesFrom,
        DateTimeOffset now)
    {
        var role = new Role(organizationId, CleanName(name), [], managed: false, now);
        role.SetPermissions(addRestricted ? permissions.Union(PermissionCatalogue.Restricted) : permissions, now);
        role.ReceivePermissionsFrom(receivesFrom, now);
        role.ModifiedAt = null;
        return role;
    }

    /// <summary>Another role that grants the same, of a name of its own.</summary>
    /// <exception cref="RefusedException">The name or a managed role cannot be.</exception>
    public Role Clone(string? name, IEnumerable<string> receivesFrom, DateTimeOffset now)
    {
        var clone = new Role(OrganizationId, CleanName(name), Permissions, managed: false, now);
        clone.ReceivePermissionsFrom(receivesFrom, now);
        clone.ModifiedAt = null;
        return clone;
    }
}
