using SafetyCenter.Core.Secrets;
using SafetyCenter.Scanning;
using SafetyCenter.Scanning.Git;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Scanning;

/// <summary>Whole histories, made by git itself.</summary>
public sealed class GitHistoryTests : IDisposable
{
    private readonly SecretFormat _format = new();
    private readonly TestRepository _repository = new();
    private readonly List<string> _unreadable = [];
    private GitTotals? _totals;

    public void Dispose() => _repository.Dispose();

    [Fact]
    public void A_secret_that_was_deleted_again_is_found_where_it_came_in()
    {
        var key = Mint();
        _repository.Commit("README.md", "Hello");
        var commit = _repository.Commit("deep/down/.env", $"A=1\r\nKEY={key.Reveal()}\r\n");
        _repository.Commit("deep/down/.env", "A=1\r\n");
        _repository.Git("rm", "--quiet", "deep/down/.env");
        _repository.Commit("README.md", "Hello again");

        var finding = Assert.Single(Scan());
        Assert.Equal(("deep/down/.env", commit), (finding.Path, finding.Commit));
        Assert.Equal((2, 5), (finding.Found.Line, finding.Found.Column));
        Assert.Equal(key.Hash, finding.Found.Hash);
    }

    [Fact]
    public void The_oldest_commit_is_named_and_a_content_is_read_once_however_many_commits_and_branches_have_it()
    {
        var key = Mint();
        var first = _repository.Commit("a.txt", key.Reveal());
        _repository.Commit("a.txt", "gone");
        _repository.Commit("a.txt", key.Reveal());
        _repository.Git("branch", "other");
        _repository.Commit("b.txt", "more");

        var finding = Assert.Single(Scan());
        Assert.Equal(first, finding.Commit);

        // Three contents and four commits; six trees are not counted.
        Assert.Equal(7, _totals!.Objects);
    }

    [Fact]
    public void A_content_that_lies_at_two_paths_is_named_at_both()
    {
        var key = Mint();
        var first = _repository.Commit("a.txt", key.Reveal());
        _repository.Git("mv", "a.txt", "b.txt");
        var second = _repository.Commit("c.txt", "more");

        Assert.Equal([("a.txt", first), ("b.txt", second)], Scan().Select(finding => (finding.Path, finding.Commit)));
    }

    [Fact]
    public void A_branch_that_was_never_merged_and_a_commit_without_a_branch_are_read()
    {
        _repository.Commit("README.md", "Hello");
        _repository.Git("checkout", "--quiet", "-b", "side");
        var onBranch = _repository.Commit("side.txt", Mint().Reveal());
        _repository.Git("checkout", "--quiet", "--detach", "main");
        var onNone = _repository.Commit("none.txt", Mint().Reveal());

        Assert.Equal(new[] { onBranch, onNone }.Order(), Scan().Select(finding => finding.Commit).Order());
    }

    [Fact]
    public void What_a_merge_itself_brought_in_is_named_by_the_merge()
    {
        _repository.Commit("README.md", "Hello");
        _repository.Git("checkout", "--quiet", "-b", "side");
        _repository.Commit("side.txt", "side");
        _repository.Git("checkout", "--quiet", "main");
        _repository.Commit("main.txt", "main");
        _repository.Git("merge", "--quiet", "--no-commit", "side");
        var merge = _repository.Commit("evil.txt", Mint().Reveal());

        var finding = Assert.Single(Scan());
        Assert.Equal(("evil.txt", merge), (finding.Path, finding.Commit));
    }

    [Fact]
    public void Messages_of_commits_and_of_tags_are_read()
    {
        var (inCommit, inTag) = (Mint(), Mint());
        var commit = _repository.Commit("README.md", "Hello", message: $"Use {inCommit.Reveal()}");
        _repository.Git("tag", "--annotate", "v1.0", "--message", $"With {inTag.Reveal()}");
        var tag = _repository.Git("rev-parse", "v1.0").Trim();

        var findings = Scan().ToDictionary(finding => finding.Found.Hash);
        Assert.Equal(("(commit message)", commit), (findings[inCommit.Hash].Path, findings[inCommit.Hash].Commit));
        Assert.Equal(("(tag v1.0)", tag), (findings[inTag.Hash].Path, findings[inTag.Hash].Commit));
    }

    [Fact]
    public void What_is_packed_reads_as_what_lies_loose()
    {
        var keys = Enumerable.Range(0, 6).Select(_ => Mint()).ToList();
        var longText = string.Concat(Enumerable.Repeat("Nothing to see here.\n", 200));
        foreach (var key in keys)
        {
            // The same long text with one line changed is stored as a difference.
            _repository.Commit("long.txt", longText + key.Reveal());
        }

        var loose = Scan();
        _repository.Git("gc", "--quiet", "--aggressive", "--prune=now");

        Assert.Equal(Told(loose), Told(Scan()));
        Assert.Equal(keys.Select(key => key.Hash.ToString()).Order(), Told(loose).Select(told => told.Hash).Order());
    }

    [Theory]
    [InlineData("with blanks and \"quotes\".txt")]
    [InlineData("Grüße/日本語.txt")]
    [InlineData("two\nlines\tand a tab.txt")]
    [InlineData("-dash missing")]
    [InlineData(":colon")]
    public void Unusual_names_are_told_as_they_are(string path)
    {
        var commit = _repository.Commit(path, Mint().Reveal());
        _repository.Commit("after.txt", "after");

        var finding = Assert.Single(Scan());
        Assert.Equal((path, commit), (finding.Path, finding.Commit));
    }

    [Fact]
    public void A_content_too_big_to_be_held_is_read_to_its_end_and_so_is_what_follows()
    {
        var (big, small) = (Mint(), Mint());
        _repository.Write("a-big.txt", new string('\n', 3 * 1024 * 1024) + big.Reveal());
        _repository.Write("b-big.txt", new string('x', (2 * 1024 * 1024) + 1));
        _repository.Commit("c-small.txt", small.Reveal());

        var lines = Scan().ToDictionary(finding => finding.Found.Hash, finding => finding.Found.Line);
        Assert.Equal((3 * 1024 * 1024) + 1, lines[big.Hash]);
        Assert.Equal(1, lines[small.Hash]);
        Assert.Equal(2, lines.Count);
    }

    [Fact]
    public void Since_earlier_heads_only_what_is_new_is_read_and_heads_that_are_gone_do_not_matter()
    {
        _repository.Commit("old.txt", Mint().Reveal());
        _repository.Git("tag", "--annotate", "old", "--message", $"With {Mint().Reveal()}");
        var history = GitHistory.Open(_repository.Folder);
        var heads = history.Heads();
        Assert.Empty(Scan(history.Since(heads)));
        Assert.Equal(0, _totals!.Objects);

        var commit = _repository.Commit("new.txt", Mint().Reveal());
        var finding = Assert.Single(Scan(history.Since([.. heads, new string('1', 40)])));
        Assert.Equal(("new.txt", commit), (finding.Path, finding.Commit));
        Assert.Equal(2, _totals!.Objects);
        Assert.Throws<ArgumentException>(() => history.Since(["--all"]));
    }

    [Fact]
    public void Heads_are_branches_and_tags_and_a_head_without_a_branch()
    {
        var first = _repository.Commit("a.txt", "a");
        _repository.Git("tag", "--annotate", "v1", "--message", "One");
        _repository.Git("checkout", "--quiet", "--detach");
        var second = _repository.Commit("b.txt", "b");

        Assert.Equal(
            new[] { first, second, _repository.Git("rev-parse", "v1").Trim() }.Order(),
            GitHistory.Open(_repository.Folder).Heads().Order());
    }

    [Fact]
    public void Bare_repositories_work_trees_and_folders_inside_are_repositories_and_empty_ones_hold_nothing()
    {
        Assert.Empty(Scan());
        Assert.Equal(new GitTotals(0, 0, 0), _totals);
        Assert.Empty(GitHistory.Open(_repository.Folder).Heads());

        var commit = _repository.Commit("folder/key.txt", Mint().Reveal());
        _repository.Git("clone", "--quiet", "--bare", ".", "bare.git");
        _repository.Git("worktree", "add", "--quiet", "tree", "-b", "tree");
        foreach (var folder in new[] { "bare.git", "tree", "folder" })
        {
            var finding = Assert.Single(Scan(GitHistory.Open(Path.Combine(_repository.Folder, folder))));
            Assert.Equal(("folder/key.txt", commit), (finding.Path, finding.Commit));
        }
    }

    [Fact]
    public void Archives_in_a_history_are_read_and_what_only_looks_like_one_is_read_as_it_is()
    {
        var (packed, plain) = (Mint(), Mint());
        using (var file = File.Create(Path.Combine(_repository.Folder, "config.env.gz")))
        using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(System.Text.Encoding.ASCII.GetBytes(packed.Reveal()));
        }

        var commit = _repository.Commit("folder/broken.zip", $"PK\u0003\u0004 {plain.Reveal()}");

        var findings = Scan().ToDictionary(finding => finding.Found.Hash);
        Assert.Equal(("config.env.gz!/config.env", commit), (findings[packed.Hash].Path, findings[packed.Hash].Commit));
        Assert.Equal(("folder/broken.zip", commit), (findings[plain.Hash].Path, findings[plain.Hash].Commit));
        Assert.Contains("/broken.zip: ", Assert.Single(_unreadable), StringComparison.Ordinal);
    }

    [Fact]
    public void A_submodule_is_skipped()
    {
        _repository.Commit("key.txt", Mint().Reveal());
        _repository.Git("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},module");
        _repository.Git("commit", "--quiet", "--message", "Add a module");

        Assert.Single(Scan());
        Assert.Empty(_unreadable);
    }

    [Fact]
    public void What_a_repository_does_not_have_is_said()
    {
        _repository.Commit("key.txt", Mint().Reveal());
        _repository.Commit("other.txt", "other");
        var lost = _repository.Git("rev-parse", "HEAD:other.txt").Trim();
        File.Delete(Path.Combine(_repository.Folder, ".git", "objects", lost[..2], lost[2..]));

        Assert.Single(Scan());
        Assert.Equal(1, _totals!.Missing);
    }

    [Fact]
    public void Programs_that_a_repository_names_are_not_run()
    {
        _repository.Commit("key.txt", Mint().Reveal());
        var trap = Path.Combine(_repository.Folder, "trapped");
        foreach (var setting in new[] { "core.fsmonitor", "core.pager", "gpg.program", "diff.external", "core.sshCommand" })
        {
            _repository.Git("config", setting, $"touch {trap}; false");
        }

        _repository.Git("config", "log.showSignature", "true");
        _repository.Git("config", "extensions.partialClone", "origin");
        _repository.Git("config", "remote.origin.promisor", "true");
        _repository.Git("config", "remote.origin.url", $"ext::touch {trap}");
        _repository.Git("config", "protocol.ext.allow", "always");
        var lost = _repository.Git("rev-parse", "HEAD:key.txt").Trim();
        File.Delete(Path.Combine(_repository.Folder, ".git", "objects", lost[..2], lost[2..]));

        Scan();
        Assert.Equal(1, _totals!.Missing);
        Assert.False(File.Exists(trap));
    }

    [Fact]
    public void What_is_no_repository_is_refused_in_a_sentence()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        Assert.Equal(
            $"Git could not read {folder}: not a git repository (or any of the parent directories): .git.",
            Assert.Throws<GitFailedException>(() => GitHistory.Open(folder)).Message);
        Directory.Delete(folder);
        Assert.Equal(
            $"There is no folder {folder}.", Assert.Throws<GitFailedException>(() => GitHistory.Open(folder)).Message);
    }

    [Fact]
    public void Of_a_damaged_repository_it_is_told_what_was_found_and_that_it_is_damaged()
    {
        _repository.Commit("README.md", "Hello");
        var tree = _repository.Git("rev-parse", "HEAD^{tree}").Trim();
        var key = Mint();
        _repository.Commit("key.txt", key.Reveal());
        File.Delete(Path.Combine(_repository.Folder, ".git", "objects", tree[..2], tree[2..]));

        var findings = new List<Finding>();
        var failure = Assert.Throws<GitFailedException>(() => GitHistory.Open(_repository.Folder).Scan(
            new ScanRun(_format, 2), findings.Add, (_, _) => { }));
        Assert.Contains(tree, failure.Message, StringComparison.Ordinal);
        Assert.Equal(("key.txt", key.Hash), findings.Select(one => (one.Path, one.Found.Hash)).Single());
    }

    [Fact]
    public void A_reading_that_is_cancelled_ends()
    {
        using var stop = new CancellationTokenSource();
        _repository.Commit("big.txt", new string('\n', 3 * 1024 * 1024) + Mint().Reveal());
        stop.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            GitHistory.Open(_repository.Folder).Scan(new ScanRun(_format, 2), _ => { }, (_, _) => { }, stop.Token));
    }

    private Secret Mint() => _format.Mint(SecretKind.ApplicationKey);

    private List<Finding> Scan(GitHistory? history = null)
    {
        var findings = new List<Finding>();
        _totals = (history ?? GitHistory.Open(_repository.Folder)).Scan(
            new ScanRun(_format, 2), findings.Add, (path, why) => _unreadable.Add($"{path}: {why}"));
        return findings;
    }

    private static IEnumerable<(string Hash, string Path, string? Commit, int Line)> Told(IEnumerable<Finding> findings) =>
        findings.Select(one => (one.Found.Hash.ToString(), one.Path, one.Commit, one.Found.Line)).Order();
}
