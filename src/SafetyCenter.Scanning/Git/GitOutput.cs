namespace SafetyCenter.Scanning.Git;

/// <summary>What git prints: pieces that end in a known byte, and between them bodies of known length.</summary>
internal sealed class GitOutput(Stream stream) : OneWayStream
{
    // Paths in git are at most some thousand bytes long; whatever is longer than this is no answer of git.
    private const int LongestPiece = 1024 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next piece, without the byte that ends it; false when there is nothing left.</summary>
    public bool TryReadTo(byte delimiter, out ReadOnlySpan<byte> piece)
    {
        var looked = 0;
        while (true)
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var length = rest[looked..].IndexOf(delimiter);
            if (length >= 0)
            {
                piece = rest[..(looked + length)];
                _start += looked + length + 1;
                return true;
            }

            looked = rest.Length;
            if (!Fill())
            {
                piece = rest;
                _start = _end;
                return looked > 0;
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> destination)
    {
        if (_start == _end)
        {
            return stream.Read(destination);
        }

        var length = Math.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, length).CopyTo(destination);
        _start += length;
        return length;
    }

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            if (_end >= LongestPiece)
            {
                throw new InvalidDataException("The git program printed a line without an end.");
            }

            Array.Resize(ref _buffer, 2 * _end);
        }

        var length = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += length;
        return length > 0;
    }
}
