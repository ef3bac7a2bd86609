using SafetyCenter.Cli;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Scanning;

/// <summary>The command <c>scan --git</c>.</summary>
public sealed class ScanGitTests : IDisposable
{
    private readonly TestRepository _repository = new();
    private readonly ScanFolder _folder = new();

    public void Dispose()
    {
        _repository.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_was_deleted_long_ago_is_found_with_its_commit_and_never_shown()
    {
        var key = Mint();
        var commit = _repository.Commit("deploy/.env", $"A=1\nKEY={key.Reveal()}\n");
        _repository.Commit("deploy/.env", "A=1\n");

        Assert.Equal(CommandLine.Found, _folder.Run("scan", "--git", _repository.Folder, "--format", "json"));
        var finding = Assert.Single(_folder.Json.GetProperty("findings").EnumerateArray());
        Assert.Equal(
            ("application_key", "deploy/.env", 2, 5, key.Hash.ToString(), commit),
            (Text("kind"), Text("path"), Number("line"), Number("column"), Text("sha256"), Text("commit")));
        Assert.Equal(4, _folder.Json.GetProperty("files").GetInt64());
        Assert.DoesNotContain(key.Reveal(), _folder.Output + _folder.Error, StringComparison.Ordinal);

        // Of what lies there now, nothing is wrong.
        Assert.Equal(CommandLine.Nothing, _folder.Run("scan", Path.Combine(_repository.Folder, "deploy")));

        string? Text(string name) => finding.GetProperty(name).GetString();
        int Number(string name) => finding.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Several_repositories_are_told_apart_and_one_that_cannot_be_read_is_told()
    {
        _repository.Commit("key.txt", Mint().Reveal());
        _repository.Git("clone", "--quiet", "--bare", ".", "copy.git");
        var copy = Path.Combine(_repository.Folder, "copy.git");
        Assert.Equal(CommandLine.Found, _folder.Run("scan", "--git", _repository.Folder, copy, "--format", "json"));
        Assert.Equal(
            [Path.Combine(copy, "key.txt"), Path.Combine(_repository.Folder, "key.txt")],
            _folder.Json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("path").GetString()));

        _folder.Write("nothing/file", "");
        Assert.Equal(CommandLine.Error, _folder.Run("scan", "--git", "nothing"));
        Assert.StartsWith("nothing: Git could not read ", _folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_incomplete_history_without_findings_is_no_clean_one()
    {
        _repository.Commit("a.txt", "a");
        _repository.Commit("b.txt", "b");
        var lost = _repository.Git("rev-parse", "HEAD:a.txt").Trim();
        File.Delete(Path.Combine(_repository.Folder, ".git", "objects", lost[..2], lost[2..]));

        Assert.Equal(CommandLine.Error, _folder.Run("scan", "--git", _repository.Folder));
        Assert.Contains("1 objects of its history are not here", _folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_repository_ignores_now_is_ignored_in_its_history()
    {
        var (accepted, other) = (Mint(), Mint());
        _repository.Commit("tests/deep/key.txt", Mint().Reveal());
        _repository.Commit("key.txt", accepted.Reveal());
        _repository.Commit("other.txt", other.Reveal());
        _repository.Commit(".safetycenterignore", $"tests/\nsha256:{accepted.Hash}\n");

        Assert.Equal(CommandLine.Found, _folder.Run("scan", "--git", _repository.Folder, "--format", "json"));
        Assert.Equal(
            other.Hash.ToString(),
            Assert.Single(_folder.Json.GetProperty("findings").EnumerateArray()).GetProperty("sha256").GetString());
    }

    private static Secret Mint() => new SecretFormat().Mint(SecretKind.ApplicationKey);
}
