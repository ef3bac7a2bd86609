using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>A key of the user who made it; used together with an API key of the organization.</summary>
public sealed class ApplicationKey : OwnedCredential
{
    /// <summary>Issues a key.</summary>
    /// <param name="owner">Whose key it is.</param>
    /// <param name="name">Its name, which may repeat.</param>
    /// <param name="scopes">What it may do; empty means everything its owner may at the time of each call.</param>
    /// <param name="secret">The secret that was minted for it.</param>
    /// <param name="now">The present.</param>
    /// <param name="by">Who makes it, when that is not the owner.</param>
    /// <param name="expiresAt">Its end, if it is to have one.</param>
    /// <exception cref="RefusedException">A blank name, an unknown scope, or an end that has passed.</exception>
    public ApplicationKey(
        User owner,
        string? name,
        IEnumerable<string> scopes,
        Secret secret,
        DateTimeOffset now,
        Id<User>? by = null,
        DateTimeOffset? expiresAt = null)
        : base(owner, CleanName(name), Scope.Clean(scopes), secret, by ?? owner.Id, now)
    {
        if (expiresAt is { } end)
        {
            Expiry.Check(end, now);
        }

        EndAt(expiresAt);
    }

    // For EF Core.
    private ApplicationKey(string name, byte[] hash, string last4, string[] scopes)
        : base(name, hash, last4, scopes)
    {
    }

    /// <inheritdoc />
    public override string KindName => "Application key";

    /// <summary>Why a user has no room for one more active key; null when they have.</summary>
    /// <param name="limit">How many one user may have.</param>
    /// <param name="activeKeys">How many they have.</param>
    public static string? LimitObstacle(int limit, int activeKeys) => activeKeys < limit ? null
        : $"One user can have at most {limit} active application keys, and this one has {activeKeys}. "
        + "Revoke one that is not used.";

    /// <summary>Changes its name and scopes; null leaves what it is.</summary>
    /// <exception cref="RefusedException">A blank name, an unknown scope, or the key is revoked.</exception>
    public void Edit(string? name, IEnumerable<string>? scopes, Id<User>? by, DateTimeOffset now)
    {
        if (name is not null)
        {
            Rename(CleanName(name), by, now);
        }

        if (scopes is not null)
        {
            Rescope(Scope.Clean(scopes), by, now);
        }
    }

    private static string CleanName(string? name) => Text.Name(name, "Application key name");
}
