namespace SafetyCenter.Core.Organizations;

/// <summary>Which of the two contacts it is; both get every security email.</summary>
public enum ContactPosition
{
    /// <summary>Required: without one, emails go to the admins.</summary>
    Primary = 1,

    /// <summary>Optional, and different from the primary one.</summary>
    Secondary = 2,
}

/// <summary>An address that gets security emails. It need not belong to a user.</summary>
public sealed class SecurityContact
{
    /// <summary>Names an address as a contact of an organization.</summary>
    public SecurityContact(Id<Organization> organizationId, ContactPosition position, string email, DateTimeOffset now)
    {
        Id = Id<SecurityContact>.New(now);
        OrganizationId = organizationId;
        Position = position;
        Email = email;
        AddedAt = now;
    }

    // For EF Core.
    private SecurityContact(string email) => Email = email;

    /// <summary>Its id; a verification link names it.</summary>
    public Id<SecurityContact> Id { get; private set; }

    /// <summary>The organization it belongs to.</summary>
    public Id<Organization> OrganizationId { get; private set; }

    /// <summary>Primary or secondary.</summary>
    public ContactPosition Position { get; internal set; }

    /// <summary>The address, lower-case.</summary>
    public string Email { get; private set; }

    /// <summary>When it was named.</summary>
    public DateTimeOffset AddedAt { get; private set; }

    /// <summary>When somebody followed the link in the verification email. Security emails go out before that, too.</summary>
    public DateTimeOffset? VerifiedAt { get; private set; }

    /// <summary>Its owner followed the link. Doing so twice keeps the first time.</summary>
    public void Verify(DateTimeOffset now) => VerifiedAt ??= now;
}
