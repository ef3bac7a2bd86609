using Microsoft.Extensions.Primitives;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Web.Verification;

/// <summary>
/// Judges the credentials of a call, in one place for all doors. They come in the headers of Datadog's API:
/// <c>DD-API-KEY</c>, and <c>DD-APPLICATION-KEY</c> beside it. An empty header is one that was not sent, which is what
/// clients make of a setting that nobody filled in; a header that is sent twice is no key.
/// </summary>
public sealed class Authenticator(SecretFormat format, CredentialDirectory directory)
{
    /// <summary>The header of the API key.</summary>
    public const string ApiKeyHeader = "DD-API-KEY";

    /// <summary>The header of the application key.</summary>
    public const string ApplicationKeyHeader = "DD-APPLICATION-KEY";

    /// <summary>Judges all that was sent: an API key, or both kinds of key of one organization.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database had to be asked and does not answer.</exception>
    public async ValueTask<Authentication> AuthenticateAsync(
        IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var applicationKeyText = headers[ApplicationKeyHeader];
        if (StringValues.IsNullOrEmpty(applicationKeyText))
        {
            return await AuthenticateApiKeyAsync(headers, cancellationToken);
        }

        var apiKeyText = headers[ApiKeyHeader];
        if (StringValues.IsNullOrEmpty(apiKeyText))
        {
            return Authentication.Refused(Verdict.Incomplete);
        }

        // Both shapes first: with junk in either place the database need not be asked about the other.
        if (!IsSecret(apiKeyText, SecretKind.ApiKey, out var apiKeySecret)
            || !IsSecret(applicationKeyText, SecretKind.ApplicationKey, out var applicationKeySecret))
        {
            return Authentication.Refused(Verdict.Unknown);
        }

        var apiKey = await directory.FindAsync(apiKeySecret.Hash, cancellationToken);
        var applicationKey = await directory.FindAsync(applicationKeySecret.Hash, cancellationToken);
        var verdict = VerdictOf(apiKey) is not Verdict.Active and var ofApiKey ? ofApiKey
            : VerdictOf(applicationKey) is not Verdict.Active and var ofApplicationKey ? ofApplicationKey
            : apiKey!.OrganizationId != applicationKey!.OrganizationId ? Verdict.Mismatched
            : Verdict.Active;
        return verdict == Verdict.Active
            ? new Authentication(Verdict.Active, apiKey, applicationKey)
            : Authentication.Refused(verdict);
    }

    /// <summary>Judges the API key, whatever came beside it.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database had to be asked and does not answer.</exception>
    public async ValueTask<Authentication> AuthenticateApiKeyAsync(
        IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var text = headers[ApiKeyHeader];
        if (StringValues.IsNullOrEmpty(text))
        {
            return Authentication.Refused(Verdict.Missing);
        }

        if (!IsSecret(text, SecretKind.ApiKey, out var secret))
        {
            return Authentication.Refused(Verdict.Unknown);
        }

        var known = await directory.FindAsync(secret.Hash, cancellationToken);
        return VerdictOf(known) is not Verdict.Active and var verdict
            ? Authentication.Refused(verdict)
            : new Authentication(Verdict.Active, known, null);
    }

    private static Verdict VerdictOf(Known? known) => known?.Verdict ?? Verdict.Unknown;

    private bool IsSecret(
        StringValues text, SecretKind kind, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Secret? secret)
    {
        secret = null;
        return text.Count == 1 && format.TryParse(text[0], out secret) && secret.Kind == kind;
    }
}
