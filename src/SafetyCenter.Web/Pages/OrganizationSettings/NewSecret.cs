using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.OrganizationSettings;

/// <summary>A secret on the one answer that shows it, with what to type to try it.</summary>
/// <param name="Credential">What was made.</param>
/// <param name="Secret">Its secret.</param>
/// <param name="Snippets">Lines to copy.</param>
/// <param name="Next">Where to go when it is stored.</param>
public sealed record NewSecret(
    Credential Credential, string Secret, IReadOnlyList<(string Title, string Line)> Snippets, string Next)
{
    /// <summary>Words a secret that was just made.</summary>
    public static NewSecret Of(Credential credential, Secret secret, Installation installation, string next)
    {
        var plain = secret.Reveal();
        var (header, path, variable) = credential switch
        {
            ApiKey => ($"-H \"DD-API-KEY: {plain}\"", "/api/v1/validate", "DD_API_KEY"),
            ApplicationKey => (
                $"-H \"DD-API-KEY: $DD_API_KEY\" -H \"DD-APPLICATION-KEY: {plain}\"",
                "/api/v2/validate_keys",
                "DD_APP_KEY"),
            OAuthClientSecret => (
                $"-u \"$OAUTH_CLIENT_ID:{plain}\" -d grant_type=client_credentials", "/oauth2/token", "OAUTH_CLIENT_SECRET"),
            ClientToken => ($"-H \"DD-CLIENT-TOKEN: {plain}\"", "/verify", "DD_CLIENT_TOKEN"),
            _ => ($"-H \"Authorization: Bearer {plain}\"", "/verify", "DD_BEARER_TOKEN"),
        };
        return new NewSecret(
            credential,
            plain,
            [("Try it", $"curl {header} {installation.LinkTo(path)}"), ("For a .env file", $"{variable}={plain}")],
            next);
    }

    /// <summary>Whether it is never shown again.</summary>
    public bool IsShownOnce => Credential is not ClientToken;
}
