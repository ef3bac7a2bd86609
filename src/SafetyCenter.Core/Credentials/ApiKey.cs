using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>A key of the organization itself. At least one is always active (seed 004).</summary>
public sealed class ApiKey : Credential
{
    private ApiKey(
        Id<Organization> organizationId, string name, Secret secret, Id<User>? createdBy, DateTimeOffset now)
        : base(organizationId, name, secret, createdBy, now)
    {
    }

    // For EF Core.
    private ApiKey(string name, byte[] hash, string last4)
        : base(name, hash, last4)
    {
    }

    /// <summary>Issues a key.</summary>
    /// <param name="organization">Whose key it is; locked by the caller, so that the two counts hold.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isTaken">Whether an active key of the organization already has the (cleaned) name.</param>
    /// <param name="activeKeys">How many keys are active now.</param>
    /// <param name="secret">The secret that was minted for it.</param>
    /// <param name="by">Who makes it; null for the operator.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">A bad or taken name, or the limit is reached.</exception>
    public static ApiKey Issue(
        Organization organization,
        string? name,
        bool isTaken,
        int activeKeys,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now)
    {
        var clean = CleanName(name);
        if (isTaken)
        {
            throw RefusedException.Invalid($"There is already an active API key named “{clean}”.", "name");
        }

        return activeKeys >= organization.ApiKeyLimit
            ? throw RefusedException.Invalid(
                $"This organization has {activeKeys} active API keys, which is its limit. "
                + "Revoke one that is not used, or ask the operator to raise the limit.")
            : new ApiKey(organization.Id, clean, secret, by, now);
    }

    /// <summary>The name as it will be kept.</summary>
    /// <exception cref="RefusedException">It cannot be a name.</exception>
    public static string CleanName(string? name) => Text.Name(name, "API key name");

    /// <inheritdoc />
    public override void Revoke(Id<User>? by, RevocationReason because, int activeApiKeys, DateTimeOffset now)
    {
        if (IsActive && activeApiKeys <= 1)
        {
            throw RefusedException.Forbidden(
                "This is the last active API key, and an organization needs one. Create a replacement, then revoke it.");
        }

        base.Revoke(by, because, activeApiKeys, now);
    }
}
