using System.Security.Cryptography;

namespace SafetyCenter.Web.Identity;

/// <summary>What an authenticator app and we share: 160 random bits (RFC 4226, 4), written in Base32 (RFC 4648, 6).</summary>
/// <param name="text">The Base32.</param>
public sealed class AuthenticatorKey(string text)
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int Length = 32;
    private const string Issuer = "SafetyCenter";

    /// <summary>The Base32.</summary>
    public string Text { get; } = text;

    /// <summary>As it is typed: in groups of four.</summary>
    public string InGroups => string.Join(' ', Text.Chunk(4).Select(group => new string(group)));

    /// <summary>A new one.</summary>
    public static AuthenticatorKey New() => new(RandomNumberGenerator.GetString(Letters, Length));

    /// <summary>What the app reads from the QR code.</summary>
    /// <param name="account">Whose it is, for a person with several.</param>
    public string ToUri(string account) =>
        $"otpauth://totp/{Issuer}:{Uri.EscapeDataString(account)}?secret={Text}&issuer={Issuer}"
        + $"&algorithm=SHA1&digits={OneTimeCode.Digits}&period={OneTimeCode.StepSeconds}";

    /// <summary>The bits.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Text.Length * 5 / 8];
        var (held, bits, at) = (0, 0, 0);
        foreach (var letter in Text)
        {
            held = (held << 5 | Letters.IndexOf(letter)) & 0xFFF;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes[at++] = (byte)(held >> bits);
            }
        }

        return bytes;
    }
}
