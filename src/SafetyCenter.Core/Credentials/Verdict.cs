namespace SafetyCenter.Core.Credentials;

/// <summary>What we say of a secret that somebody shows us. A value: nothing throws on this path.</summary>
public enum Verdict
{
    /// <summary>No credential was sent.</summary>
    Missing,

    /// <summary>It opens the organization.</summary>
    Active,

    /// <summary>We never issued it.</summary>
    Unknown,

    /// <summary>It was ended.</summary>
    Revoked,

    /// <summary>Its end has come.</summary>
    Expired,

    /// <summary>Its organization is disabled: whatever belongs to it opens nothing.</summary>
    OrganizationDisabled,

    /// <summary>Its owner is disabled, or has not come yet.</summary>
    OwnerInactive,

    /// <summary>It is off for some minutes, to see who misses it.</summary>
    OffForTest,

    /// <summary>It is good, but it belongs to another organization than the key beside it.</summary>
    Mismatched,

    /// <summary>An application key came without the API key that it needs beside it.</summary>
    Incomplete,
}
