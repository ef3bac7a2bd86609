using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;

namespace SafetyCenter.Core.Secrets;

/// <summary>One line of the drawing in <see cref="SecretFormat"/>: how one kind is made and checked.</summary>
internal sealed class SecretShape
{
    /// <summary>The digits of hex bodies.</summary>
    public static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The same as bytes.</summary>
    public static readonly SearchValues<byte> LowerHexBytes = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>How long a hex body is, checksum included.</summary>
    public const int HexLength = RandomHexLength + 8;

    private const int RandomHexLength = 24;

    private readonly int _randomLength;

    // The checksum of what a hex body's own checksum covers besides its digits; null when the body is base62.
    private readonly uint? _implied;

    private SecretShape(SecretKind kind, string stem, int randomLength, bool hasId, string? name)
    {
        Kind = kind;
        Stem = stem;
        HasId = hasId;
        Name = name;
        _randomLength = randomLength;
        _implied = name is null ? null : Crc32.Of(name);
        Length = stem.Length
            + (hasId ? Base62.IdLength + 1 : 0)
            + (name is null ? randomLength + Base62.ChecksumLength : HexLength);
    }

    public SecretKind Kind { get; }

    /// <summary>What every such secret begins with; empty for API keys.</summary>
    public string Stem { get; }

    /// <summary>Whether an id and an underscore stand between stem and body.</summary>
    public bool HasId { get; }

    /// <summary>The unwritten name that a hex body's checksum covers besides its digits; null when the body is base62.</summary>
    public string? Name { get; }

    /// <summary>The random digits before the checksum.</summary>
    public int RandomLength => _randomLength;

    /// <summary>The digits of the checksum.</summary>
    public int ChecksumLength => Name is null ? Base62.ChecksumLength : HexLength - RandomHexLength;

    /// <summary>The characters of the whole secret.</summary>
    public int Length { get; }

    /// <summary>A stem, random base62 digits and their checksum.</summary>
    public static SecretShape Of(SecretKind kind, string stem, int randomLength) =>
        new(kind, stem, randomLength, hasId: false, name: null);

    /// <summary>A stem, an id, random base62 digits and their checksum.</summary>
    public static SecretShape WithId(SecretKind kind, string stem, int randomLength) =>
        new(kind, stem, randomLength, hasId: true, name: null);

    /// <summary>A stem, random hex digits, and the checksum of an unwritten name and the digits.</summary>
    public static SecretShape Hex(SecretKind kind, string stem, string name) =>
        new(kind, stem, RandomHexLength, hasId: false, name);

    /// <summary>Fresh random digits with their checksum.</summary>
    public string RandomBody()
    {
        if (_implied is not { } implied)
        {
            return Base62.WithChecksum(RandomNumberGenerator.GetString(Base62.Digits, _randomLength));
        }

        var random = RandomNumberGenerator.GetHexString(_randomLength, lowercase: true);
        return random + Crc32.Append(implied, random).ToString("x8", CultureInfo.InvariantCulture);
    }

    /// <summary>What such a secret looks like, for people: its checksum is wrong, so that it alarms nobody who checks.</summary>
    public string Example()
    {
        var random = Name is null ? Base62.Digits : "0123456789abcdef0123456789abcdef";
        var text = Stem
            + (HasId ? Base62.Digits[..Base62.IdLength] + "_" : "")
            + random[.._randomLength]
            + new string('0', ChecksumLength);
        return Fits(text) ? text[..^1] + '1' : text;
    }

    /// <summary>Whether a text of the right length that begins with the stem is well formed.</summary>
    public bool Fits(ReadOnlySpan<char> text)
    {
        var body = text[Stem.Length..];
        if (_implied is { } implied)
        {
            return !body.ContainsAnyExcept(LowerHex)
                && uint.Parse(body[_randomLength..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                    == Crc32.Append(implied, body[.._randomLength]);
        }

        if (HasId)
        {
            if (body[Base62.IdLength] != '_' || !Base62.IsAllDigits(body[..Base62.IdLength]))
            {
                return false;
            }

            body = body[(Base62.IdLength + 1)..];
        }

        return Base62.IsAllDigits(body) && Base62.EndsInChecksum(body);
    }
}
