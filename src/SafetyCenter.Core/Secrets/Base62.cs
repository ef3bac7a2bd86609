using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SafetyCenter.Core.Secrets;

/// <summary>
/// Numbers written in 0-9, A-Z, a-z, most significant digit first, padded with zeros to a fixed width.
/// </summary>
public static class Base62
{
    /// <summary>The sixty-two digits, in order of value.</summary>
    public const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>How many digits any 128-bit id fits in.</summary>
    public const int IdLength = 22;

    /// <summary>How many digits any 32-bit checksum fits in.</summary>
    public const int ChecksumLength = 6;

    private static readonly SearchValues<char> DigitSet = SearchValues.Create(Digits);

    /// <summary>True when every character is one of the sixty-two digits.</summary>
    public static bool IsAllDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(DigitSet);

    /// <summary>An id in 22 digits, read as a big-endian number.</summary>
    public static string Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Span<char> digits = stackalloc char[IdLength];
        for (var place = digits.Length - 1; place >= 0; place--)
        {
            (number, var digit) = UInt128.DivRem(number, 62);
            digits[place] = Digits[(int)digit];
        }

        return new string(digits);
    }

    /// <summary>So many random digits, followed by their checksum.</summary>
    public static string RandomWithChecksum(int length) => WithChecksum(RandomNumberGenerator.GetString(Digits, length));

    /// <summary>A text followed by its checksum, as <see cref="EndsInChecksum"/> expects it.</summary>
    public static string WithChecksum(string text)
    {
        Span<char> checksum = stackalloc char[ChecksumLength];
        Write(Crc32.Of(text), checksum);
        return string.Concat(text, checksum);
    }

    /// <summary>
    /// GitHub's token checksum: the last six characters are the CRC-32 of all before them. Scanners that know it
    /// check just what follows a token's last underscore, so that is what should be passed.
    /// </summary>
    public static bool EndsInChecksum(ReadOnlySpan<char> text)
    {
        if (text.Length < ChecksumLength)
        {
            return false;
        }

        // The padded digits are compared, never a shorter number: one checksum in 62 begins with a zero.
        Span<char> checksum = stackalloc char[ChecksumLength];
        Write(Crc32.Of(text[..^ChecksumLength]), checksum);
        return text[^ChecksumLength..].SequenceEqual(checksum);
    }

    private static void Write(uint number, Span<char> digits)
    {
        for (var place = digits.Length - 1; place >= 0; place--)
        {
            (number, var digit) = Math.DivRem(number, 62);
            digits[place] = Digits[(int)digit];
        }
    }
}
