using SafetyCenter.Scanning;
using SafetyCenter.Scanning.Git;

namespace SafetyCenter.Cli;

/// <summary>Looks into the whole history of repositories.</summary>
internal sealed class GitScan(IReadOnlyList<string> paths, string workingFolder)
{
    /// <summary>Does it; what <c>.safetycenterignore</c> says now holds for all that ever was.</summary>
    public void Run(ScanRun run, Action<Finding> found, Action<string, string> complain)
    {
        foreach (var path in paths)
        {
            try
            {
                var folder = Path.GetFullPath(path, workingFolder);
                var rules = IgnoreRules.In(folder, folder == workingFolder ? null : IgnoreRules.In(workingFolder, null));
                var totals = GitHistory.Open(folder).Scan(run, finding => Tell(path, folder, rules, finding, found), complain);
                if (totals.Missing > 0)
                {
                    complain(path, $"{totals.Missing:N0} objects of its history are not here, as in a partial clone.");
                }
            }
            catch (GitFailedException problem)
            {
                complain(path, problem.Message);
            }
        }
    }

    private void Tell(string path, string folder, IgnoreRules rules, Finding finding, Action<Finding> found)
    {
        if (!rules.Accepts(finding.Found.Hash) && !Ignores(rules, folder, finding.Path))
        {
            // As they are in the repository, unless it would not be clear in which.
            found(paths.Count == 1 ? finding : finding with { Path = Path.Join(path, finding.Path) });
        }
    }

    private static bool Ignores(IgnoreRules rules, string folder, string path)
    {
        var names = path.Split("!/")[0].Split('/');
        return Enumerable.Range(1, names.Length).Any(count => rules.Ignores(
            Path.Join([folder, .. names[..count]]), isFolder: count < names.Length));
    }
}
