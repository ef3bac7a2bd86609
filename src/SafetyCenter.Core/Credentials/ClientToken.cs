using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.Credentials;

/// <summary>
/// A token of the organization that stands in web pages and phone apps, where everybody can read it. So it reads
/// nothing, and it is no secret: its value stays visible to whoever may see client tokens. It stays active when its maker
/// is disabled (seed 004).
/// </summary>
public sealed class ClientToken : Credential
{
    private ClientToken(
        Id<Organization> organizationId, string name, Secret secret, Id<User>? createdBy, DateTimeOffset now)
        : base(organizationId, name, secret, createdBy, now) => Value = secret.Reveal();

    // For EF Core.
    private ClientToken(string name, byte[] hash, string last4, string value)
        : base(name, hash, last4) => Value = value;

    /// <summary>The token itself.</summary>
    public string Value { get; private set; }

    /// <inheritdoc />
    public override string KindName => "Client token";

    /// <summary>Issues a token.</summary>
    /// <param name="organization">Whose token it is; locked by the caller.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isTaken">Whether an active token of the organization already has the (cleaned) name.</param>
    /// <param name="secret">The value that was minted for it.</param>
    /// <param name="by">Who makes it; null for the operator.</param>
    /// <param name="now">The present.</param>
    /// <param name="expiresAt">Its end, if it is to have one.</param>
    /// <exception cref="RefusedException">A bad or taken name, or an end that has passed.</exception>
    public static ClientToken Issue(
        Organization organization,
        string? name,
        bool isTaken,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now,
        DateTimeOffset? expiresAt = null)
    {
        var clean = CleanName(name);
        RefuseTaken(clean, isTaken);
        if (expiresAt is { } end)
        {
            Expiry.Check(end, now);
        }

        var token = new ClientToken(organization.Id, clean, secret, by, now);
        token.EndAt(expiresAt);
        return token;
    }

    /// <summary>The name as it will be kept.</summary>
    /// <exception cref="RefusedException">It cannot be a name.</exception>
    public static string CleanName(string? name) => Text.Name(name, "Client token name");

    /// <summary>Why a name has no room among the active ones; null when it has.</summary>
    public static string? NameObstacle(string name, bool isTaken) =>
        isTaken ? $"There is already an active client token named “{name}”." : null;

    /// <summary>Gives it another name.</summary>
    /// <exception cref="RefusedException">A bad or taken name, or the token is revoked.</exception>
    public void Edit(string? name, bool isTaken, Id<User>? by, DateTimeOffset now)
    {
        var clean = CleanName(name);
        RefuseTaken(clean, isTaken);
        Rename(clean, by, now);
    }

    private static void RefuseTaken(string name, bool isTaken)
    {
        if (NameObstacle(name, isTaken) is { } obstacle)
        {
            throw RefusedException.Invalid(obstacle, "name");
        }
    }
}
