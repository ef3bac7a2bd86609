using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Web.Identity;

/// <summary>The codes of authenticator apps (RFC 6238): six digits that follow from a key and the time.</summary>
public static class OneTimeCode
{
    /// <summary>How long a code is.</summary>
    public const int Digits = 6;

    /// <summary>For how many seconds the app shows it.</summary>
    public const int StepSeconds = 30;

    /// <summary>How many steps a phone's clock may be before or behind ours.</summary>
    private const int SkewMax = 1;

    private const int Numbers = 1_000_000;

    /// <summary>The number of the step that a moment lies in.</summary>
    public static long StepAt(DateTimeOffset moment) => moment.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The code of a step.</summary>
    public static string Of(AuthenticatorKey key, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(key.ToBytes(), counter, hash);

        // RFC 4226, 5.3: the last four bits say where the number begins, and its sign is left out.
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xF)..]) & int.MaxValue;
        return (number % Numbers).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step whose code this is, if it is good now.</summary>
    /// <param name="key">The key.</param>
    /// <param name="code">What was typed.</param>
    /// <param name="lastStep">The step of the last code that was accepted: neither it nor an older one is good again.</param>
    /// <param name="now">The present.</param>
    /// <returns>The step; null for a code that is wrong, too old, or was used.</returns>
    public static long? StepOf(AuthenticatorKey key, string code, long? lastStep, DateTimeOffset now)
    {
        var typed = Encoding.UTF8.GetBytes(code);
        long? found = null;
        for (var step = StepAt(now) - SkewMax; step <= StepAt(now) + SkewMax; step++)
        {
            // All of them are compared, always: the time must not tell which one it was near to.
            if (CryptographicOperations.FixedTimeEquals(typed, Encoding.UTF8.GetBytes(Of(key, step))) && !(step <= lastStep))
            {
                found ??= step;
            }
        }

        return found;
    }
}
