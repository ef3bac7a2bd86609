using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Judges the credentials of a call, in one place for all doors. A verdict is a value: nothing is thrown for a bad
/// credential, and what is not even shaped like one of ours is refused without asking the database.
/// </summary>
/// <remarks>
/// What is looked at, first come first judged; an empty header is one that was not sent, which is what clients make of a
/// setting that nobody filled in; and a header that is sent twice is no credential:
/// <list type="number">
/// <item><c>DD-APPLICATION-KEY</c> with an application key: needs <c>DD-API-KEY</c> of the same organization beside it.</item>
/// <item><c>DD-APPLICATION-KEY</c> with a personal or service access token: the API key is not even looked at.</item>
/// <item><c>Authorization: Bearer</c> (RFC 6750, 2.1) with an access token, also of an OAuth app: again the API key is not
/// looked at, which Datadog's clients send along whenever one is configured. A caller's own bearer token that is none of
/// ours disturbs nothing.</item>
/// <item><c>DD-API-KEY</c> alone.</item>
/// <item><c>DD-CLIENT-TOKEN</c>, or the query parameter <c>dd-api-key</c> of Datadog's browser SDK, with a client token.
/// It has no owner and so no permissions: nothing can be read with it.</item>
/// </list>
/// </remarks>
public sealed class Authenticator(SecretFormat format, CredentialDirectory directory, TimeProvider time)
{
    /// <summary>The header of the API key.</summary>
    public const string ApiKeyHeader = "DD-API-KEY";

    /// <summary>The header of the application key, or of an access token in its place.</summary>
    public const string ApplicationKeyHeader = "DD-APPLICATION-KEY";

    /// <summary>The header of a client token.</summary>
    public const string ClientTokenHeader = "DD-CLIENT-TOKEN";

    /// <summary>The query parameter of a client token.</summary>
    public const string ClientTokenParameter = "dd-api-key";

    private const string BearerPrefix = "Bearer ";

    /// <summary>Judges all that was sent.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database had to be asked and does not answer.</exception>
    public ValueTask<Authentication> AuthenticateAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var headers = request.Headers;
        var applicationKey = headers[ApplicationKeyHeader];
        if (!StringValues.IsNullOrEmpty(applicationKey))
        {
            return AuthenticateApplicationKeyAsync(headers, applicationKey, cancellationToken);
        }

        var bearer = BearerOf(headers);
        if (bearer is not null && TryRead(bearer, out var token) && IsBearerToken(token))
        {
            return AuthenticateAloneAsync(token, cancellationToken);
        }

        var apiKey = headers[ApiKeyHeader];
        if (!StringValues.IsNullOrEmpty(apiKey))
        {
            return AuthenticateApiKeyAsync(apiKey, cancellationToken);
        }

        var clientToken = headers[ClientTokenHeader];
        if (StringValues.IsNullOrEmpty(clientToken) && request.QueryString.HasValue)
        {
            clientToken = request.Query[ClientTokenParameter];
        }

        return StringValues.IsNullOrEmpty(clientToken)
                ? new(Authentication.Refused(bearer is null ? Verdict.Missing : Verdict.Unknown))
            : IsSecret(clientToken, SecretKind.ClientToken, out var secret)
                ? AuthenticateAloneAsync(secret, cancellationToken)
                : Unknown;
    }

    /// <summary>Judges the API key, whatever came beside it.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database had to be asked and does not answer.</exception>
    public ValueTask<Authentication> AuthenticateApiKeyAsync(
        IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var text = headers[ApiKeyHeader];
        return StringValues.IsNullOrEmpty(text)
            ? new(Authentication.Refused(Verdict.Missing))
            : AuthenticateApiKeyAsync(text, cancellationToken);
    }

    private async ValueTask<Authentication> AuthenticateApiKeyAsync(
        StringValues text, CancellationToken cancellationToken)
    {
        if (!IsSecret(text, SecretKind.ApiKey, out var secret))
        {
            return Authentication.Refused(Verdict.Unknown);
        }

        var known = await directory.FindAsync(secret.Hash, cancellationToken);
        var verdict = VerdictOf(known);
        return verdict == Verdict.Active
            ? Authentication.Of(known!, applicationKey: null)
            : Authentication.Refused(verdict, known);
    }

    private static ValueTask<Authentication> Unknown => new(Authentication.Refused(Verdict.Unknown));

    private async ValueTask<Authentication> AuthenticateApplicationKeyAsync(
        IHeaderDictionary headers, StringValues applicationKeyText, CancellationToken cancellationToken)
    {
        if (!TryRead(applicationKeyText, out var secret))
        {
            return Authentication.Refused(Verdict.Unknown);
        }

        if (IsAccessToken(secret))
        {
            return await AuthenticateAloneAsync(secret, cancellationToken);
        }

        var apiKeyText = headers[ApiKeyHeader];
        if (StringValues.IsNullOrEmpty(apiKeyText))
        {
            return Authentication.Refused(Verdict.Incomplete);
        }

        // Both shapes first: with junk in either place the database need not be asked about the other.
        if (secret.Kind != SecretKind.ApplicationKey
            || !IsSecret(apiKeyText, SecretKind.ApiKey, out var apiKeySecret))
        {
            return Authentication.Refused(Verdict.Unknown);
        }

        var apiKey = await directory.FindAsync(apiKeySecret.Hash, cancellationToken);
        var applicationKey = await directory.FindAsync(secret.Hash, cancellationToken);
        if (VerdictOf(apiKey) is not Verdict.Active and var ofApiKey)
        {
            return Authentication.Refused(ofApiKey, apiKey);
        }

        if (VerdictOf(applicationKey) is not Verdict.Active and var ofApplicationKey)
        {
            return Authentication.Refused(ofApplicationKey, applicationKey);
        }

        return apiKey!.OrganizationId == applicationKey!.OrganizationId
            ? Authentication.Of(apiKey, applicationKey)
            : Authentication.Refused(Verdict.Mismatched);
    }

    private async ValueTask<Authentication> AuthenticateAloneAsync(Secret secret, CancellationToken cancellationToken)
    {
        var known = await directory.FindAsync(secret.Hash, cancellationToken);
        var verdict = VerdictOf(known);
        return verdict == Verdict.Active ? Authentication.Of(known!) : Authentication.Refused(verdict, known);
    }

    private Verdict VerdictOf(Known? known) => known?.VerdictAt(time.GetUtcNow()) ?? Verdict.Unknown;

    // Other schemes are between the caller and whoever stands behind the gateway.
    private static string? BearerOf(IHeaderDictionary headers) =>
        headers.Authorization is [{ } only] && only.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? only[BearerPrefix.Length..].Trim()
            : null;

    private static bool IsAccessToken(Secret secret) =>
        secret.Kind is SecretKind.PersonalAccessToken or SecretKind.ServiceAccessToken;

    // An access token of an OAuth app comes as a bearer token and in no other way (RFC 6750, 2.1).
    private static bool IsBearerToken(Secret secret) => IsAccessToken(secret) || secret.Kind == SecretKind.OAuthAccessToken;

    private bool IsSecret(StringValues text, SecretKind kind, [NotNullWhen(true)] out Secret? secret) =>
        TryRead(text, out secret) && secret.Kind == kind;

    private bool TryRead(StringValues text, [NotNullWhen(true)] out Secret? secret)
    {
        secret = null;
        return text.Count == 1 && format.TryRead(text[0], out secret);
    }
}
