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
    /// Grants these permissions and no others, to everybody who holds it. That an admin remains is looked at when it is
    /// saved: see <see cref="LastAdmin"/>.
    /// </summary>
    /// <exception cref="RefusedException">It is managed, or a permission does not exist.</exception>
    public void SetPermissions(IEnumerable<string> permissions, DateTimeOffset now)
    {
        RefuseManaged();
        string[] wanted = [.. permissions.Distinct().Order(StringComparer.Ordinal)];
        if (Array.Find(wanted, name => !PermissionCatalogue.Scopes.Contains(name)) is { } unknown)
        {
            throw RefusedException.Invalid($"There is no permission “{unknown}”.", "permissions");
        }

        if (!wanted.SequenceEqual(Permissions.Order(StringComparer.Ordinal)))
        {
            (Permissions, ModifiedAt) = (wanted, now);
        }
    }

    /// <summary>Says from which managed roles it receives permissions that the catalogue gains later.</summary>
    /// <exception cref="RefusedException">It is managed, or one of them is no managed role.</exception>
    public void ReceivePermissionsFrom(IEnumerable<string> managedRoles, DateTimeOffset now)
    {
        RefuseManaged();
        string[] wanted = [.. managedRoles.Distinct().Order(StringComparer.Ordinal)];
        if (Array.Find(wanted, name => name is not (AdminName or StandardName or ReadOnlyName)) is { } unknown)
        {
            throw RefusedException.Invalid($"“{unknown}” is no managed role.", "receives_permissions_from");
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
        new(organizationId, ReadOnlyName, PermissionCatalogue.OfManagedRole(0), managed: true, now),
        new(organizationId, StandardName, PermissionCatalogue.OfManagedRole(1), managed: true, now),
        new(organizationId, AdminName, PermissionCatalogue.OfManagedRole(2), managed: true, now),
    ];
}
