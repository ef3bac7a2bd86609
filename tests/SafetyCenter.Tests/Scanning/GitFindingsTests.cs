using SafetyCenter.Core.Secrets;
using SafetyCenter.Scanning;
using SafetyCenter.Scanning.Git;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Scanning;

/// <summary>However many secrets a history holds, few are held, and none is missed.</summary>
public sealed class GitFindingsTests : IDisposable
{
    private readonly SecretFormat _format = new();
    private readonly TestRepository _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public void Of_very_much_the_first_is_told_while_the_rest_is_read_and_nothing_is_missed()
    {
        var keys = Enumerable.Range(0, GitFindings.HeldMax + 1).Select(_ => Mint()).ToList();
        _repository.Write("1.txt", string.Join('\n', keys[1..].Select(key => key.Reveal())));
        foreach (var number in Enumerable.Range(2, 8))
        {
            _repository.Write($"{number}.txt", $"{number}");
        }

        _repository.Write("9.txt", keys[0].Reveal());
        var commit = _repository.Commit("z.txt", "z");
        var run = new ScanRun(_format, 1);
        var (told, readByThen) = (new List<Finding>(), new List<long>());
        GitHistory.Open(_repository.Folder).Scan(
            run,
            finding =>
            {
                told.Add(finding);
                readByThen.Add(run.Inputs);
            },
            (_, _) => { });
        Assert.Equal(keys.Select(key => key.Hash).ToHashSet(), told.Select(finding => finding.Found.Hash).ToHashSet());
        Assert.Equal(keys.Count, told.Count);
        Assert.All(told, finding => Assert.Equal(commit, finding.Commit));
        Assert.True(readByThen[0] < run.Inputs - 3, $"{readByThen[0]} of {run.Inputs} had been read when the first was told.");
    }

    [Fact]
    public void Git_is_asked_for_commits_so_many_times_and_what_comes_then_is_told_at_once_by_its_name()
    {
        const int heldMax = 3;
        var blob = new GitObject(new string('1', 40), GitObjectKind.Blob, 1, "folder/a.txt");
        var (told, searches) = (0, 0);
        var findings = new GitFindings(
            places => searches += places.AreWanted ? 1 : 0, _ => told++, CancellationToken.None, heldMax);
        for (var count = 1; count <= heldMax * (GitFindings.SearchesMax + 1); count++)
        {
            findings.Add(blob, new Finding($"{blob.Label}", null, ScanCorpus.Scan(ScanCorpus.Secrets[0].Text)[0]));
            Assert.Equal(count > heldMax * GitFindings.SearchesMax ? count : count / heldMax * heldMax, told);
        }

        Assert.Equal(GitFindings.SearchesMax, searches);
    }

    [Fact]
    public void Of_a_content_that_lies_at_very_many_paths_some_are_told()
    {
        var key = Mint();
        foreach (var number in Enumerable.Range(0, GitPlaces.PlacesMax + 20))
        {
            _repository.Write($"copies/{number}.txt", key.Reveal());
        }

        _repository.Commit("a.txt", "a");
        var paths = new HashSet<string>();
        GitHistory.Open(_repository.Folder).Scan(new ScanRun(_format, 1), finding => paths.Add(finding.Path), (_, _) => { });
        Assert.Equal(GitPlaces.PlacesMax, paths.Count);
    }

    private Secret Mint() => _format.Mint(SecretKind.ApplicationKey);
}
