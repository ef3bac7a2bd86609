using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Web.Api;

/// <summary>Finds out which reporter calls, by the token in <c>Authorization</c>, and whether it is their turn.</summary>
internal sealed class ReporterCall(
    IHttpContextAccessor accessor, ReporterTokens tokens, SecretFormat format, ReportRates rates)
{
    private const string Bearer = "Bearer ";

    /// <summary>
    /// The reporter. The token stands there by itself, as GitLab sends it, or after <c>Bearer</c>. A reporter that was revoked,
    /// whose organization is disabled, or who signs instead is nobody. What cannot be a token of ours is not looked for.
    /// </summary>
    /// <param name="door">Where, for the count of strangers.</param>
    /// <exception cref="ReportRefusedException">There is none (401), or there were too many such requests (429).</exception>
    public async Task<LeakReporter> AuthenticateAsync(string door)
    {
        var context = accessor.HttpContext!;
        var sent = context.Request.Headers.Authorization is [{ Length: > 0 } only] ? only : "";
        var token = (sent.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? sent[Bearer.Length..] : sent).Trim();
        var reporter = LeakReporter.IsToken(token, format)
            ? await tokens.FindAsync(token, context.RequestAborted)
            : null;
        if (reporter is not null)
        {
            return reporter;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"SafetyCenter\"";
        throw ReportRequest.Unproven(
            context,
            rates,
            door,
            401,
            "The header Authorization must carry the token of a reporter that is not revoked. Admins make one under "
            + "Configuration, Reporters.");
    }

    /// <summary>
    /// Takes one of the reports that a reporter has, so that a program which runs wild hinders nobody else. Not for those who
    /// would lose a leak if they were refused.
    /// </summary>
    /// <exception cref="ReportRefusedException">They have none left (429).</exception>
    public void TakeTurn(LeakReporter reporter)
    {
        if (rates.TakeReport(reporter.Id) is { Ticks: > 0 } wait)
        {
            throw new ReportRefusedException(
                429,
                $"A reporter can send {ReportRates.ReportsAtOnce} reports at once, and one more each second. Put more findings "
                + "into one.",
                wait);
        }
    }
}
