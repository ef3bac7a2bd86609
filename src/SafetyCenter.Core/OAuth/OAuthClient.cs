using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// A registered program (RFC 6749, 2); its id is the <c>client_id</c>. One that an organization registered is for that
/// organization alone. One that registered itself (RFC 7591) belongs to nobody, and each organization that somebody lets
/// it into has an <see cref="OAuthApp"/> of it.
/// </summary>
public sealed class OAuthClient
{
    /// <summary>The longest description of a program that tells people about itself, its website, in characters.</summary>
    public const int WebsiteLengthMax = 1000;

    private OAuthClient(
        Id<Organization>? organizationId,
        string? name,
        string? publisher,
        IEnumerable<string?> redirectUris,
        IEnumerable<string> scopes,
        bool isConfidential,
        Id<User>? actsAs,
        Id<User>? by,
        DateTimeOffset now)
    {
        Id = Id<OAuthClient>.New(now);
        OrganizationId = organizationId;
        Name = Text.Name(name, "App name");
        Publisher = Text.Name(publisher, "Publisher", field: "publisher");
        RedirectUris = RedirectUri.Clean(redirectUris);
        Scopes = OAuthScopes.Clean(scopes);
        IsConfidential = isConfidential;
        ActsAs = actsAs;
        CreatedAt = now;
        CreatedBy = by;
        Fingerprint = FingerprintOf(Name, RedirectUris);
        if (RedirectUris.Length == 0 && !isConfidential)
        {
            throw RefusedException.Invalid("An app without a secret needs at least one redirect URI.", "redirect_uris");
        }
    }

    // For EF Core.
    private OAuthClient(string name, string publisher, string[] redirectUris, string[] scopes, string fingerprint) =>
        (Name, Publisher, RedirectUris, Scopes, Fingerprint) = (name, publisher, redirectUris, scopes, fingerprint);

    /// <summary>Its id, the <c>client_id</c>, which is no secret.</summary>
    public Id<OAuthClient> Id { get; private set; }

    /// <summary>The organization that registered it and alone may use it; null when it registered itself.</summary>
    public Id<Organization>? OrganizationId { get; private set; }

    /// <summary>Its name.</summary>
    public string Name { get; private set; }

    /// <summary>Who made it, as they say.</summary>
    public string Publisher { get; private set; }

    /// <summary>Its website, as they say; never fetched.</summary>
    public string? Website { get; private set; }

    /// <summary>Where people may be sent back to; none for one that acts for itself only.</summary>
    public string[] RedirectUris { get; private set; }

    /// <summary>What it may ask for, in alphabetical order.</summary>
    public string[] Scopes { get; private set; }

    /// <summary>Whether it can keep a secret and must prove that it is itself; the others prove with PKCE alone.</summary>
    public bool IsConfidential { get; private set; }

    /// <summary>
    /// The person or service account it acts as when nobody consents (RFC 6749, 4.4); null for one that always needs
    /// somebody. What it may do then is what its scopes and their permissions both allow.
    /// </summary>
    public Id<User>? ActsAs { get; private set; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>Who registered it; null when it registered itself.</summary>
    public Id<User>? CreatedBy { get; private set; }

    /// <summary>When it was last changed; null when it never was.</summary>
    public DateTimeOffset? ModifiedAt { get; private set; }

    /// <summary>When it was deleted.</summary>
    public DateTimeOffset? DeletedAt { get; private set; }

    /// <summary>Whether it registered itself: then nobody has looked whether it is what it says.</summary>
    public bool IsDynamic => OrganizationId is null;

    /// <summary>
    /// The same for registrations of the same program: SHA-256, as hex, of its name and redirect URIs, ports of the person's
    /// own machine left out. Programs that register each time they start can so be told from different ones.
    /// </summary>
    public string Fingerprint { get; private set; }

    /// <summary>An organization registers an app of its own.</summary>
    /// <param name="organizationId">Whose it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="publisher">Who made it.</param>
    /// <param name="redirectUris">Where people may be sent back to.</param>
    /// <param name="scopes">What it may ask for; at least one.</param>
    /// <param name="isConfidential">Whether it gets a secret.</param>
    /// <param name="actsAs">Whom a confidential one acts as when nobody consents; null for nobody.</param>
    /// <param name="by">Who registers it.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">Name, publisher, a redirect URI or a scope is not acceptable.</exception>
    public static OAuthClient Register(
        Id<Organization> organizationId,
        string? name,
        string? publisher,
        IEnumerable<string?> redirectUris,
        IEnumerable<string> scopes,
        bool isConfidential,
        Id<User>? actsAs,
        Id<User>? by,
        DateTimeOffset now) => new(
        organizationId, name, publisher, redirectUris, scopes, isConfidential, isConfidential ? actsAs : null, by, now);

    /// <summary>A public program registers itself (RFC 7591).</summary>
    /// <param name="name">Its name, as it says.</param>
    /// <param name="publisher">Who made it, as it says.</param>
    /// <param name="website">Its website, as it says; never fetched.</param>
    /// <param name="redirectUris">Where people may be sent back to; at least one.</param>
    /// <param name="scopes">What it may ask for; at least one.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="RefusedException">Something of it is not acceptable.</exception>
    public static OAuthClient RegisterItself(
        string? name,
        string? publisher,
        string? website,
        IEnumerable<string?> redirectUris,
        IEnumerable<string> scopes,
        DateTimeOffset now) => new(null, name, publisher, redirectUris, scopes, false, null, null, now)
        {
            Website = website is null || (website.Length <= WebsiteLengthMax
                && website.All(character => character is > ' ' and < '\u007f')
                && Uri.TryCreate(website, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http")
                    ? website
                    : throw RefusedException.Invalid("A website must be an http or https address.", "client_uri"),
        };

    /// <summary>Refuses to change one that registered itself: it is in other organizations, too.</summary>
    /// <exception cref="RefusedException">It registered itself.</exception>
    public void RefuseDynamic()
    {
        if (IsDynamic)
        {
            throw RefusedException.Forbidden(
                $"“{Name}” registered itself and cannot be changed. Restrict its scopes, disable it or delete it instead.");
        }
    }

    /// <summary>Changes it; null leaves what it is. A scope that goes ends the grants that hold it, when it is saved.</summary>
    /// <exception cref="RefusedException">
    /// Something of it is not acceptable, it registered itself, or it was deleted.
    /// </exception>
    public void Edit(
        string? name,
        string? publisher,
        IEnumerable<string?>? redirectUris,
        IEnumerable<string>? scopes,
        Id<User>? actsAs,
        DateTimeOffset now)
    {
        RefuseDynamic();
        if (DeletedAt is not null)
        {
            throw RefusedException.Invalid($"“{Name}” was deleted and cannot be changed.");
        }

        Name = name is null ? Name : Text.Name(name, "App name");
        Publisher = publisher is null ? Publisher : Text.Name(publisher, "Publisher", field: "publisher");
        RedirectUris = redirectUris is null ? RedirectUris : RedirectUri.Clean(redirectUris);
        Scopes = scopes is null ? Scopes : OAuthScopes.Clean(scopes);
        ActsAs = IsConfidential ? actsAs ?? ActsAs : null;
        Fingerprint = FingerprintOf(Name, RedirectUris);
        ModifiedAt = now;
        if (RedirectUris.Length == 0 && !IsConfidential)
        {
            throw RefusedException.Invalid("An app without a secret needs at least one redirect URI.", "redirect_uris");
        }
    }

    /// <summary>Removes it for good. Doing so twice keeps the first time.</summary>
    public void Delete(DateTimeOffset now) => DeletedAt ??= now;

    private static string FingerprintOf(string name, string[] redirectUris) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', redirectUris
            .Select(uri => RedirectUri.WithoutPort(uri) ?? uri)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Prepend(name)))));
}

/// <summary>The picture of an app, as it was uploaded. A row of its own, for it is seldom wanted.</summary>
public sealed class OAuthLogo
{
    /// <summary>How many bytes it may have.</summary>
    public const int SizeMax = 64 * 1024;

    // Also for EF Core.
    private OAuthLogo(Id<OAuthClient> clientId, string mediaType, byte[] content) =>
        (ClientId, MediaType, Content) = (clientId, mediaType, content);

    /// <summary>Keeps a picture.</summary>
    /// <param name="clientId">Whose it is.</param>
    /// <param name="content">The file.</param>
    /// <exception cref="RefusedException">It is too large, or no PNG or JPEG from its first byte to its last.</exception>
    public static OAuthLogo Of(Id<OAuthClient> clientId, byte[] content)
    {
        const string field = "logo";
        if (content.Length is 0 or > SizeMax)
        {
            throw RefusedException.Invalid($"A logo must be a file of at most {SizeMax / 1024} KiB.", field);
        }

        return new OAuthLogo(clientId, Picture.MediaTypeOf(content) ?? throw RefusedException.Invalid(
            $"A logo must be a PNG or JPEG picture of at most {Picture.SideMax} by {Picture.SideMax} pixels, and nothing else.",
            field), content);
    }

    /// <summary>Whose it is.</summary>
    public Id<OAuthClient> ClientId { get; private set; }

    /// <summary><c>image/png</c> or <c>image/jpeg</c>.</summary>
    public string MediaType { get; private set; }

    /// <summary>The file.</summary>
    public byte[] Content { get; private set; }
}
