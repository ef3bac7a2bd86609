namespace SafetyCenter.Scanning.Git;

/// <summary>Where git is run.</summary>
/// <param name="Path">The folder.</param>
/// <param name="IsRepository">
/// Whether this folder is the repository and nothing else: otherwise git also looks in the folders around it, and would take
/// another repository, that of whoever keeps his data in one, for a copy of ours that is broken.
/// </param>
internal sealed record GitFolder(string Path, bool IsRepository)
{
    /// <summary>How git is told.</summary>
    public IEnumerable<string> Arguments => IsRepository ? ["-C", Path, "--git-dir=."] : ["-C", Path];

    /// <summary>What to call it; where our own copies lie is nobody's business.</summary>
    public override string ToString() => IsRepository ? "our copy of it" : Path;
}
