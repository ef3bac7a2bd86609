namespace SafetyCenter.Scanning;

/// <summary>The bytes of an input that lie in memory at the moment.</summary>
internal readonly ref struct Window(ReadOnlySpan<byte> bytes, bool isFirst, bool isLast)
{
    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Whether the input begins with them.</summary>
    public bool IsFirst { get; } = isFirst;

    /// <summary>Whether it ends with them.</summary>
    public bool IsLast { get; } = isLast;
}
