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

/// <summary>One thing to look into: where it lies, the commit that brought it in, and how it is opened.</summary>
public sealed record ScanInput(string Path, string? Commit, Func<Stream> Open);
