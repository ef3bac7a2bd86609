using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Repositories;

namespace SafetyCenter.Tests.Scanning;

/// <summary>What admins get wrong, what becomes of repositories, and what those try that mean no good.</summary>
public sealed class RepositoryTroubleTests(WatchingApp app) : IClassFixture<WatchingApp>, IAsyncLifetime
{
    private const string Hint = "Nothing is in it. If it is not empty, this is the wrong address.";

    private readonly TestRepository _repository = new();
    private GitServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await GitServer.StartAsync(_repository);

    public async ValueTask DisposeAsync()
    {
        await app.StopWatchingAsync();
        await _server.DisposeAsync();
        _repository.Dispose();
    }

    [Fact]
    public async Task A_private_one_without_a_token_is_told_to_want_one()
    {
        _server.Demands = "ann:token";
        Assert.Equal(
            "The server wants a user name and a token, or does not take these.", await FailureAsync("No token"));
    }

    [Fact]
    public async Task A_page_that_is_no_repository_is_told_to_be_none()
    {
        _server.Instead = context => context.Response.WriteAsync("<!doctype html>\n<h1>Welcome</h1>\n");
        Assert.Equal("There is no repository at this address, or it is private.", await FailureAsync("A page"));
    }

    [Fact]
    public async Task A_page_that_git_takes_for_an_empty_repository_is_told_to_hold_nothing()
    {
        _repository.Commit("a.txt", "a");
        var (admin, organization) = await WatchAsync("A page of one line");
        using (admin)
        {
            _server.Instead = context => context.Response.WriteAsync("<!doctype html><h1>Welcome</h1>");
            await LookedAsync(organization);
            Assert.Contains(Hint, await TextAsync(), StringComparison.Ordinal);
            _server.Instead = null;
            await LookedAsync(organization);
            Assert.DoesNotContain(Hint, await TextAsync(), StringComparison.Ordinal);

            async Task<string> TextAsync() => (await admin.PageAsync(RepositoriesApp.Page(organization))).Body!.TextContent;
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_to_be_away()
    {
        var (admin, organization) = await WatchAsync("Nobody there", "http://127.0.0.1:1/acme/app.git");
        admin.Dispose();
        Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
        var error = (await app.RepositoryOfAsync(organization)).LastError!;
        Assert.StartsWith("Git could not fetch it: unable to access", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCodes.Status301MovedPermanently)]
    [InlineData(StatusCodes.Status302Found)]
    [InlineData(StatusCodes.Status307TemporaryRedirect)]
    public async Task One_that_moved_is_told_to_have_moved_and_is_not_followed(int status)
    {
        await using var elsewhere = await GitServer.StartAsync(_repository);
        _server.Instead = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = $"{elsewhere.Url}/info/refs?service=git-upload-pack";
            return Task.CompletedTask;
        };
        Assert.Equal(
            "The server sends whoever asks to another address. Watch that one instead.", await FailureAsync("Moved"));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task An_empty_one_is_looked_at_and_found_empty_and_what_comes_first_is_found()
    {
        var (admin, organization) = await WatchAsync("Empty");
        admin.Dispose();
        await LookedAsync(organization);
        Assert.Equal(0, (await app.RepositoryOfAsync(organization)).Objects);
        _repository.Commit("a.txt", organization.ApiKey.Secret);
        await LookedAsync(organization);
        Assert.Single(await app.PlacesOfAsync(organization.ApiKey));
    }

    [Fact]
    public async Task A_renamed_branch_is_nothing_new_also_when_it_is_a_folder_now_and_goes_on_being_watched()
    {
        _repository.Commit("a.txt", "a");
        var (admin, organization) = await WatchAsync("Renamed");
        admin.Dispose();
        await LookedAsync(organization);
        foreach (var name in new[] { "trunk", "trunk/of/the/tree", "trunk" })
        {
            _repository.Git("branch", "--move", name);
            await LookedAsync(organization);
            Assert.Equal(2, (await app.RepositoryOfAsync(organization)).Objects);
        }

        _repository.Commit("b.txt", organization.ApiKey.Secret);
        await LookedAsync(organization);
        Assert.Single(await app.PlacesOfAsync(organization.ApiKey));
    }

    [Fact]
    public async Task One_with_more_branches_and_tags_than_we_remember_is_left_alone()
    {
        var limits = app.Services.GetRequiredService<IOptions<RepositoryOptions>>().Value;
        var usual = limits.HeadsMax;
        var organization = await app.CreateOrganizationAsync("Many tags");
        using var admin = await app.SignedInAsync(organization.Admin);
        foreach (var number in Enumerable.Range(0, 3))
        {
            _repository.Commit("a.txt", $"{organization.ApiKey.Secret} {number}");
            _repository.Git("tag", $"v{number}");
        }

        using var added = await RepositoriesApp.AddAsync(admin, organization, $"{_server.Url}");
        try
        {
            limits.HeadsMax = 2;
            Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
            Assert.Equal(
                "Its branches and tags point to more than 2 commits, and it was left alone.",
                (await app.RepositoryOfAsync(organization)).LastError);
            Assert.Empty(await app.PlacesOfAsync(organization.ApiKey));
            limits.HeadsMax = 3;
            await LookedAsync(organization);
        }
        finally
        {
            limits.HeadsMax = usual;
        }

        Assert.Equal(3, (await app.PlacesOfAsync(organization.ApiKey)).Count);
    }

    [Fact]
    public async Task A_history_that_was_rewritten_is_looked_at_as_far_as_it_is_new()
    {
        _repository.Commit("a.txt", "a");
        _repository.Commit("b.txt", "b");
        var (admin, organization) = await WatchAsync("Rewritten");
        admin.Dispose();
        await LookedAsync(organization);
        Assert.Equal(4, (await app.RepositoryOfAsync(organization)).Objects);
        _repository.Git("reset", "--quiet", "--hard", "HEAD~1");
        var commit = _repository.Commit("c.txt", organization.ApiKey.Secret);
        await LookedAsync(organization);
        Assert.Equal(6, (await app.RepositoryOfAsync(organization)).Objects);
        Assert.Contains(
            commit, Assert.Single(await app.PlacesOfAsync(organization.ApiKey)).Place, StringComparison.Ordinal);
        Assert.Equal([commit], (await app.RepositoryOfAsync(organization)).Heads);
    }

    [Fact]
    public async Task What_a_server_says_writes_to_no_terminal_and_turns_no_words_around()
    {
        const string said = "\u001b]0;owned\u0007\u001b[2J gnp.\u202etxt \u2066\0";
        _server.Instead = async context =>
        {
            context.Response.ContentType = "application/x-git-upload-pack-advertisement";
            await context.Response.WriteAsync("001e# service=git-upload-pack\n0000" + Packet($"ERR {said}is the matter"));
        };
        var (admin, organization) = await WatchAsync("Escapes of a server");
        using (admin)
        {
            await app.LookAsync();
            var error = (await app.RepositoryOfAsync(organization)).LastError!;
            Assert.StartsWith("Git could not fetch it: remote error:", error, StringComparison.Ordinal);
            Assert.Contains("owned", error, StringComparison.Ordinal);
            AssertHarmless(error);
            AssertHarmless((await admin.PageAsync(RepositoriesApp.Page(organization))).Body!.TextContent);
        }
    }

    [Fact]
    public async Task A_path_writes_to_no_terminal_and_turns_no_words_around_on_the_page_in_the_log_and_in_emails()
    {
        const string path = "\u001b]0;owned\u0007/gnp.\u202etxt\u2066\nBcc: x";
        var (admin, organization) = await WatchAsync("Escapes of a path");
        using (admin)
        {
            _repository.Commit(path, organization.ApiKey.Secret);
            await LookedAsync(organization);
            Assert.Contains(path, Assert.Single(await app.PlacesOfAsync(organization.ApiKey)).Place, StringComparison.Ordinal);
            var alert = Assert.Single(await app.AlertsOfAsync(organization));
            var shown = (await admin.PageAsync(organization.SafetyCenter($"alerts/{alert.Id}"))).Body!.TextContent;
            Assert.Contains("\\u202e", shown, StringComparison.Ordinal);
            AssertHarmless(shown);
        }

        AssertHarmless(app.Log.ToString());
        var email = Assert.Single(
            await app.EmailsAsync(EmailKind.LeakFound), row => row.OrganizationId == organization.Id);
        var words = await app.InScopeAsync((IServiceProvider services) =>
            ((EmailComposer)services.GetService(typeof(EmailComposer))!).ComposeAsync(email, CancellationToken.None));
        Assert.Contains("owned", words!.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\nBcc", words.Text, StringComparison.Ordinal);
        AssertHarmless(words.Text);
        AssertHarmless(words.Html);
    }

    [Fact]
    public async Task Neither_submodules_nor_large_files_elsewhere_are_asked_for()
    {
        await using var elsewhere = await GitServer.StartAsync(_repository);
        var (admin, organization) = await WatchAsync("Elsewhere");
        admin.Dispose();
        _repository.Write(".gitmodules", $"[submodule \"m\"]\n\tpath = m\n\turl = {elsewhere.Url}\n\tupdate = !touch owned\n");
        _repository.Write(".lfsconfig", $"[lfs]\n\turl = {elsewhere.Url}/info/lfs\n");
        _repository.Write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        _repository.Write(
            "a.bin", $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('a', 64)}\nsize 12345\n");
        _repository.Git("add", "--all");
        _repository.Git("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},m");
        _repository.Git("commit", "--quiet", "--message", "Look elsewhere");
        await LookedAsync(organization);
        Assert.Equal(5, (await app.RepositoryOfAsync(organization)).Objects);
        Assert.Empty(elsewhere.Requests);
        Assert.All(_server.Requests, path => Assert.Matches("/app\\.git/(info/refs|git-upload-pack)$", path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("001e# service=git-upload-pack\n0000zzzz")]
    [InlineData("001e# service=git-upload-pack\n0000fff0 too short")]
    [InlineData("001e# service=git-upload-pack\n0000000eversion 2\n0000")]
    public async Task Junk_from_a_server_ends_in_a_sentence(string junk)
    {
        _server.Instead = async context =>
        {
            context.Response.ContentType = "application/x-git-upload-pack-advertisement";
            await context.Response.WriteAsync(junk);
        };
        Assert.NotEmpty(await FailureAsync("Junk"));
    }

    private static string Packet(string line) => $"{Encoding.UTF8.GetByteCount(line) + 4:x4}{line}";

    private static void AssertHarmless(string text)
    {
        foreach (var character in "\u001b\u0007\u202e\u2066\0")
        {
            Assert.DoesNotContain(character, text);
        }
    }

    private async Task<string> FailureAsync(string name)
    {
        var (admin, organization) = await WatchAsync(name);
        using (admin)
        {
            Assert.Contains("Looked = 0, Failed = 1", await app.LookAsync(), StringComparison.Ordinal);
            var failed = await app.RepositoryOfAsync(organization);
            Assert.Equal((null, WatchedRepository.Interval), (failed.LeasedUntil, failed.DueAt - app.Now));
            Assert.Contains(
                $"The last look failed: {failed.LastError}",
                (await admin.PageAsync(RepositoriesApp.Page(organization))).Body!.TextContent,
                StringComparison.Ordinal);
            return failed.LastError!;
        }
    }

    private async Task<(HttpClient Admin, TestOrganization Organization)> WatchAsync(string name, string? url = null)
    {
        var organization = await app.CreateOrganizationAsync(name);
        var admin = await app.SignedInAsync(organization.Admin);
        using var added = await RepositoriesApp.AddAsync(admin, organization, url ?? $"{_server.Url}");
        Assert.Equal(HttpStatusCode.Redirect, added.StatusCode);
        return (admin, organization);
    }

    private async Task LookedAsync(TestOrganization organization)
    {
        app.Time.Jump(WatchedRepository.Interval);
        var said = await app.LookAsync();
        Assert.Null((await app.RepositoryOfAsync(organization)).LastError);
        Assert.Contains("Looked = 1, Failed = 0", said, StringComparison.Ordinal);
    }
}
