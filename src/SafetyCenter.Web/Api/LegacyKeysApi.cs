using SafetyCenter.Web.Api.JsonApi;

namespace SafetyCenter.Web.Api;

/// <summary>
/// Keys by Datadog's v1 API, which we do not offer: there the secret itself stands in the address, and addresses end up in
/// the logs of everything they pass. So they are refused as Datadog refuses them to an organization in One-Time Read mode,
/// before credentials or the database are asked.
/// </summary>
internal static class LegacyKeysApi
{
    /// <summary>Maps it, for every method.</summary>
    public static void MapLegacyKeys(this IEndpointRouteBuilder routes)
    {
        Refuse("/api/v1/api_key/{**rest}", "/api/v2/api_keys");
        Refuse("/api/v1/application_key/{**rest}", "/api/v2/application_keys and /api/v2/current_user/application_keys");

        void Refuse(string pattern, string instead) => routes
            .Map(pattern, () => ApiAnswer.Errors(
                403,
                $"Forbidden: keys cannot be managed by the v1 API, which has secrets in its addresses. Use {instead}."))
            .AllowAnonymous()
            .DisableAntiforgery();
    }
}
