namespace SafetyCenter.Web.OAuth;

/// <summary>
/// A request of a program is refused with one of the codes of RFC 6749, 5.2. The sentence helps whoever writes the
/// program, and tells nobody what exists: all that can be wrong with a code or a token is one sentence.
/// </summary>
public sealed class OAuthRefusedException : Exception
{
    private OAuthRefusedException(string code, string sentence, int status = 400)
        : base(sentence) => (Code, Status) = (code, status);

    /// <summary>The code of the error.</summary>
    public string Code { get; }

    /// <summary>The status of the answer.</summary>
    public int Status { get; }

    /// <summary>Whether the program tried HTTP Basic, and is to be told that it can (RFC 6749, 5.2).</summary>
    public bool IsBasic { get; private init; }

    /// <summary>The request is not what the standard says.</summary>
    public static OAuthRefusedException InvalidRequest(string sentence, int status = 400) =>
        new("invalid_request", sentence, status);

    /// <summary>Nobody knows who asks.</summary>
    /// <param name="isBasic">Whether HTTP Basic was tried.</param>
    public static OAuthRefusedException InvalidClient(bool isBasic = false) =>
        new("invalid_client", "The client is unknown, or did not prove that it is itself.", 401) { IsBasic = isBasic };

    /// <summary>A code or a token opens nothing for who shows it.</summary>
    public static OAuthRefusedException InvalidGrant() => new(
        "invalid_grant",
        "The code or token is unknown, over or used, or was issued to another client, redirect URI or code challenge.");

    /// <summary>The client cannot ask in this way.</summary>
    public static OAuthRefusedException UnauthorizedClient() =>
        new("unauthorized_client", "This client cannot get tokens in this way.");

    /// <summary>There is no such way.</summary>
    public static OAuthRefusedException UnsupportedGrantType() => new(
        "unsupported_grant_type", "The grant types are authorization_code, refresh_token and client_credentials.");

    /// <summary>More is asked for than can be had.</summary>
    public static OAuthRefusedException InvalidScope() =>
        new("invalid_scope", "The scope is unknown, or more than was agreed to.");
}
