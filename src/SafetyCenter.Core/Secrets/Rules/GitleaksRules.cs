namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>A configuration of gitleaks (8.19 or newer), and of betterleaks, which reads the same: TOML, RE2.</summary>
internal static class GitleaksRules
{
    private const string FileName = "safetycenter.gitleaks.toml";

    public static RuleFile For(IReadOnlyList<SecretPattern> patterns, string server) => new(
        "gitleaks",
        "gitleaks",
        FileName,
        "Rules for gitleaks, which reads folders and git histories. Its reports can be sent to us.",
        ScannerRules.Lines(
        [
            .. ScannerRules.Block($"""
                # Finds the keys of the SafetyCenter at {server}
                #
                #   gitleaks git . --config {FileName} --report-format json --report-path leaks.json
                #   curl --fail --header "Authorization: Bearer YOUR-REPORTING-TOKEN" --header "Content-Type: application/json" \
                #     --data-binary @leaks.json {server}/api/v2/safety_center/leak_reports/imports
                #
                # Leave out --redact: a report without the keys tells us nothing about which they are.
                # To keep the rules that gitleaks comes with, add: [extend] and, below it, useDefault = true
                #
                # gitleaks cannot check the checksum in our keys, so it also finds what only looks like one; API keys are
                # 32 hex digits, and are found only after the words "API key" on their line. safetycenter scan checks.
                title = "Keys of SafetyCenter"
                """),
            .. patterns.SelectMany(pattern => ScannerRules.Block($"""

                [[rules]]
                id = "safetycenter-{pattern.Id}"
                description = "SafetyCenter {pattern.Name}"
                regex = '''{pattern.InText}'''
                secretGroup = 1
                keywords = [{string.Join(", ", pattern.Keywords.Select(word => $"\"{word}\""))}]
                """)),
        ]));
}
