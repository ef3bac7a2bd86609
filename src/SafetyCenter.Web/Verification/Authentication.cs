using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Web.Verification;

/// <summary>What the credentials of one call are worth.</summary>
/// <param name="Verdict">The judgement of all of them together.</param>
/// <param name="ApiKey">The API key; null unless the verdict is active.</param>
/// <param name="ApplicationKey">
/// The application key beside it; null when none was sent, or the verdict is not active.
/// </param>
public readonly record struct Authentication(Verdict Verdict, Known? ApiKey, Known? ApplicationKey)
{
    /// <summary>The credential that says who calls: the application key when there is one, else the API key.</summary>
    public Known? Credential => ApplicationKey ?? ApiKey;

    internal static Authentication Refused(Verdict verdict) => new(verdict, null, null);
}
