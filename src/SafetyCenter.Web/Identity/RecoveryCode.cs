using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Web.Identity;

/// <summary>A code for the day the phone is lost. It is good once, and only its hash is kept.</summary>
public static class RecoveryCode
{
    /// <summary>How many somebody gets.</summary>
    public const int Count = 10;

    // None that look alike. 31 letters to the power of 16 are 79 bits: too many to guess from a hash.
    private const string Letters = "abcdefghjkmnpqrstuvwxyz23456789";
    private const int Length = 16;
    private const int GroupLength = 4;

    /// <summary>A new one, in groups of four.</summary>
    public static string New() => string.Join(
        '-', RandomNumberGenerator.GetString(Letters, Length).Chunk(GroupLength).Select(group => new string(group)));

    /// <summary>What is kept of it: its SHA-256. Case, dashes and spaces do not count.</summary>
    public static string HashOf(string code)
    {
        var letters = string.Concat(code.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(letters)));
    }
}
