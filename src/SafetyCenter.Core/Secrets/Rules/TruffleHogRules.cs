namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>
/// Custom detectors for TruffleHog: YAML, RE2. Each asks us whether what it found is alive, which raises the alert.
/// </summary>
internal static class TruffleHogRules
{
    private const string FileName = "safetycenter.trufflehog.yaml";

    public static RuleFile For(IReadOnlyList<SecretPattern> patterns, string server) => new(
        "trufflehog",
        "TruffleHog",
        FileName,
        "Custom detectors for TruffleHog. It asks us about each key it finds, and what is ours raises its alert at once.",
        ScannerRules.Lines(
        [
            .. ScannerRules.Block($"""
                # Finds the keys of the SafetyCenter at {server}
                #
                #   trufflehog git file://. --config {FileName}
                #
                # Put a reporting token in the place of YOUR-REPORTING-TOKEN, and keep this file as secret as that. What is found
                # is sent to the address below and nowhere else. What TruffleHog then calls verified is a key of yours that works,
                # and its leak has been recorded.
                #
                # The checksum in our keys is checked there and not here; API keys are 32 hex digits, and are asked about only
                # where they follow the words "API key" on their line.
                detectors:
                """),
            .. patterns.SelectMany(pattern => ScannerRules.Block($"""
                  - name: SafetyCenter{pattern.Kind}
                    keywords:
                {string.Join('\n', pattern.Keywords.Select(word => $"      - '{word}'"))}
                    regex:
                      key: '{pattern.InText}'
                    verify:
                      - endpoint: '{server.Replace("'", "''", StringComparison.Ordinal)}/webhooks/trufflehog/verify'
                        unsafe: {(server.StartsWith("https:", StringComparison.Ordinal) ? "false" : "true")}
                        headers:
                          - 'Authorization: Bearer YOUR-REPORTING-TOKEN'
                """)),
        ]));
}
