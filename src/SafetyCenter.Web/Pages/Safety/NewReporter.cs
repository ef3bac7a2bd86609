using SafetyCenter.Core.Alerts;
using SafetyCenter.Web.Startup;

namespace SafetyCenter.Web.Pages.Safety;

/// <summary>The token of a new reporter on the one answer that shows it, with what to type to use it.</summary>
/// <param name="Reporter">Whose it is.</param>
/// <param name="Token">The token.</param>
/// <param name="Snippets">Lines to copy.</param>
/// <param name="Next">Where to go when it is stored.</param>
public sealed record NewReporter(
    LeakReporter Reporter, string Token, IReadOnlyList<(string Title, string Line)> Snippets, string Next)
{
    /// <summary>The variable that our own scanner reads the token from; others may as well.</summary>
    public const string Variable = "SAFETYCENTER_TOKEN";

    /// <summary>Words a token that was just made.</summary>
    public static NewReporter Of(LeakReporter reporter, string token, Installation installation, string next) => new(
        reporter,
        token,
        [("For a secret variable of your builds", $"{Variable}={token}"), .. HowTo(reporter, installation)],
        next);

    /// <summary>Lines with which a reporter of this kind reports.</summary>
    public static IReadOnlyList<(string Title, string Line)> HowTo(ReporterProof proof, Installation installation) =>
        HowTo(proof, "REPORTER-ID", installation);

    private static IReadOnlyList<(string Title, string Line)> HowTo(LeakReporter reporter, Installation installation) =>
        HowTo(reporter.Proof, reporter.Id.ToString(), installation);

    private static IReadOnlyList<(string Title, string Line)> HowTo(
        ReporterProof proof, string id, Installation installation) => proof == ReporterProof.Token
            ?
            [
                (
                    "What our own scanner found: hashes and places, and never a secret",
                    "safetycenter scan . --format json > findings.json\n"
                    + $"safetycenter report --server {installation.LinkTo("")} findings.json"),
                (
                    "The report of another scanner",
                    $"curl -H \"Authorization: Bearer ${Variable}\" -H \"Content-Type: application/json\" \\\n"
                    + $"  --data-binary @gitleaks.json {installation.LinkTo("/api/v2/safety_center/leak_reports/imports")}"),
            ]
            :
            [
                (
                    "A signed report: report.json is a list of objects with token, type, url and source",
                    "now=$(date +%s)\n"
                    + "signature=$( (printf '%s.' \"$now\"; cat report.json) \\\n"
                    + $"  | openssl dgst -sha256 -hmac \"${Variable}\" -r | cut -d' ' -f1)\n"
                    + $"curl -H \"X-Reporter-Id: {id}\" -H \"X-Report-Timestamp: $now\" \\\n"
                    + "  -H \"X-Report-Signature: sha256=$signature\" -H \"Content-Type: application/json\" \\\n"
                    + $"  --data-binary @report.json {installation.LinkTo("/api/v2/safety_center/leak_reports/signed")}"),
            ];
}
