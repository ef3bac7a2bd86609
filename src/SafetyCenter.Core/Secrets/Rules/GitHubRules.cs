namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>
/// Custom patterns for GitHub's secret scanning, to be typed into its form: Hyperscan, without option modifiers, and what
/// stands around a secret in fields of its own.
/// </summary>
internal static class GitHubRules
{
    public static RuleFile For(IReadOnlyList<SecretPattern> patterns, string server) => new(
        "github",
        "GitHub custom patterns",
        "safetycenter.github.txt",
        "Custom patterns for GitHub's secret scanning, to be typed into its form; push protection can use them too.",
        ScannerRules.Lines(
        [
            .. ScannerRules.Block($"""
                # Finds the keys of the SafetyCenter at {server}
                #
                # In the settings of your organization or repository on GitHub, under Advanced Security, add a custom pattern for
                # each of these; "Before secret" and "After secret" are under "More options". Dry-run it, publish it, and turn on
                # push protection for it.
                #
                # GitHub cannot check the checksum in our keys, so it also finds what only looks like one; API keys are
                # 32 hex digits, and are found only after the words "API key" on their line. The test strings have a wrong
                # checksum, and are nobody's keys.
                """),
            .. patterns.SelectMany(pattern => ScannerRules.Block($"""

                Pattern name:   SafetyCenter {pattern.Name}
                Secret format:  {pattern.Secret}
                Before secret:  {Before(pattern)}
                After secret:   \z|[^0-9A-Za-z]
                Test string:    {(pattern.IsBare ? "DD_API_KEY=" : "KEY=")}{pattern.Example}
                """)),
        ]));

    private static string Before(SecretPattern pattern) => pattern.IsBare
        ? $"{SecretPattern.Word}(?:{SecretPattern.Before})"
        : $@"\A|{SecretPattern.Before}";
}
