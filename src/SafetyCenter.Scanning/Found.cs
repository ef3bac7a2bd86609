using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>
/// A secret that was found in an input, told without the secret. Line and column begin at 1; a column is a character
/// (a code point), as editors count them.
/// </summary>
public sealed record Found(SecretKind Kind, int Line, int Column, string Last4, SecretHash Hash, string Encoding);

/// <summary>What was found, and where that input lies: a path, and the commit that brought it in.</summary>
public sealed record Finding(string Path, string? Commit, Found Found);
