using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>Finds out which reporter calls, by the token in <c>Authorization</c>.</summary>
internal static class ReporterCall
{
    private const string Bearer = "Bearer ";

    /// <summary>
    /// The reporter. The token stands there by itself, as GitLab sends it, or after <c>Bearer</c>. A reporter that was revoked,
    /// whose organization is disabled, or who signs instead is nobody.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="tokens">All reporters.</param>
    /// <param name="rates">How often strangers are heard.</param>
    /// <param name="door">Where, for the count of strangers.</param>
    /// <exception cref="ReportRefusedException">There is none (401), or there were too many such requests (429).</exception>
    public static async Task<LeakReporter> AuthenticateAsync(
        HttpContext context, ReporterTokens tokens, ReportRates rates, string door)
    {
        var sent = context.Request.Headers.Authorization is [{ Length: > 0 } only] ? only : "";
        var token = sent.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? sent[Bearer.Length..] : sent;
        var reporter = token.Length == 0 ? null : await tokens.FindAsync(token.Trim(), context.RequestAborted);
        if (reporter is not null)
        {
            return reporter;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"SafetyCenter\"";
        throw ReportRequest.Unproven(
            context, rates, door, 401, "The header Authorization must carry the token of a reporter that is not revoked.");
    }
}
