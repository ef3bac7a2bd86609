using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>A key of the organization itself. At least one is always active and has no end (seed 004).</summary>
public sealed class ApiKey : Credential
{
    /// <summary>The category of a key that was given none.</summary>
    public const string CategoryDefault = "default";

    private ApiKey(
        Id<Organization> organizationId, string name, Secret secret, Id<User>? createdBy, DateTimeOffset now)
        : base(organizationId, name, secret, createdBy, now) => Category = CategoryDefault;

    // For EF Core.
    private ApiKey(string name, byte[] hash, string last4, string category)
        : base(name, hash, last4) => Category = category;

    /// <summary>A word of its maker's to sort keys by.</summary>
    public string Category { get; private set; }

    /// <summary>Whether clients may read remote configuration with it; kept for Datadog's clients, which send it.</summary>
    public bool RemoteConfigReadEnabled { get; private set; } = true;

    /// <inheritdoc />
    public override string KindName => "API key";

    /// <summary>Issues a key.</summary>
    /// <param name="organization">Whose key it is; locked by the caller, so that the two counts hold.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isTaken">Whether an active key of the organization already has the (cleaned) name.</param>
    /// <param name="activeKeys">How many keys are active now.</param>
    /// <param name="secret">The secret that was minted for it.</param>
    /// <param name="by">Who makes it; null for the operator.</param>
    /// <param name="now">The present.</param>
    /// <param name="expiresAt">Its end, if it is to have one.</param>
    /// <exception cref="RefusedException">A bad or taken name, an end that has passed, or the limit is reached.</exception>
    public static ApiKey Issue(
        Organization organization,
        string? name,
        bool isTaken,
        int activeKeys,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now,
        DateTimeOffset? expiresAt = null)
    {
        var clean = CleanName(name);
        RefuseTaken(clean, isTaken);
        if (LimitObstacle(organization, activeKeys) is { } obstacle)
        {
            throw RefusedException.Invalid(obstacle);
        }

        if (expiresAt is { } end)
        {
            Expiry.Check(end, now);
        }

        var key = new ApiKey(organization.Id, clean, secret, by, now);
        key.EndAt(expiresAt);
        return key;
    }

    /// <summary>The name as it will be kept.</summary>
    /// <exception cref="RefusedException">It cannot be a name.</exception>
    public static string CleanName(string? name) => Text.Name(name, "API key name");

    /// <summary>Why there is no room for one more active key; null when there is.</summary>
    public static string? LimitObstacle(Organization organization, int activeKeys) =>
        activeKeys < organization.ApiKeyLimit ? null
            : "You have exceeded the maximum number of permitted API keys: "
            + $"this organization has {activeKeys} active API keys, and its limit is {organization.ApiKeyLimit}. "
            + "Revoke one that is not used, or ask the operator to raise the limit.";

    /// <summary>Why a name has no room among the active ones; null when it has.</summary>
    public static string? NameObstacle(string name, bool isTaken) =>
        isTaken ? $"There is already an active API key named “{name}”." : null;

    /// <summary>Changes what can be changed of a key.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isTaken">Whether another active key of the organization has the (cleaned) name.</param>
    /// <param name="category">Its category; null to leave it.</param>
    /// <param name="remoteConfigReadEnabled">Whether it reads remote configuration; null to leave it.</param>
    /// <param name="by">Who.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">A bad or taken name or category, or the key is revoked.</exception>
    public void Edit(
        string? name, bool isTaken, string? category, bool? remoteConfigReadEnabled, Id<User>? by, DateTimeOffset now)
    {
        var clean = CleanName(name);
        RefuseTaken(clean, isTaken);
        Rename(clean, by, now);
        Configure(category, remoteConfigReadEnabled, by, now);
    }

    /// <summary>Sets what Datadog's clients may send beside a name; null leaves a value as it is.</summary>
    /// <exception cref="RefusedException">The category cannot be kept.</exception>
    public void Configure(string? category, bool? remoteConfigReadEnabled, Id<User>? by, DateTimeOffset now)
    {
        var word = category is null ? Category : Text.Name(category, "Category", field: "category");
        var reads = remoteConfigReadEnabled ?? RemoteConfigReadEnabled;
        if (word == Category && reads == RemoteConfigReadEnabled)
        {
            return;
        }

        (Category, RemoteConfigReadEnabled) = (word, reads);
        if (now > CreatedAt)
        {
            Modified(by, now);
        }
    }

    /// <inheritdoc />
    public override void Expire(DateTimeOffset? expiresAt, int lastingApiKeys, Id<User>? by, DateTimeOffset now)
    {
        if (expiresAt is not null)
        {
            RefuseToLoseTheLast(lastingApiKeys, "gets an end");
        }

        base.Expire(expiresAt, lastingApiKeys, by, now);
    }

    /// <inheritdoc />
    public override void ReplaceBy(
        Credential successor,
        DateTimeOffset retireAt,
        bool whenSilent,
        int lastingApiKeys,
        Id<User>? by,
        DateTimeOffset now)
    {
        RefuseToLoseTheLast(lastingApiKeys, "is replaced");
        base.ReplaceBy(successor, retireAt, whenSilent, lastingApiKeys, by, now);
    }

    /// <inheritdoc />
    public override void Revoke(Id<User>? by, RevocationReason because, int lastingApiKeys, DateTimeOffset now)
    {
        RefuseToLoseTheLast(lastingApiKeys, "is revoked");
        base.Revoke(by, because, lastingApiKeys, now);
    }

    // A key that ends by itself must never turn out to have been the last one, so only keys without an end count.
    private void RefuseToLoseTheLast(int lastingApiKeys, string what)
    {
        if (IsLasting && lastingApiKeys <= 1)
        {
            throw RefusedException.Forbidden(
                "This is the last active API key without an end, and an organization needs one. "
                + $"Create a replacement before this one {what}.");
        }
    }

    private static void RefuseTaken(string name, bool isTaken)
    {
        if (NameObstacle(name, isTaken) is { } obstacle)
        {
            throw RefusedException.Invalid(obstacle, "name");
        }
    }
}
