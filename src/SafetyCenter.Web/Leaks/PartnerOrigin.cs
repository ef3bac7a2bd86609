using SafetyCenter.Core.Alerts;

namespace SafetyCenter.Web.Leaks;

/// <summary>The names of the two headers that carry a signature.</summary>
/// <param name="KeyIdentifier">Of the key it was made with.</param>
/// <param name="Signature">Of the signature itself.</param>
public sealed record SignatureHeaders(string KeyIdentifier, string Signature)
{
    /// <summary>Whether a request carries one of them.</summary>
    public bool AreIn(IHeaderDictionary headers) => headers.ContainsKey(KeyIdentifier) || headers.ContainsKey(Signature);

    /// <summary>Both names.</summary>
    public override string ToString() => $"{KeyIdentifier} and {Signature}";
}

/// <summary>
/// Somebody who looks for secrets of many vendors in public, and signs each report with a key they publish. The protocol is that
/// of GitHub's secret scanning partner program; they differ in names.
/// </summary>
/// <param name="Name">What people call them.</param>
/// <param name="Setting">Their section of the settings under <c>Leaks</c>.</param>
/// <param name="Channel">The way their reports come.</param>
/// <param name="Reporter">The word under which their deliveries are remembered.</param>
/// <param name="Address">Where they report; to be given to them.</param>
/// <param name="Headers">Their headers; more than one pair where what they send has had two names.</param>
/// <param name="PublicKeysUrl">Where they publish their keys; null where they say that on request only.</param>
public sealed record PartnerOrigin(
    string Name,
    string Setting,
    LeakChannel Channel,
    string Reporter,
    string Address,
    IReadOnlyList<SignatureHeaders> Headers,
    string? PublicKeysUrl)
{
    /// <summary>GitHub's secret scanning partner program.</summary>
    public static readonly PartnerOrigin GitHub = new(
        "GitHub",
        "GitHub",
        LeakChannel.GitHub,
        "github",
        "/webhooks/github/secret-scanning",
        [new("Github-Public-Key-Identifier", "Github-Public-Key-Signature")],
        "https://api.github.com/meta/public_keys/secret_scanning");

    /// <summary>
    /// deps.dev, by Google's open source security team. PyPI knows its headers by one name, RubyGems by the other.
    /// </summary>
    public static readonly PartnerOrigin DepsDev = new(
        "deps.dev",
        "DepsDev",
        LeakChannel.DepsDev,
        "deps.dev",
        "/webhooks/deps-dev/secret-scanning",
        [
            new("GOSST-PUBLIC-KEY-IDENTIFIER", "GOSST-PUBLIC-KEY-SIGNATURE"),
            new("DepsDev-Public-Key-Identifier", "DepsDev-Public-Key-Signature"),
        ],
        "https://storage.googleapis.com/depsdev-gcp-public-keys/secret_scanning");

    /// <summary>GitLab.com's partner API. A GitLab of one's own does not sign: it has a token.</summary>
    public static readonly PartnerOrigin GitLab = new(
        "GitLab",
        "GitLab",
        LeakChannel.GitLab,
        "gitlab",
        "/webhooks/gitlab/secret-detection",
        [new("Gitlab-Public-Key-Identifier", "Gitlab-Public-Key-Signature")],
        PublicKeysUrl: null);

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<PartnerOrigin> All = [GitHub, DepsDev, GitLab];
}
