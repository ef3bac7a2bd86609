using System.Buffers;
using System.Security.Cryptography;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// The signature of GitHub's secret scanning reports, <c>ECDSA-NIST-P256V1-SHA256</c>: base64 of an ASN.1 DER sequence
/// (RFC 3279, 2.2.3) over the raw bytes of the body. From (r, s) anybody can make (r, n-s), which is valid too: two
/// deliveries are the same when their bodies are, never because their signatures are.
/// </summary>
public static class ReportSignature
{
    // The longest P-256 signature has 72 bytes in DER, so 96 characters in base64.
    private const int LongestDer = 72;
    private const int LongestBase64 = 96;

    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>Whether the body was signed with the key. Never throws, whatever the header said.</summary>
    public static bool IsValid(ReadOnlySpan<byte> body, string signatureBase64, ReportPublicKey key)
    {
        // The converter skips white space, so its alphabet is checked first.
        Span<byte> signature = stackalloc byte[LongestDer];
        return signatureBase64.Length is > 0 and <= LongestBase64
            && !signatureBase64.AsSpan().ContainsAnyExcept(Base64Characters)
            && Convert.TryFromBase64String(signatureBase64, signature, out var length)
            && key.Signed(SHA256.HashData(body), signature[..length]);
    }
}
