namespace SafetyCenter.Core.Alerts;

/// <summary>By which way a leak came to us.</summary>
public enum LeakChannel
{
    /// <summary>GitHub's secret scanning partner program.</summary>
    GitHub,

    /// <summary>deps.dev, in the same protocol.</summary>
    DepsDev,

    /// <summary>GitLab.com's partner API, in the same protocol.</summary>
    GitLab,

    /// <summary>A GitLab instance of the organization, by its token revocation API.</summary>
    GitLabInstance,

    /// <summary>A report that a reporter of the organization signed.</summary>
    SignedReport,

    /// <summary>A scan that sent hashes and places.</summary>
    Scan,

    /// <summary>The report file of another scanner.</summary>
    Import,

    /// <summary>TruffleHog, which asked whether what it found is live.</summary>
    TruffleHog,

    /// <summary>Somebody who held the secret and showed it, without an account.</summary>
    Shown,

    /// <summary>Our own look into a watched repository.</summary>
    Repository,
}
