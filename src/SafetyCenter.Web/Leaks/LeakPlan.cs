using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Leaks;

/// <summary>What the rules of an organization say to the leak of one credential.</summary>
/// <param name="Credential">The credential.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="DueAt">Until when people are to resolve it; null when it opens nothing any more.</param>
/// <param name="RevokeAt">When it is revoked by itself; null when people decide.</param>
/// <param name="RevokesNow">Whether that is at once.</param>
internal sealed record LeakPlan(
    IssuedCredential Credential, Severity Severity, DateTimeOffset? DueAt, DateTimeOffset? RevokeAt, bool RevokesNow)
{
    public static LeakPlan For(IssuedCredential credential, LeakRules rules, Delivery delivery, DateTimeOffset now)
    {
        var severity = Severities.Of(credential.Scopes, delivery.IsPublic, credential.LastUsedAt, now);
        if (!credential.IsActive)
        {
            return new LeakPlan(credential, severity, null, null, RevokesNow: false);
        }

        var at = delivery.IsShown && rules.RevokesShown ? now : ResponseTo(credential.Kind, rules).RevokesAt(now);
        return new LeakPlan(
            credential, severity, rules.DueAt(severity, now), at > now ? at : null, RevokesNow: at == now);
    }

    private static LeakResponse ResponseTo(string kind, LeakRules rules) => kind switch
    {
        "api_key" => rules.ApiKeys,
        "application_key" => rules.ApplicationKeys,
        "personal_access_token" or "service_access_token" => rules.AccessTokens,
        "oauth_grant" or "oauth_client_secret" => rules.OAuthApps,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No rule answers a leak of this kind."),
    };
}
