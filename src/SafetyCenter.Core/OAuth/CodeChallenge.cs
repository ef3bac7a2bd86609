using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Core.OAuth;

/// <summary>
/// The proof that whoever redeems a code is whoever asked for it (PKCE, RFC 7636), by SHA-256 only: <c>plain</c> proves
/// nothing to somebody who saw the request (RFC 9700, 2.1.1).
/// </summary>
public static class CodeChallenge
{
    /// <summary>The one method (RFC 7636, 4.3).</summary>
    public const string Method = "S256";

    /// <summary>Whether it is a challenge: the base64url of 32 bytes.</summary>
    public static bool IsWellFormed(string? challenge) => challenge is { Length: 43 } && challenge.All(IsBase64Url);

    /// <summary>Whether the verifier is the one that the challenge was made of.</summary>
    public static bool Accepts(string challenge, string? verifier)
    {
        // 43 to 128 unreserved characters (RFC 7636, 4.1).
        if (verifier is not { Length: >= 43 and <= 128 } || !verifier.All(letter => IsBase64Url(letter) || letter is '.' or '~'))
        {
            return false;
        }

        var expected = Base64Url.EncodeToUtf8(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(challenge));
    }

    private static bool IsBase64Url(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_';
}
