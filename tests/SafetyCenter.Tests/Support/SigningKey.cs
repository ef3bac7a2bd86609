using System.Security.Cryptography;
using System.Text;

namespace SafetyCenter.Tests.Support;

/// <summary>A reporter's key pair, as GitHub's: P-256, DER signatures, named by the hash of its PEM text.</summary>
public sealed class SigningKey
{
    private readonly ECDsa _pair;

    public SigningKey(ECDsa? pair = null)
    {
        _pair = pair ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Pem = _pair.ExportSubjectPublicKeyInfoPem() + "\n";
        Identifier = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Pem)));
    }

    public string Identifier { get; }

    public string Pem { get; }

    public SignedHeaders Sign(byte[] body) =>
        new(Identifier, Convert.ToBase64String(
            _pair.SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
}

/// <summary>The values of <c>Github-Public-Key-Identifier</c> and <c>Github-Public-Key-Signature</c>.</summary>
public sealed record SignedHeaders(string KeyIdentifier, string Signature);
