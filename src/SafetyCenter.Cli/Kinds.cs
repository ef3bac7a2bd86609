using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Cli;

/// <summary>What kinds of secrets are called in what we write, and what they are.</summary>
internal static class Kinds
{
    private const string Replace =
        "Make another in SafetyCenter, put it where this one is used, and revoke this one. Taking it out of the file does not "
        + "help: whoever has seen it has it, and the history of a repository keeps it.";

    private const string LeaveOut = "Nothing has to be done. A file .safetycenterignore leaves it out of the next scan.";

    /// <summary>All of them: what they are, what it means that one was found, and what to do about that.</summary>
    public static readonly IReadOnlyList<(string Name, string Title, string Sentence, string Help)> All =
    [
        ("api_key", "API key of SafetyCenter",
            "An API key of SafetyCenter was found. Whoever has it can send data as your organization.", Replace),
        ("application_key", "Application key of SafetyCenter",
            "An application key of SafetyCenter was found. Whoever has it can act for its owner.", Replace),
        ("client_token", "Client token of SafetyCenter",
            "A client token of SafetyCenter was found. It is public by design.", LeaveOut),
        ("access_token", "Access token of SafetyCenter",
            "An access token of SafetyCenter was found. Whoever has it can act for its owner.", Replace),
        ("oauth_secret", "Secret of an OAuth app of SafetyCenter",
            "The secret of an OAuth app of SafetyCenter was found. Whoever has it can pass for that app.", Replace),
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
