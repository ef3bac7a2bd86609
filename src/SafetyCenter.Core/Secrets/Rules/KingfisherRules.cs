namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>
/// Custom rules for Kingfisher: YAML, and patterns for Vectorscan and Rust's regex. It computes checksums, so it needs no
/// word before an API key, and no examples stand here: only a real key would fit.
/// </summary>
internal static class KingfisherRules
{
    private const string FileName = "safetycenter.kingfisher.yaml";

    public static RuleFile For(IReadOnlyList<SecretPattern> patterns, string server) => new(
        "kingfisher",
        "Kingfisher",
        FileName,
        "Rules for Kingfisher, which checks the checksum of each key, and so finds hardly anything that is not ours.",
        ScannerRules.Lines(
        [
            .. ScannerRules.Block($"""
                # Finds the keys of the SafetyCenter at {server}
                #
                #   kingfisher scan . --rules-path {FileName} --load-builtins=false
                #
                # It checks the checksum in each key (pattern_requirements, which early versions do not know). No examples stand
                # here, because an example with a right checksum would alarm everybody.
                rules:
                """),
            .. patterns.SelectMany(pattern => ScannerRules.Block($$$"""
                  - name: 'SafetyCenter {{{pattern.Name}}}'
                    id: 'custom.safetycenter.{{{pattern.Id}}}'
                    pattern: '(?:^|{{{SecretPattern.Before}}})({{{pattern.SecretInParts}}})(?:{{{SecretPattern.After}}})'
                    min_entropy: 2.0
                    confidence: high
                    pattern_requirements:
                      checksum:
                        actual:
                          template: '{{ checksum }}'
                          requires_capture: checksum
                        expected: '{{{Expected(pattern)}}}'
                        skip_if_missing: false
                """)),
        ]));

    private static string Expected(SecretPattern pattern) => pattern.ChecksumName is { } name
        ? $"{{{{ body | prepend: \"{name}\" | crc32_hex: {pattern.ChecksumLength} }}}}"
        : $"{{{{ body | crc32 | base62: {pattern.ChecksumLength} }}}}";
}
