using System.Diagnostics;

namespace SafetyCenter.Core.Secrets;

/// <summary>
/// A secret of ours in plain text, well formed but not necessarily issued here. Only <see cref="Reveal"/> gives the
/// text away: prints, logs, JSON and the debugger show the kind and the last four characters.
/// Made by <see cref="SecretFormat"/> alone.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Secret
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string _plainText;

    internal Secret(SecretKind kind, string plainText)
    {
        Kind = kind;
        _plainText = plainText;
        Hash = SecretHash.Of(plainText);
    }

    /// <summary>What it opens.</summary>
    public SecretKind Kind { get; }

    /// <summary>What is stored and looked up.</summary>
    public SecretHash Hash { get; }

    /// <summary>The last four characters, for people to tell secrets apart.</summary>
    public string Last4 => _plainText[^4..];

    /// <summary>The plain text, to be shown once to the person it was made for, and to nobody else.</summary>
    public string Reveal() => _plainText;

    /// <summary>The kind and the last four characters.</summary>
    public override string ToString() => $"{Kind} ...{Last4}";
}
