namespace SafetyCenter.Scanning;

/// <summary>A stretch of the input as it reads when it is decoded, with the place that each character came from.</summary>
internal sealed class Stretch
{
    /// <summary>
    /// How far behind and ahead of a sign its secret may reach, with whatever decides whether it stands alone: 70 characters
    /// and the six before them, each of which may be an escape of six bytes.
    /// </summary>
    public const int Reach = 512;

    /// <summary>How far ahead a stretch is decoded, so that many signs in a row are dealt with at once.</summary>
    public const int Ahead = 4096;

    // What stands before a secret decides whether it is one; so the first characters of a part are only read for that.
    private const int Margin = 8;

    private readonly char[] _text = new char[Reach + Ahead + 8];
    private readonly int[] _places = new int[Reach + Ahead + 9];
    private int _count;
    private bool _isBegun;
    private bool _isEnded;
    private int _settled;

    /// <summary>The decoded characters.</summary>
    public ReadOnlySpan<char> Text => _text.AsSpan(0, _count);

    /// <summary>Forgets everything, because other bytes came.</summary>
    public void Forget() => (_count, _settled) = (0, 0);

    /// <summary>Begins anew.</summary>
    /// <param name="isBegun">Whether nothing of the same text stands before it.</param>
    public void Begin(bool isBegun) => (_count, _isBegun) = (0, isBegun);

    /// <summary>Adds one decoded character.</summary>
    public void Add(int character, int place)
    {
        _text[_count] = (char)character;
        _places[_count++] = place;
    }

    /// <summary>Ends it.</summary>
    /// <param name="place">Where it ends.</param>
    /// <param name="isEnded">Whether nothing of the same text stands behind it.</param>
    public void End(int place, bool isEnded)
    {
        _places[_count] = place;
        _isEnded = isEnded;
        _settled = isEnded ? place : place - Reach;
    }

    /// <summary>Where a character of the text came from.</summary>
    public int Place(int index) => _places[index];

    /// <summary>Whether these characters stand in the input as they are, so that no decoding was needed to see them.</summary>
    public bool IsAsItWas(int index, int length) => _places[index + length] - _places[index] == length;

    /// <summary>Whether what stands around these characters was decoded too.</summary>
    public bool Surrounds(int index, int length) =>
        (_isBegun || index >= Margin) && (_isEnded || index + length < _count);

    /// <summary>Whether a sign at this place was dealt with when the stretch was.</summary>
    public bool Settles(int place) => place < _settled && _count > 0 && place >= _places[0];

    /// <summary>The same for four characters of base64: they must also have been read as four.</summary>
    public bool SettlesGroup(int place) =>
        Settles(place) && Array.BinarySearch(_places, 0, _count, place) is >= 0 and var index && index % 3 == 0;
}
