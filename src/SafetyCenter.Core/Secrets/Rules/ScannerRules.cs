using System.Text;

namespace SafetyCenter.Core.Secrets.Rules;

/// <summary>
/// Rule files with which other scanners find the secrets of one installation. They hold no secret: only its prefix and
/// its address. The same installation always gets the same files.
/// </summary>
public static class ScannerRules
{
    /// <summary>The scanners that there are files for.</summary>
    public static readonly IReadOnlyList<string> Tools =
        ["gitleaks", "trufflehog", "kingfisher", "secretlint", "github", "ripgrep"];

    /// <summary>The files of an installation, one for each scanner.</summary>
    /// <param name="format">What its secrets look like.</param>
    /// <param name="server">Where it is reached, for those who report or ask.</param>
    public static IReadOnlyList<RuleFile> Of(SecretFormat format, Uri server)
    {
        var patterns = SecretPattern.AllOf(format);
        var address = server.AbsoluteUri.TrimEnd('/');
        return
        [
            GitleaksRules.For(patterns, address),
            TruffleHogRules.For(patterns, address),
            KingfisherRules.For(patterns, address),
            SecretlintRules.For(patterns, address),
            GitHubRules.For(patterns, address),
            RipgrepRules.For(patterns, address),
        ];
    }

    /// <summary>Lines, each ended by a line feed whatever the system.</summary>
    internal static string Lines(IEnumerable<string> lines) =>
        new StringBuilder().AppendJoin('\n', lines).Append('\n').ToString();

    /// <summary>A block of text as lines.</summary>
    internal static IEnumerable<string> Block(string text) => text.ReplaceLineEndings("\n").Split('\n');
}
