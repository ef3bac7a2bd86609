using System.Net;
using Microsoft.AspNetCore.Http;
using SafetyCenter.Scanning.Git;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Scanning;

/// <summary>Copies of repositories that lie on a server, git's own.</summary>
public sealed class GitMirrorTests : IAsyncLifetime
{
    private static readonly GitLimits Ample = new(1000, 100_000_000, TimeSpan.FromMinutes(1), Heads: 1000);

    private readonly TestRepository _repository = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("safetycenter-mirror-");
    private GitServer _server = null!;

    private GitMirror Mirror => new(Path.Combine(_folder.FullName, "mirror"));

    public async ValueTask InitializeAsync() => _server = await GitServer.StartAsync(_repository);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _repository.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Branches_and_tags_are_fetched_and_those_that_are_gone_are_forgotten(bool isDumb)
    {
        _server.IsDumb = isDumb;
        var first = _repository.Commit("a.txt", "a");
        _repository.Git("tag", "--annotate", "v1", "--message", "One");
        var tag = _repository.Git("rev-parse", "v1").Trim();
        _repository.Git("branch", "side");
        await FetchAsync();
        Assert.Equal(new[] { first, tag }.Order(), Mirror.History().Heads().Order());

        var second = _repository.Commit("b.txt", "b");
        _repository.Git("branch", "--delete", "side");
        _repository.Git("tag", "--delete", "v1");
        await FetchAsync();
        Assert.Equal([second], Mirror.History().Heads());
    }

    [Fact]
    public async Task A_history_that_was_rewritten_replaces_the_old_one()
    {
        _repository.Commit("a.txt", "a");
        await FetchAsync();
        _repository.Git("commit", "--quiet", "--amend", "--message", "Otherwise");
        await FetchAsync();

        Assert.Equal([_repository.Head()], Mirror.History().Heads());
    }

    [Fact]
    public async Task No_more_commits_are_fetched_than_the_limit_says()
    {
        foreach (var number in Enumerable.Range(0, 5))
        {
            _repository.Commit("a.txt", $"{number}");
        }

        await FetchAsync(Ample with { Commits = 2 });
        var run = new SafetyCenter.Scanning.ScanRun(new SafetyCenter.Core.Secrets.SecretFormat(), 1);
        Assert.Equal(4, Mirror.History().Scan(run, _ => { }, (_, _) => { }).Objects);
    }

    [Fact]
    public async Task What_is_too_large_or_takes_too_long_is_refused_in_a_sentence()
    {
        _repository.Commit("a.txt", Convert.ToBase64String(Random.Shared.GetItems<byte>([1, 2, 3, 4, 5, 6, 7, 8], 3_000_000)));
        var large = await Assert.ThrowsAsync<GitFailedException>(() => FetchAsync(Ample with { Bytes = 1024 * 1024 }));
        Assert.Equal("It is larger than 1 MB, and was left alone.", large.Message);

        _server.Instead = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var slow = await Assert.ThrowsAsync<GitFailedException>(
            () => FetchAsync(Ample with { Time = TimeSpan.FromSeconds(0.6) }));
        Assert.Equal("It took longer than 0.01 minutes, and was stopped.", slow.Message);
    }

    [Fact]
    public async Task A_private_one_is_fetched_with_a_token_that_is_kept_nowhere()
    {
        _server.Demands = "ann:a-token-of-hers";
        _repository.Commit("a.txt", "a");
        await FetchAsync(userName: "ann", token: "a-token-of-hers");
        Assert.Single(Mirror.History().Heads());
        Assert.DoesNotContain(
            _folder.EnumerateFiles("*", SearchOption.AllDirectories),
            file => File.ReadAllText(file.FullName).Contains("a-token-of-hers", StringComparison.Ordinal));

        var refused = await Assert.ThrowsAsync<GitFailedException>(() => FetchAsync(userName: "ann", token: "another-token"));
        Assert.DoesNotContain("another-token", refused.ToString(), StringComparison.Ordinal);
        Assert.Equal("The server wants a user name and a token, or does not take these.", refused.Message);
        Assert.DoesNotContain("a-token", $"{Remote("ann", "a-token")}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_told()
    {
        _server.Instead = context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
        var refused = await Assert.ThrowsAsync<GitFailedException>(() => FetchAsync());
        Assert.Equal("There is no repository at this address, or it is private.", refused.Message);
    }

    [Fact]
    public async Task Git_connects_to_the_address_that_was_checked_whatever_the_name_system_says()
    {
        _repository.Commit("a.txt", "a");

        // Nobody knows this name.
        var address = new UriBuilder(_server.Url) { Host = "git.invalid" }.Uri;
        await Mirror.FetchAsync(new GitRemote(address, [IPAddress.Loopback], null, null), Ample, CancellationToken.None);
        Assert.Single(Mirror.History().Heads());
    }

    [Fact]
    public async Task A_server_cannot_send_us_elsewhere()
    {
        _repository.Commit("a.txt", "a");
        await using var elsewhere = await GitServer.StartAsync(_repository);
        _server.Instead = context =>
        {
            context.Response.Redirect(
                $"{elsewhere.Url.GetLeftPart(UriPartial.Authority)}{context.Request.Path}{context.Request.QueryString}");
            return Task.CompletedTask;
        };
        await Assert.ThrowsAsync<GitFailedException>(() => FetchAsync());
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_server_that_hands_out_files_cannot_name_another_that_has_the_objects()
    {
        _repository.Commit("a.txt", "a");
        await using var elsewhere = await GitServer.StartAsync(_repository);
        _server.IsDumb = elsewhere.IsDumb = true;
        _repository.Write(".git/objects/info/http-alternates", $"{elsewhere.Url}/objects\n");
        var blob = _repository.Git("rev-parse", "HEAD:a.txt").Trim();
        var lost = Path.Combine(_repository.Folder, ".git", "objects", blob[..2], blob[2..]);
        File.Move(lost, Path.Combine(_folder.FullName, "lost"));

        await Assert.ThrowsAsync<GitFailedException>(() => FetchAsync());
        Assert.Contains(_server.Requests, path => path.EndsWith("http-alternates", StringComparison.Ordinal));
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData("file:///")]
    [InlineData("ext::sh -c date")]
    [InlineData("git://127.0.0.1/")]
    [InlineData("ssh://127.0.0.1/")]
    public async Task Git_itself_speaks_no_other_protocol(string address)
    {
        var refused = await Assert.ThrowsAsync<GitFailedException>(() => Mirror.FetchAsync(
            new GitRemote(new Uri(address), [IPAddress.Loopback], null, null), Ample, CancellationToken.None));
        Assert.Contains("not allowed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_is_broken_is_not_taken_for_the_repository_around_it()
    {
        _repository.Commit("a.txt", "a");
        using var around = new TestRepository();
        var theirs = around.Commit("theirs.txt", "theirs");
        around.Git("branch", "kept");
        var folder = Path.Combine(around.Folder, "data", "mirror");
        var mirror = new GitMirror(folder);
        await mirror.FetchAsync(Remote(null, null), Ample, CancellationToken.None);
        Assert.Equal([_repository.Head()], mirror.History().Heads());

        File.WriteAllText(Path.Combine(folder, "HEAD"), "");
        await Assert.ThrowsAsync<GitDamagedException>(
            () => mirror.FetchAsync(Remote(null, null), Ample, CancellationToken.None));
        Assert.Throws<GitFailedException>(() => mirror.History());
        Assert.Equal((theirs, theirs), (around.Head(), around.Git("rev-parse", "kept").Trim()));
    }

    [Fact]
    public async Task Very_many_branches_fill_the_disk_like_large_contents()
    {
        var commit = _repository.Commit("a.txt", "a");
        _repository.Write(
            ".git/packed-refs",
            string.Concat(Enumerable.Range(0, 300).Select(number => $"{commit} refs/heads/b{number:000}\n")));
        var large = await Assert.ThrowsAsync<GitFailedException>(() => FetchAsync(Ample with { Bytes = 1024 * 1024 }));
        Assert.Equal("It is larger than 1 MB, and was left alone.", large.Message);
        await FetchAsync();
        Assert.Equal([commit], Mirror.History().Heads());
    }

    private Task FetchAsync(GitLimits? limits = null, string? userName = null, string? token = null) =>
        Mirror.FetchAsync(Remote(userName, token), limits ?? Ample, CancellationToken.None);

    private GitRemote Remote(string? userName, string? token) => new(_server.Url, [IPAddress.Loopback], userName, token);
}
