namespace SafetyCenter.Core.Secrets;

/// <summary>What a secret opens. Its shape is drawn in <see cref="SecretFormat"/>.</summary>
public enum SecretKind
{
    /// <summary>Sends an organization's data.</summary>
    ApiKey,

    /// <summary>Acts for the user or service account that made it.</summary>
    ApplicationKey,

    /// <summary>Lets browsers and phones send data; public by design.</summary>
    ClientToken,

    /// <summary>A person's access token; its id stands inside.</summary>
    PersonalAccessToken,

    /// <summary>A service account's access token; its id stands inside.</summary>
    ServiceAccessToken,

    /// <summary>Proves that an OAuth app is itself.</summary>
    OAuthClientSecret,

    /// <summary>Lets an OAuth app act for a user, for a short while.</summary>
    OAuthAccessToken,

    /// <summary>Gets an OAuth app its next access token.</summary>
    OAuthRefreshToken,
}
