using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// What one user lets one app do. It is the credential of the app: its tokens open what the grant opens and no more, their
/// uses are its uses, and it ends for good like any other. It has no secret of its own.
/// </summary>
public sealed class OAuthGrant : OwnedCredential
{
    internal OAuthGrant(OAuthApp app, User user, IReadOnlyCollection<string> scopes, DateTimeOffset now)
        : base(user, app.Name, scopes.Order(StringComparer.Ordinal), user.Id, now) => AppId = app.Id;

    // For EF Core.
    private OAuthGrant(string name, byte[]? hash, string last4, string[] scopes)
        : base(name, hash, last4, scopes)
    {
    }

    /// <summary>The app that may act.</summary>
    public Id<OAuthApp> AppId { get; private set; }

    /// <summary>When the user first agreed.</summary>
    public DateTimeOffset AuthorizedAt => CreatedAt;

    /// <summary>Whether any scope of it changes something.</summary>
    public bool Writes => OAuthScopes.Write(Scopes);

    /// <summary>What it lets read, in words for people.</summary>
    public IReadOnlyList<string> Reads => [.. Scopes.Where(scope => !OAuthScopes.Write([scope])).Select(OAuthScopes.Words)];

    /// <summary>What it lets change, in words for people.</summary>
    public IReadOnlyList<string> Changes => [.. Scopes.Where(scope => OAuthScopes.Write([scope])).Select(OAuthScopes.Words)];

    /// <inheritdoc />
    public override string KindName => "OAuth grant";

    /// <inheritdoc />
    protected override string StaysBecauseOfCopies =>
        $"“{Name}” stays ended: a code or token of it was used twice, so somebody has a copy. It needs new consent.";

    /// <inheritdoc />
    public override void Expire(DateTimeOffset? expiresAt, int lastingApiKeys, Id<User>? by, DateTimeOffset now) =>
        throw RefusedException.Invalid(
            "What an app may do has no end of its own; its tokens do. Revoke it instead.", "expires_at");

    /// <summary>Whether the user has agreed to all of these already.</summary>
    public bool Covers(IEnumerable<string> scopes) => IsActive && !scopes.Except(Scopes, StringComparer.Ordinal).Any();

    /// <summary>
    /// Whether the user need not be asked again: they have agreed to all of these, and to the program as it is. Whoever may
    /// change where its people are sent back to could otherwise act as all who agreed before. That a program acts as
    /// somebody by itself is no consent in their browser.
    /// </summary>
    /// <param name="client">The program.</param>
    /// <param name="scopes">What it asks for.</param>
    public bool Remembers(OAuthClient client, IEnumerable<string> scopes) =>
        Covers(scopes) && client.ActsAs != OwnerId && IsAsOf(client);

    internal void Extend(OAuthClient client, IEnumerable<string> scopes, DateTimeOffset now)
    {
        Rescope([.. Scopes.Union(scopes, StringComparer.Ordinal).Order(StringComparer.Ordinal)], OwnerId, now);
        if (!IsAsOf(client))
        {
            Modified(OwnerId, now);
        }
    }

    private bool IsAsOf(OAuthClient client) => client.ModifiedAt is not { } changed || (ModifiedAt ?? CreatedAt) >= changed;
}
