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
        Name = Text.Name(name, "Role name");
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

    /// <summary>Whether who holds it is an admin.</summary>
    public bool GrantsAdmin => Permissions.Contains(Permission.OrgManagement);

    /// <summary>The three managed roles that every organization starts with.</summary>
    public static IReadOnlyList<Role> ManagedFor(Id<Organization> organizationId, DateTimeOffset now) =>
    [
        new(organizationId, ReadOnlyName, PermissionCatalogue.OfManagedRole(0), managed: true, now),
        new(organizationId, StandardName, PermissionCatalogue.OfManagedRole(1), managed: true, now),
        new(organizationId, AdminName, PermissionCatalogue.OfManagedRole(2), managed: true, now),
    ];
}
