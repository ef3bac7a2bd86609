namespace SafetyCenter.Web.Leaks.Imports;

/// <summary>
/// The bytes of a report file as they come, without the mark that says they are UTF-8, and never more than a file may have.
/// </summary>
internal sealed class ReportBytes(Stream stream)
{
    /// <summary>The longest file, in bytes.</summary>
    public const int LengthMax = 100 * 1024 * 1024;

    /// <summary>What to say of a longer one.</summary>
    public static readonly string TooLong =
        $"A report can have at most {LengthMax / (1024 * 1024)} MB. Leave out what is no finding, or send it in parts.";

    private const int HeadLength = 64 * 1024;

    private readonly byte[] _head = new byte[HeadLength];
    private int _headStart;
    private int _headEnd;
    private long _length;

    /// <summary>The beginning of the file; all of it when it is short. Reading begins there, too.</summary>
    public async Task<ReadOnlyMemory<byte>> PeekAsync(CancellationToken cancellationToken)
    {
        while (_headEnd < HeadLength && await FetchAsync(_head.AsMemory(_headEnd), cancellationToken) is > 0 and var count)
        {
            _headEnd += count;
        }

        if (_head.AsSpan(0, _headEnd).StartsWith("\uFEFF"u8))
        {
            _headStart = 3;
        }

        return _head.AsMemory(_headStart, _headEnd - _headStart);
    }

    /// <summary>Reads what comes next.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="BadHttpRequestException">The file is too long (413).</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (_headStart == _headEnd)
        {
            return await FetchAsync(into, cancellationToken);
        }

        var count = Math.Min(into.Length, _headEnd - _headStart);
        _head.AsMemory(_headStart, count).CopyTo(into);
        _headStart += count;
        return count;
    }

    private async ValueTask<int> FetchAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        var count = await stream.ReadAsync(into, cancellationToken);
        _length += count;
        return _length <= LengthMax
            ? count
            : throw new BadHttpRequestException(TooLong, StatusCodes.Status413PayloadTooLarge);
    }
}
