namespace SafetyCenter.Cli;

/// <summary>What a command reads from and writes to, and whether a person looks at what it says beside its answer.</summary>
internal sealed record Terminal(Stream Input, TextWriter Output, TextWriter Error, bool IsWatched);
