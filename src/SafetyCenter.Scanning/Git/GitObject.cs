namespace SafetyCenter.Scanning.Git;

/// <summary>What people wrote into a repository: trees hold only names.</summary>
public enum GitObjectKind
{
    /// <summary>The content of a file.</summary>
    Blob,

    /// <summary>A commit: who, when, and its message.</summary>
    Commit,

    /// <summary>An annotated tag: who, when, and its message.</summary>
    Tag,
}

/// <summary>One object of a repository, and by what name it was come across.</summary>
/// <param name="Id">Its hash.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">How many bytes it is long.</param>
/// <param name="Name">A path of the content up to the first line break in it, or the name of the tag.</param>
public sealed record GitObject(string Id, GitObjectKind Kind, long Size, string Name)
{
    /// <summary>What it is called while it is read: its hash, and for people the last part of its name.</summary>
    public string Label => $"{Id}/{Name[(Name.LastIndexOf('/') + 1)..]}";
}

/// <summary>Where something stands in a history.</summary>
/// <param name="Path">The path of the file, or <c>(commit message)</c>, or <c>(tag NAME)</c>.</param>
/// <param name="Commit">What <c>git show</c> shows it with: the oldest commit that has it at this path, or the tag.</param>
public sealed record GitPlace(string Path, string? Commit);

/// <summary>What a reading of a history went over.</summary>
/// <param name="Objects">How many objects were read, each once.</param>
/// <param name="Bytes">How long they were together.</param>
/// <param name="Missing">How many belong to the history but are not in this repository, as in a partial clone.</param>
public sealed record GitTotals(long Objects, long Bytes, long Missing);
