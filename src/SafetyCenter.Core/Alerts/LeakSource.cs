using System.Collections.Frozen;

namespace SafetyCenter.Core.Alerts;

/// <summary>
/// What kind of place a leaked secret was seen in: the <c>source</c> of GitHub's secret scanning reports.
/// </summary>
public enum LeakSource
{
    /// <summary>Not said, or said in a word we do not know.</summary>
    Unknown,

    /// <summary>A file's content.</summary>
    Content,

    /// <summary>A commit.</summary>
    Commit,

    /// <summary>A pull request's title.</summary>
    PullRequestTitle,

    /// <summary>A pull request's description.</summary>
    PullRequestDescription,

    /// <summary>A comment on a pull request.</summary>
    PullRequestComment,

    /// <summary>An issue's title.</summary>
    IssueTitle,

    /// <summary>An issue's description.</summary>
    IssueDescription,

    /// <summary>A comment on an issue.</summary>
    IssueComment,

    /// <summary>A discussion's title.</summary>
    DiscussionTitle,

    /// <summary>A discussion's first post.</summary>
    DiscussionBody,

    /// <summary>A comment in a discussion.</summary>
    DiscussionComment,

    /// <summary>A comment on a commit.</summary>
    CommitComment,

    /// <summary>A gist's content.</summary>
    GistContent,

    /// <summary>A comment on a gist.</summary>
    GistComment,

    /// <summary>A package on npm.</summary>
    Npm,
}

/// <summary>Reads GitHub's words for places.</summary>
public static class LeakSources
{
    private static readonly FrozenDictionary<string, LeakSource> ByWord = new Dictionary<string, LeakSource>
    {
        ["content"] = LeakSource.Content,
        ["commit"] = LeakSource.Commit,
        ["pull_request_title"] = LeakSource.PullRequestTitle,
        ["pull_request_description"] = LeakSource.PullRequestDescription,
        ["pull_request_comment"] = LeakSource.PullRequestComment,
        ["issue_title"] = LeakSource.IssueTitle,
        ["issue_description"] = LeakSource.IssueDescription,
        ["issue_comment"] = LeakSource.IssueComment,
        ["discussion_title"] = LeakSource.DiscussionTitle,
        ["discussion_body"] = LeakSource.DiscussionBody,
        ["discussion_comment"] = LeakSource.DiscussionComment,
        ["commit_comment"] = LeakSource.CommitComment,
        ["gist_content"] = LeakSource.GistContent,
        ["gist_comment"] = LeakSource.GistComment,
        ["npm"] = LeakSource.Npm,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The place a word means, in any case: GitHub documents capitals and sends small letters. A missing or new word
    /// is <see cref="LeakSource.Unknown"/>, never an error.
    /// </summary>
    public static LeakSource Parse(string? word) =>
        word is not null && ByWord.TryGetValue(word, out var source) ? source : LeakSource.Unknown;
}
