using SafetyCenter.Core;
using SafetyCenter.Core.OAuth;

namespace SafetyCenter.Web.OAuth;

/// <summary>
/// What an app asks for in the address that it sends a person to (RFC 6749, 4.1.1; RFC 7636, 4.3). Parameters that we do not
/// know are passed over, and one without a value counts as not sent (RFC 6749, 3.1).
/// </summary>
public sealed record AuthorizationRequest
{
    /// <summary>The longest query. Signed in or not: the address travels through the sign-in, encoded once more.</summary>
    public const int LengthMax = 4000;

    /// <summary>The longest state, in characters.</summary>
    public const int StateLengthMax = 2000;

    private static readonly string[] Known =
    [
        "client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method", "prompt",
        OrganizationField,
    ];

    /// <summary>The parameter of ours that names the organization that the person chose.</summary>
    public const string OrganizationField = "organization";

    /// <summary>Which program asks; the empty id, which none has, when that cannot be read.</summary>
    public Id<OAuthClient> ClientId { get; private init; }

    /// <summary>Where it wants the person sent back; null when it does not say.</summary>
    public string? SendTo { get; private init; }

    /// <summary>What it wants back as it is; null for nothing.</summary>
    public string? State { get; private init; }

    /// <summary>What it asks for; none means all that it may have.</summary>
    public IReadOnlyList<string> Scopes { get; private init; } = [];

    /// <summary>The code challenge.</summary>
    public string Challenge { get; private init; } = "";

    /// <summary>Whether nothing may be shown (OpenID Connect Core, 3.1.2.1): whatever the answer, it goes to the app.</summary>
    public bool IsSilent { get; private init; }

    /// <summary>Whether the person must be asked, also if they agreed to the same before.</summary>
    public bool AsksAnew { get; private init; }

    /// <summary>The slug of the organization that the person chose; null while they have not.</summary>
    public string? Organization { get; private init; }

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public AuthorizationError? Error { get; private init; }

    /// <summary>Reads it. That never fails: what is wrong is told to the app, once it is known whose address that is.</summary>
    public static AuthorizationRequest Read(IQueryCollection query)
    {
        var prompts = OAuthScopes.Split(One("prompt"));
        var state = One("state");
        return new AuthorizationRequest
        {
            ClientId = Id<OAuthClient>.Parse(One("client_id") ?? "", null),
            SendTo = query["redirect_uri"] is { Count: > 1 } several ? several.ToString() : One("redirect_uri"),
            State = state is { Length: <= StateLengthMax } ? state : null,
            Scopes = OAuthScopes.Split(One("scope")),
            Challenge = One("code_challenge") ?? "",
            IsSilent = prompts.Contains("none"),
            AsksAnew = prompts.Contains("consent"),
            Organization = One(OrganizationField),
            Error = ErrorIn(),
        };

        string? One(string name) => query[name] is [{ Length: > 0 } only] ? only : null;

        AuthorizationError? ErrorIn() =>
            Array.Find(Known, name => query[name].Count > 1) is { } twice
                ? AuthorizationError.Invalid($"The parameter {twice} was sent twice.")
            : state is { Length: > StateLengthMax }
                ? AuthorizationError.Invalid($"The state is longer than {StateLengthMax} characters.")
            : One("response_type") is not { } type ? AuthorizationError.Invalid("The parameter response_type is missing.")
            : type != "code" ? AuthorizationError.UnsupportedResponseType
            : One("code_challenge") is not { } challenge
                ? AuthorizationError.Invalid("The parameter code_challenge is missing: PKCE is demanded of every app.")
            : One("code_challenge_method") != CodeChallenge.Method
                ? AuthorizationError.Invalid("The code_challenge_method must be S256.")
            : !CodeChallenge.IsWellFormed(challenge)
                ? AuthorizationError.Invalid("The code_challenge must be 43 characters of base64url.")
            : prompts.Contains("none") && prompts.Length > 1
                ? AuthorizationError.Invalid("The prompt none goes with no other.")
            : null;
    }
}
