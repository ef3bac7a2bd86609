using System.Numerics;
using System.Text;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Scanning;

/// <summary>
/// Finds the secrets of one installation in bytes: what <see cref="SecretFormat.FindIn"/> finds in text, and the same in base64,
/// behind needless escapes of addresses and JSON, and in UTF-16. It owns its buffers, so each worker has one of its own.
/// </summary>
/// <remarks>
/// The input passes through a buffer:
/// <code>
///   | 512 kept | what is judged in this round | 512 to come |
/// </code>
/// Each secret is judged in the round in which it begins, with all that surrounds it at hand; so none is lost at an edge, and
/// none is found twice.
/// </remarks>
public sealed class SecretScanner
{
    private const int ChunkLength = 256 * 1024;
    private const int Reach = Stretch.Reach;
    private const int EscapeLength = 6;

    private static readonly byte[] ClientTokenStem = Encoding.ASCII.GetBytes(SecretFormat.ClientTokenStem);

    private readonly SecretFormat _format;
    private readonly Sieve _sieve;
    private readonly Lines _lines = new();
    private readonly byte[] _buffer;
    private readonly int _capacity;
    private readonly int _lengthMax;

    private readonly Stretch _line = new();
    private readonly Stretch _block = new();
    private readonly Stretch _percents = new();
    private readonly Stretch _unicodes = new();
    private readonly Stretch _wide = new();

    private readonly Dictionary<int, (Secret Secret, string Encoding)> _found = [];
    private int _length;
    private bool _isLast;
    private int _from;
    private int _to;

    /// <summary>A scanner for the secrets of one installation.</summary>
    public SecretScanner(SecretFormat format)
        : this(format, ChunkLength)
    {
    }

    /// <summary>As always, but for the length of a chunk.</summary>
    internal SecretScanner(SecretFormat format, int chunkLength)
    {
        (_format, _sieve, _lengthMax) = (format, new Sieve(format), format.LengthMax);

        // Even, as are the bytes that leave it, so that the two bytes of a character stay together.
        _capacity = (2 * Reach) + chunkLength + (chunkLength & 1);
        _buffer = new byte[_capacity + Sieve.Block + Sieve.Beyond];
    }

    /// <summary>Reads an input to its end and reports each secret, in order; answers how many bytes there were.</summary>
    public long Scan(Stream input, Action<Found> report)
    {
        Begin(input);
        return Finish(input, report);
    }

    /// <summary>Reads as much as fits into the buffer and shows it, for whoever must know what it is.</summary>
    internal ReadOnlySpan<byte> Begin(Stream input)
    {
        (_length, _from) = (0, 0);
        Fill(input);
        _lines.Begin(_buffer.AsSpan(0, _length));
        return _buffer.AsSpan(0, _length);
    }

    /// <summary>Judges what lies in the buffer, and all the rest.</summary>
    internal long Finish(Stream input, Action<Found> report)
    {
        var total = (long)_length;
        for (var isFirst = true; ;)
        {
            _to = _isLast ? _length : Math.Max(_from, _length - Reach);
            Judge(new Window(_buffer.AsSpan(0, _length), isFirst, _isLast));
            Tell(report);
            if (_isLast)
            {
                return total;
            }

            var dropped = Math.Max(0, _to - Reach) & ~1;
            if (dropped > 0)
            {
                _lines.Drop(_buffer.AsSpan(0, _length), dropped);
                _buffer.AsSpan(dropped, _length - dropped).CopyTo(_buffer);
                isFirst = false;
            }

            (_length, _from) = (_length - dropped, _to - dropped);
            total -= _length;
            Fill(input);
            total += _length;
        }
    }

    private void Fill(Stream input)
    {
        var room = _capacity - _length;
        var read = input.ReadAtLeast(_buffer.AsSpan(_length, room), room, throwOnEndOfStream: false);
        (_length, _isLast) = (_length + read, read < room);
        _buffer.AsSpan(_length, Sieve.Block + Sieve.Beyond).Clear();
    }

    private void Tell(Action<Found> report)
    {
        if (_found.Count == 0)
        {
            return;
        }

        foreach (var (place, (secret, encoding)) in _found.OrderBy(found => found.Key))
        {
            var (line, column) = _lines.At(_buffer.AsSpan(0, _length), place, encoding == "utf-16");
            report(new Found(secret.Kind, line, column, secret.Last4, secret.Hash, encoding));
        }

        _found.Clear();
    }

    private void Judge(Window window)
    {
        _line.Forget();
        _block.Forget();
        _percents.Forget();
        _unicodes.Forget();
        var length = window.Bytes.Length;
        for (var at = _from & -Sieve.Block; (at = _sieve.Next(_buffer, at, length, out var signs)) >= 0;)
        {
            var next = at + Sieve.Block;
            if (signs.Hex >= 0)
            {
                next = Math.Max(next, JudgeHex(window, signs.Hex) & -Sieve.Block);
            }

            JudgeSigns(window, at, signs);
            at = next;
        }

        if (window.Bytes.Contains((byte)0))
        {
            JudgeWide(window);
        }
    }

    private void JudgeSigns(Window window, int at, in Signs signs)
    {
        for (var bits = signs.Stems; bits != 0; bits &= bits - 1)
        {
            JudgePlain(window, at + BitOperations.TrailingZeroCount(bits));
        }

        for (var bits = signs.Firsts; bits != 0; bits &= bits - 1)
        {
            JudgeBase64(window, at + BitOperations.TrailingZeroCount(bits), isBeginning: true);
        }

        JudgeGroups(window, at, signs.Groups);
        JudgeGroups(window, at - 2, signs.Seconds);
        JudgeGroups(window, at - 3, signs.Thirds);
        for (var bits = signs.Percents; bits != 0; bits &= bits - 1)
        {
            var place = at + BitOperations.TrailingZeroCount(bits);
            if (!_percents.Settles(place) && Escapes.ReadPercents(window, place, _percents))
            {
                JudgeStretch(_percents, "url");
            }
        }

        for (var bits = signs.Unicodes; bits != 0; bits &= bits - 1)
        {
            var place = at + BitOperations.TrailingZeroCount(bits);
            if (!_unicodes.Settles(place) && Escapes.ReadUnicodes(window, place, _unicodes))
            {
                JudgeStretch(_unicodes, "json");
            }
        }
    }

    private void JudgeGroups(Window window, int at, uint bits)
    {
        for (; bits != 0; bits &= bits - 1)
        {
            JudgeBase64(window, at + BitOperations.TrailingZeroCount(bits), isBeginning: false);
        }
    }

    /// <summary>Looks at the run of hex digits that this place is in, and answers from where to go on.</summary>
    private int JudgeHex(Window window, int inside)
    {
        var rest = window.Bytes[inside..].IndexOfAnyExcept(SecretShape.LowerHexBytes);
        var end = rest < 0 ? window.Bytes.Length : inside + rest;
        if (end == window.Bytes.Length || !char.IsAsciiLetterOrDigit((char)window.Bytes[end]))
        {
            var place = end - SecretShape.HexLength;
            JudgePlain(window, place);
            if (place >= ClientTokenStem.Length && window.Bytes[..place].EndsWith(ClientTokenStem))
            {
                JudgePlain(window, place - ClientTokenStem.Length);
            }
        }

        // The last digits of the run may be the first characters of something else.
        return end - (Sieve.Block / 2);
    }

    private void JudgePlain(Window window, int place)
    {
        if (place < _from || place >= _to)
        {
            return;
        }

        // Most of what comes here is part of a longer word, and no escape ends there.
        var begin = Math.Max(0, place - EscapeLength);
        if (place > 0 && char.IsAsciiLetterOrDigit((char)window.Bytes[place - 1])
            && !window.Bytes[begin..place].ContainsAny((byte)'\\', (byte)'%', (byte)'='))
        {
            return;
        }

        // The characters before and behind decide whether it stands alone; they are asked in the words of FindIn.
        var bytes = window.Bytes[begin..Math.Min(window.Bytes.Length, place + _lengthMax + 1)];
        Span<char> characters = stackalloc char[bytes.Length];
        for (var index = 0; index < bytes.Length; index++)
        {
            characters[index] = (char)bytes[index];
        }

        if (_format.StandingAt(characters, place - begin) is { } secret)
        {
            _found.TryAdd(place, (secret, "plain"));
        }
    }

    private void JudgeBase64(Window window, int group, bool isBeginning)
    {
        if (isBeginning && group > 0 && Base64.IsMark(window.Bytes[group - 1]))
        {
            Base64.ReadFrom(window, group, _wide);
            JudgeStretch(_wide, "base64");
        }

        if (!_line.SettlesGroup(group))
        {
            Base64.ReadLine(window, group, _line);
            JudgeStretch(_line, "base64");
        }

        if (!_block.SettlesGroup(group))
        {
            Base64.ReadLines(window, group, _block);
            JudgeStretch(_block, "base64");
        }
    }

    private void JudgeWide(Window window)
    {
        for (var at = _from; Utf16.TryNext(window.Bytes, ref at, out var end); at = end)
        {
            for (var parity = 0; parity < 2; parity++)
            {
                Utf16.Read(window, at, end, parity, zero: 1, _wide);
                JudgeStretch(_wide, "utf-16");
                Utf16.Read(window, at, end, parity, zero: -1, _wide);
                JudgeStretch(_wide, "utf-16");
            }
        }
    }

    private void JudgeStretch(Stretch stretch, string encoding)
    {
        foreach (var (index, secret) in _format.PlacesIn(stretch.Text))
        {
            var (length, place) = (secret.Reveal().Length, stretch.Place(index));
            if (place >= _from && place < _to && stretch.Surrounds(index, length) && !stretch.IsAsItWas(index, length))
            {
                _found.TryAdd(place, (secret, encoding));
            }
        }
    }
}
