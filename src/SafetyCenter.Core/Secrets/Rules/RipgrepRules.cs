namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>A configuration of ripgrep, an argument a line; unlike a file of patterns it may hold comments.</summary>
internal static class RipgrepRules
{
    private const string FileName = "safetycenter.ripgreprc";

    public static RuleFile For(IReadOnlyList<SecretPattern> patterns, string server) => new(
        "ripgrep",
        "ripgrep",
        FileName,
        "A configuration for ripgrep: a quick look through folders with nothing else installed.",
        ScannerRules.Lines(ScannerRules.Block($"""
            # Finds the keys of the SafetyCenter at {server}
            #
            #   RIPGREP_CONFIG_PATH={FileName} rg PATH...
            #
            # It prints file, line and key. It cannot check the checksum in our keys, so it also finds what only looks like one;
            # API keys are 32 hex digits, and are found only after the words "API key" on their line.
            --hidden
            --no-ignore
            --glob=!.git
            --text
            --line-number
            --only-matching
            --replace=$1$2
            --regexp={Pattern(patterns)}
            """)));

    // One pattern, because a replacement can name the groups of one only.
    private static string Pattern(IReadOnlyList<SecretPattern> patterns)
    {
        var named = string.Join('|', patterns.Where(pattern => !pattern.IsBare).Select(pattern => pattern.Secret));
        var bare = string.Join('|', patterns.Where(pattern => pattern.IsBare).Select(pattern => pattern.Secret));
        return $"(?:(?:^|{SecretPattern.Before})({named})|{SecretPattern.Word}(?:{SecretPattern.Before})({bare}))"
            + @"(?:(?-u:\b)|_)";
    }
}
