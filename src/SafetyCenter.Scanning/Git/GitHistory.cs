using System.Globalization;
using System.Text;

namespace SafetyCenter.Scanning.Git;

/// <summary>
/// The whole history of a repository, on all its branches and tags: every content, commit and tag once, however many
/// commits and paths have it, and nothing checked out.
/// </summary>
/// <remarks>
/// <code>
/// git rev-list --objects --all         every object, with a name          (the order packs are written in)
///   | git cat-file --batch-check       its kind and size                  (trees are left out)
///   | git cat-file --batch             its content                        -> N workers
///
/// git rev-list --all --reverse         only if something was found in a content:
///   | git diff-tree --stdin            which commit brought it in, where  (-c: merges, too, that changed it)
/// </code>
/// The second pass costs as much as the first, and mostly there is nothing to name.
/// </remarks>
public sealed class GitHistory
{
    private static readonly Version Oldest = new(2, 30);

    private readonly GitFolder _folder;
    private readonly string[] _known;

    private GitHistory(GitFolder folder, string[] known)
    {
        _folder = folder;
        _known = known;
    }

    /// <summary>The history of the repository in this folder: bare or not, a work tree of another, or a folder inside.</summary>
    /// <exception cref="GitFailedException">There is no repository, or no git program to read it with.</exception>
    public static GitHistory Open(string folder) => Directory.Exists(folder)
        ? Open(new GitFolder(folder, IsRepository: false))
        : throw new GitFailedException($"There is no folder {folder}.");

    /// <summary>The history of the repository that git finds there.</summary>
    internal static GitHistory Open(GitFolder folder)
    {
        Demand(Oldest);
        Ask(folder, "rev-parse", "--git-dir");
        return new GitHistory(folder, []);
    }

    /// <summary>Only what cannot be reached from these objects, the <see cref="Heads"/> of an earlier reading.</summary>
    /// <exception cref="ArgumentException">One of them is no object's hash.</exception>
    public GitHistory Since(IEnumerable<string> heads)
    {
        var known = heads.ToArray();
        return known.FirstOrDefault(head => head.Length is not (40 or 64) || !head.All(char.IsAsciiHexDigitLower)) is { } wrong
            ? throw new ArgumentException($"\"{wrong}\" is no object's hash.", nameof(heads))
            : new GitHistory(_folder, known);
    }

    /// <summary>What branches, tags and HEAD point to now, each once.</summary>
    public IReadOnlyList<string> Heads() =>
        [.. Ask(_folder, "rev-list", "--no-walk", "--ignore-missing", "--all").Split('\n')
            .Concat(Ask(_folder, "for-each-ref", "--format=%(objectname)").Split('\n'))
            .Where(head => head.Length > 0)
            .Distinct()];

    /// <summary>
    /// Has every object looked into once, and tells what was found: of a content every path it has had, each with the oldest
    /// commit that has it there. Of very much, the first is told while the rest is read.
    /// </summary>
    /// <exception cref="GitFailedException">Git could not read all of it; what was found until then is told.</exception>
    public GitTotals Scan(
        ScanRun run, Action<Finding> found, Action<string, string> unreadable, CancellationToken cancellation = default)
    {
        var findings = new GitFindings(places => Find(places, cancellation), found, cancellation);
        GitTotals totals;
        try
        {
            totals = Read(run, findings.Add, unreadable, cancellation);
        }
        finally
        {
            findings.Tell();
        }

        cancellation.ThrowIfCancellationRequested();
        return findings.Failure is null ? totals : throw findings.Failure;
    }

    private GitTotals Read(
        ScanRun run, Action<GitObject, Finding> found, Action<string, string> unreadable, CancellationToken cancellation)
    {
        using var pipeline = new GitPipeline(_folder, cancellation);
        var list = pipeline.Start("rev-list", "--objects", "--all", "--ignore-missing", "--missing=print", "--stdin");
        var kinds = pipeline.Start(
            "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize) %(rest)", "--buffer");
        var contents = pipeline.Start("cat-file", "--batch", "--buffer");
        using var reading = new GitReading(contents, pipeline.Stopped);
        pipeline.Run(
            () => TellKnown(list),
            () => Pass(list, kinds),
            () => reading.AskFor(new GitOutput(kinds.Output)),
            reading.Receive,
            () => run.Run(reading, finding => found(reading.BeingRead(finding.Path), finding), unreadable, pipeline.Stopped));
        return reading.Totals;
    }

    private void Find(GitPlaces places, CancellationToken cancellation)
    {
        if (places.AreWanted)
        {
            using var pipeline = new GitPipeline(_folder, cancellation);
            var commits = pipeline.Start("rev-list", "--all", "--date-order", "--reverse", "--ignore-missing", "--stdin");
            var changes = pipeline.Start(
                "diff-tree", "--stdin", "-r", "-c", "--root", "--raw", "-z", "--no-renames", "--no-ext-diff", "--no-abbrev");
            pipeline.Run(
                () => TellKnown(commits), () => Pass(commits, changes), () => places.Read(new GitOutput(changes.Output)));
        }
    }

    /// <summary>Refuses to go on with a git program that is older than this.</summary>
    internal static void Demand(Version oldest)
    {
        var words = Ask(new GitFolder(".", IsRepository: false), "version").Split(' ', '\n');
        var numbers = words.Length > 2 ? words[2].Split('.') : [];
        if (numbers.Length < 2 || !Version.TryParse($"{numbers[0]}.{numbers[1]}", out var version) || version < oldest)
        {
            throw new GitFailedException($"Git {oldest} or newer is needed; this is {string.Join(' ', words.Skip(2)).Trim()}.");
        }
    }

    private static string Ask(GitFolder folder, params string[] arguments)
    {
        using var git = GitProcess.Start(folder, arguments);
        git.Input.Close();
        using var answer = new StreamReader(git.Output);
        var text = answer.ReadToEnd();
        return git.Succeeded()
            ? text
            : throw new GitFailedException($"Git could not read {folder}: {git.Complaint().TrimEnd('.')}.");
    }

    private static void Pass(GitProcess from, GitProcess to)
    {
        using var input = to.Input;
        from.Output.CopyTo(input);
    }

    private void TellKnown(GitProcess git)
    {
        using var input = new StreamWriter(git.Input, new UTF8Encoding(false));
        foreach (var head in _known)
        {
            input.Write(string.Create(CultureInfo.InvariantCulture, $"^{head}\n"));
        }
    }
}
