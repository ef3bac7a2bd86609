using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>
/// Gives inputs one after another to workers, each of which asks for the next when it has read the last. Several ask at
/// the same time.
/// </summary>
public interface IScanSource
{
    /// <summary>The next input, or null when there are no more.</summary>
    ScanInput? Next(CancellationToken cancellation);
}

/// <summary>
/// One thing to look into: where it lies, the commit that brought it in, and how it is opened. What cannot be read throws an
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> there.
/// </summary>
public sealed record ScanInput(string Path, string? Commit, Func<Stream> Open)
{
    /// <summary>Whether a secret is known here, and accepted.</summary>
    public Func<SecretHash, bool> Accepts { get; init; } = static _ => false;
}
