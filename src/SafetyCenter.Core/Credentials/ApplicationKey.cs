using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>A key of the user who made it; it never changes its owner.</summary>
public sealed class ApplicationKey : Credential
{
    /// <summary>Issues a key.</summary>
    /// <param name="owner">Whose key it is.</param>
    /// <param name="name">Its name, which may repeat.</param>
    /// <param name="scopes">What it may do; empty means everything its owner may at the time of each call.</param>
    /// <param name="secret">The secret that was minted for it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">The name is not acceptable.</exception>
    public ApplicationKey(User owner, string? name, IEnumerable<string> scopes, Secret secret, DateTimeOffset now)
        : base(owner.OrganizationId, Text.Name(name, "Application key name"), secret, owner.Id, now)
    {
        OwnerId = owner.Id;
        Scopes = [.. scopes];
    }

    // For EF Core.
    private ApplicationKey(string name, byte[] hash, string last4, string[] scopes)
        : base(name, hash, last4) => Scopes = scopes;

    /// <summary>Whose key it is.</summary>
    public Id<User> OwnerId { get; private set; }

    /// <summary>What it may do; empty means everything its owner may.</summary>
    public string[] Scopes { get; private set; }
}
