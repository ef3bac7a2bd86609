using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Core.Secrets;

/// <summary>
/// The SHA-256 of a secret: what is stored and looked up instead of it. Secrets have 96 random bits or more, so a
/// fast hash is enough. It equals the <c>token_hash</c> of GitHub's secret scanning feedback.
/// </summary>
public readonly struct SecretHash : IEquatable<SecretHash>
{
    private const int ShortLength = 100;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <summary>A hash as it was stored.</summary>
    /// <exception cref="ArgumentException">It is not 32 bytes long.</exception>
    public SecretHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SHA256.HashSizeInBytes)
        {
            throw new ArgumentException($"A secret's hash is 32 bytes long, not {bytes.Length}.", nameof(bytes));
        }

        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The hash of any text's UTF-8 bytes, whether or not it is a secret of ours.</summary>
    public static SecretHash Of(string text)
    {
        // On every verified call, so the usual lengths cost no memory. A character is three bytes at most.
        Span<byte> bytes = text.Length <= ShortLength ? stackalloc byte[3 * ShortLength] : new byte[3 * text.Length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(text, bytes)], hash);
        return new SecretHash(hash);
    }

    /// <summary>The 32 bytes, for the database.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _first);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), _second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), _third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), _fourth);
        return bytes;
    }

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    /// <summary>Compares all 32 bytes whatever the first ones say, so that time tells nothing.</summary>
    public bool Equals(SecretHash other) =>
        ((_first ^ other._first) | (_second ^ other._second)
            | (_third ^ other._third) | (_fourth ^ other._fourth)) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SecretHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_first, _second, _third, _fourth);

    /// <summary>Whether both are the same hash.</summary>
    public static bool operator ==(SecretHash left, SecretHash right) => left.Equals(right);

    /// <summary>Whether the hashes differ.</summary>
    public static bool operator !=(SecretHash left, SecretHash right) => !left.Equals(right);
}
