using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Cli;

/// <summary>What kinds of secrets are called in what we write, and what they are.</summary>
internal static class Kinds
{
    /// <summary>All of them, with a sentence on each.</summary>
    public static readonly IReadOnlyList<(string Name, string Sentence)> All =
    [
        ("api_key", "An API key of SafetyCenter was found. Whoever has it can send data as your organization."),
        ("application_key", "An application key of SafetyCenter was found. Whoever has it can act for its owner."),
        ("client_token", "A client token of SafetyCenter was found. It is public by design."),
        ("access_token", "An access token of SafetyCenter was found. Whoever has it can act for its owner."),
        ("oauth_secret", "The secret of an OAuth app of SafetyCenter was found. Whoever has it can pass for that app."),
    ];

    /// <summary>The name of a kind.</summary>
    public static string Name(SecretKind kind) => kind switch
    {
        SecretKind.ApiKey => "api_key",
        SecretKind.ApplicationKey => "application_key",
        SecretKind.ClientToken => "client_token",
        SecretKind.OAuthClientSecret => "oauth_secret",
        _ => "access_token",
    };
}
