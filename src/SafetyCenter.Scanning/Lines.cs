using System.Runtime.InteropServices;

namespace SafetyCenter.Scanning;

/// <summary>
/// Knows in which line and column a place is. Of an input that fits into the buffer nothing is counted unless something was
/// found in it.
/// </summary>
internal sealed class Lines
{
    private Unit _unit;
    private int _line;
    private int _column;

    // Of the bytes in the buffer, how many were counted.
    private int _counted;

    private enum Unit
    {
        Byte,
        LittleEndian,
        BigEndian,
    }

    /// <summary>Begins a new input, whose first bytes may say that it is UTF-16; a mark of that kind is no character.</summary>
    public void Begin(ReadOnlySpan<byte> bytes)
    {
        _unit = bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Unit.LittleEndian
            : bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Unit.BigEndian
            : Unit.Byte;
        var hasMark = _unit != Unit.Byte || bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]);
        (_line, _column, _counted) = (1, hasMark ? 0 : 1, 0);
    }

    /// <summary>Counts on to a place in the buffer. Places only grow.</summary>
    /// <param name="buffer">What lies in the buffer.</param>
    /// <param name="place">The place.</param>
    /// <param name="isWide">Whether what was found there has a zero beside each letter.</param>
    public (int Line, int Column) At(ReadOnlySpan<byte> buffer, int place, bool isWide)
    {
        Count(buffer, place);

        // Without a mark, the zeros were counted as characters; those behind a line feed include its own.
        return (_line, !isWide || _unit != Unit.Byte ? _column : _line == 1 ? (_column + 1) / 2 : _column / 2);
    }

    /// <summary>Forgets the first bytes of the buffer, which are about to leave it.</summary>
    public void Drop(ReadOnlySpan<byte> buffer, int count)
    {
        Count(buffer, count);
        _counted -= count;
    }

    private void Count(ReadOnlySpan<byte> buffer, int place)
    {
        if (place <= _counted)
        {
            return;
        }

        if (_unit == Unit.Byte)
        {
            var bytes = buffer[_counted..place];
            Add(bytes.Count((byte)'\n'), bytes[(bytes.LastIndexOf((byte)'\n') + 1)..]);
            _counted = place;
        }
        else
        {
            var words = MemoryMarshal.Cast<byte, ushort>(buffer[_counted..place]);
            var feed = (ushort)(_unit == Unit.LittleEndian == BitConverter.IsLittleEndian ? '\n' : '\n' << 8);
            var lines = words.Count(feed);
            _line += lines;
            _column = (lines > 0 ? 1 : _column) + words.Length - (words.LastIndexOf(feed) + 1);
            _counted += 2 * words.Length;
        }
    }

    private void Add(int lines, ReadOnlySpan<byte> rest)
    {
        var characters = rest.Length;
        if (!System.Text.Ascii.IsValid(rest))
        {
            foreach (var each in rest)
            {
                // The second to fourth byte of a character in UTF-8.
                characters -= (each & 0xC0) == 0x80 ? 1 : 0;
            }
        }

        _line += lines;
        _column = (lines > 0 ? 1 : _column) + characters;
    }
}
