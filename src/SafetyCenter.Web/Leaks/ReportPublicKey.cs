using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SafetyCenter.Web.Leaks;

/// <summary>
/// One published key of a reporter: ECDSA on NIST P-256 and nothing else. Never disposed, because a request may still
/// hold it when a newer list has replaced it; the finalizer of its handle ends it.
/// </summary>
public sealed class ReportPublicKey
{
    // The name of the curve, not its size: secp256k1 and brainpoolP256r1 have 256 bits too, and .NET imports them.
    private const string NistP256 = "1.2.840.10045.3.1.7";

    // A P-256 key's PEM has 178 characters.
    private const int LongestPem = 2048;

    // ECDsa promises nothing about use by several threads at once.
    private readonly Lock _turn = new();
    private readonly ECDsa _key;

    private ReportPublicKey(ECDsa key) => _key = key;

    /// <summary>
    /// Reads a key from its PEM text: one block, labelled <c>PUBLIC KEY</c>, with nothing but white space around it.
    /// Anything else, private keys and other curves included, is refused without an exception.
    /// </summary>
    public static bool TryImport(string? pem, [NotNullWhen(true)] out ReportPublicKey? key)
    {
        key = null;
        if (pem is null || pem.Length > LongestPem || !PemEncoding.TryFind(pem, out var block)
            || !pem.AsSpan(block.Label).SequenceEqual("PUBLIC KEY")
            || !pem.AsSpan(..block.Location.Start).IsWhiteSpace()
            || !pem.AsSpan(block.Location.End..).IsWhiteSpace())
        {
            return false;
        }

        var bytes = Convert.FromBase64String(pem[block.Base64Data]);
        var candidate = ECDsa.Create();
        try
        {
            candidate.ImportSubjectPublicKeyInfo(bytes, out var read);
            var curve = candidate.ExportParameters(includePrivateParameters: false).Curve;
            if (read == bytes.Length && curve.IsNamed && curve.Oid.Value == NistP256)
            {
                key = new ReportPublicKey(candidate);
                return true;
            }
        }
        catch (CryptographicException)
        {
            // Another algorithm, or no point of the curve: refused like the rest, by the return value.
        }

        candidate.Dispose();
        return false;
    }

    /// <summary>Whether a DER signature over a SHA-256 hash is this key's; a malformed one is simply not.</summary>
    internal bool Signed(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        lock (_turn)
        {
            // The default format of .NET is r and s side by side, to which every genuine report would look forged.
            return _key.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
    }
}
