using Microsoft.AspNetCore.WebUtilities;

namespace SafetyCenter.Web.OAuth;

/// <summary>Why an app gets no code (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6). It tells nothing of the inside.</summary>
/// <param name="Code">The error, for programs.</param>
/// <param name="Description">A sentence for whoever writes the app: printable ASCII without quotes.</param>
public sealed record AuthorizationError(string Code, string Description)
{
    /// <summary>The person said no, or the organization does.</summary>
    public static readonly AuthorizationError Denied = new("access_denied", "The access was denied.");

    /// <summary>Another answer than a code was asked for.</summary>
    public static readonly AuthorizationError UnsupportedResponseType =
        new("unsupported_response_type", "The only response_type is code.");

    /// <summary>More was asked for than the app may have.</summary>
    public static readonly AuthorizationError InvalidScope =
        new("invalid_scope", "The app may not have all of these scopes here.");

    /// <summary>Nothing may be shown, but nobody has signed in.</summary>
    public static readonly AuthorizationError LoginRequired = new("login_required", "The person must sign in.");

    /// <summary>Nothing may be shown, but the person has not agreed to all of it.</summary>
    public static readonly AuthorizationError ConsentRequired = new("consent_required", "The person must consent.");

    /// <summary>Nothing may be shown, but there is something else to ask.</summary>
    public static readonly AuthorizationError InteractionRequired =
        new("interaction_required", "The person must be asked something.");

    /// <summary>The request cannot be.</summary>
    public static AuthorizationError Invalid(string description) => new("invalid_request", description);
}

/// <summary>
/// Where the person's browser carries the answer: to an address that is the app's, with what the app must see to know that
/// the answer is to its own question (<c>state</c>) and comes from us (<c>iss</c>, RFC 9207).
/// </summary>
/// <param name="SendTo">The verified redirect URI; a query of its own stays.</param>
/// <param name="State">What the app wants back; null for nothing.</param>
/// <param name="Issuer">Who we are.</param>
public sealed record AuthorizationAnswer(string SendTo, string? State, string Issuer)
{
    /// <summary>The person agreed.</summary>
    public string With(string code) => Address(("code", code));

    /// <summary>There is no code, and why.</summary>
    public string With(AuthorizationError error) =>
        Address(("error", error.Code), ("error_description", error.Description));

    private string Address(params (string, string?)[] answer) => QueryHelpers.AddQueryString(
        SendTo,
        answer.Append(("state", State)).Append(("iss", Issuer))
            .Where(field => field.Item2 is not null)
            .Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
}
