using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// Proves that a confidential app is itself (RFC 6749, 2.3.1). It belongs to the organization, and an app may have several
/// at a time, so that one can be replaced while the other still works.
/// </summary>
public sealed class OAuthClientSecret : Credential
{
    /// <summary>How many active ones an app may have.</summary>
    public const int ActiveMax = 5;

    /// <summary>Registers a secret that was just minted.</summary>
    /// <param name="app">Whose it is.</param>
    /// <param name="name">Its name; null for the app's.</param>
    /// <param name="activeSecrets">How many the app has, counted under the organization's lock.</param>
    /// <param name="secret">What was minted.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="now">The present.</param>
    /// <param name="expiresAt">Its end, if it is to have one.</param>
    /// <exception cref="RefusedException">The app has no secrets or too many, or the end cannot be.</exception>
    public OAuthClientSecret(
        OAuthApp app,
        string? name,
        int activeSecrets,
        Secret secret,
        Id<User>? by,
        DateTimeOffset now,
        DateTimeOffset? expiresAt = null)
        : base(app.OrganizationId, Text.Name(name ?? app.Name, "Secret name"), secret, by, now)
    {
        if (!app.Client.IsConfidential || app.Client.OrganizationId != app.OrganizationId || app.DeletedAt is not null)
        {
            throw RefusedException.Invalid($"“{app.Name}” has no secrets.");
        }

        if (activeSecrets >= ActiveMax)
        {
            throw RefusedException.Invalid($"An app can have at most {ActiveMax} active secrets. Revoke one first.");
        }

        if (expiresAt is { } end)
        {
            Expiry.Check(end, now);
        }

        AppId = app.Id;
        EndAt(expiresAt);
    }

    // For EF Core.
    private OAuthClientSecret(string name, byte[]? hash, string last4)
        : base(name, hash, last4)
    {
    }

    /// <summary>The app whose it is.</summary>
    public Id<OAuthApp> AppId { get; private set; }

    /// <summary>Gives it another name.</summary>
    /// <exception cref="RefusedException">The name is not acceptable, or it was revoked.</exception>
    public void Edit(string name, Id<User>? by, DateTimeOffset now) => Rename(Text.Name(name, "Secret name"), by, now);

    /// <inheritdoc />
    public override string KindName => "OAuth client secret";
}
