using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Web.Verification;

/// <summary>What the credentials of one call are worth.</summary>
/// <param name="Verdict">The judgement of all of them together.</param>
/// <param name="Credential">
/// The one that says who calls: an application key, an access token, a client token, or the API key when it is alone.
/// Null unless the verdict is active.
/// </param>
/// <param name="ApiKey">The API key, alone or beside an application key; null when none was looked at.</param>
/// <param name="OffForTest">What is off for a test, when that is the reason for the refusal.</param>
public readonly record struct Authentication(Verdict Verdict, Known? Credential, Known? ApiKey, Known? OffForTest)
{
    /// <summary>Whether something was shown that opens nothing; not while an admin looks who misses it.</summary>
    public bool IsWrong =>
        Verdict is Verdict.Unknown or Verdict.Revoked or Verdict.Expired or Verdict.OwnerInactive or Verdict.Mismatched;

    /// <summary>A credential that stands alone.</summary>
    internal static Authentication Of(Known alone) => new(Verdict.Active, alone, null, null);

    /// <summary>An API key, and the application key beside it, if any.</summary>
    internal static Authentication Of(Known apiKey, Known? applicationKey) =>
        new(Verdict.Active, applicationKey ?? apiKey, apiKey, null);

    internal static Authentication Refused(Verdict verdict) => new(verdict, null, null, null);

    /// <summary>Refused because of one credential.</summary>
    internal static Authentication Refused(Verdict verdict, Known? because) =>
        new(verdict, null, null, verdict == Verdict.OffForTest ? because : null);
}
