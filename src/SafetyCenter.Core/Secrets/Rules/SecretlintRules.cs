namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>A configuration of secretlint with its pattern rule: JSON, and JavaScript's regular expressions.</summary>
internal static class SecretlintRules
{
    private const string FileName = "safetycenter.secretlintrc.json";
    private const string RuleId = "@secretlint/secretlint-rule-pattern";

    public static RuleFile For(IReadOnlyList<SecretPattern> patterns, string server) => new(
        "secretlint",
        "secretlint",
        FileName,
        "A configuration for secretlint, for projects that run on npm. Its reports can be sent to us.",
        ScannerRules.Lines(
        [
            .. ScannerRules.Block($$"""
                {
                  "$comment": [
                    "Finds the keys of the SafetyCenter at {{server}}",
                    "npm install --save-dev secretlint {{RuleId}}",
                    "npx secretlint --secretlintrc {{FileName}} '**/*'",
                    "To send us a report, make it with --format json and --no-maskSecrets.",
                    "secretlint cannot check the checksum in our keys, so it also finds what only looks like one;",
                    "API keys are 32 hex digits, and are found only after the words 'API key' on their line."
                  ],
                  "rules": [
                    {
                      "id": "{{RuleId}}",
                      "options": {
                        "patterns": [
                """),
            string.Join(
                ",\n",
                patterns.Select(pattern => $$"""
                              { "name": "SafetyCenter {{pattern.Name}}", "pattern": "{{InJson($"/{Pattern(pattern)}/g")}}" }
                    """)),
            .. ScannerRules.Block("""
                        ]
                      }
                    }
                  ]
                }
                """),
        ]));

    // What is found is the whole match, so that what stands around a secret is looked at and not matched. The word is
    // looked for once 32 digits are there, and not at each character of a text.
    private static string Pattern(SecretPattern pattern) => pattern.IsBare
        ? $"{pattern.Secret}(?![0-9A-Za-z])(?<={SecretPattern.Word}(?:{SecretPattern.Before}){pattern.Secret})"
        : $"(?<=^|{SecretPattern.Before}){pattern.Secret}(?![0-9A-Za-z])";

    private static string InJson(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal);
}
