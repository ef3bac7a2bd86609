using SafetyCenter.Core.Alerts;

namespace SafetyCenter.Tests.Core.Alerts;

public class LeakSourceTests
{
    [Theory]
    [InlineData("Content", LeakSource.Content)]
    [InlineData("Commit", LeakSource.Commit)]
    [InlineData("Pull_request_title", LeakSource.PullRequestTitle)]
    [InlineData("Pull_request_description", LeakSource.PullRequestDescription)]
    [InlineData("Pull_request_comment", LeakSource.PullRequestComment)]
    [InlineData("Issue_title", LeakSource.IssueTitle)]
    [InlineData("Issue_description", LeakSource.IssueDescription)]
    [InlineData("Issue_comment", LeakSource.IssueComment)]
    [InlineData("Discussion_title", LeakSource.DiscussionTitle)]
    [InlineData("Discussion_body", LeakSource.DiscussionBody)]
    [InlineData("Discussion_comment", LeakSource.DiscussionComment)]
    [InlineData("Commit_comment", LeakSource.CommitComment)]
    [InlineData("Gist_content", LeakSource.GistContent)]
    [InlineData("Gist_comment", LeakSource.GistComment)]
    [InlineData("Npm", LeakSource.Npm)]
    [InlineData("Unknown", LeakSource.Unknown)]
    public void Case_44_GitHubs_words_are_read_in_any_case(string word, LeakSource source)
    {
        Assert.Equal(source, LeakSources.Parse(word));
        Assert.Equal(source, LeakSources.Parse(word.ToLowerInvariant()));
        Assert.Equal(source, LeakSources.Parse(word.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("commit ")]
    [InlineData("pullrequesttitle")]
    [InlineData("Wiki_page")]
    public void Case_44_any_other_word_is_an_unknown_place(string? word) =>
        Assert.Equal(LeakSource.Unknown, LeakSources.Parse(word));
}
