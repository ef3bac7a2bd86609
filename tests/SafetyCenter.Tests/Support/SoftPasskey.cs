using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// A device that makes one passkey and proves with it (WebAuthn level 3, with ES256), and the browser between it and a page.
/// What it says can be made wrong, in one place at a time.
/// </summary>
public sealed class SoftPasskey : IDisposable
{
    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte BackupEligible = 0x08;
    private const byte BackedUp = 0x10;
    private const byte HoldsKey = 0x40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _id = RandomNumberGenerator.GetBytes(16);
    private string? _userHandle;

    /// <summary>Whether it asks for a finger or a PIN.</summary>
    public bool VerifiesUser { get; set; } = true;

    /// <summary>Whether it is copied to other devices of the same person.</summary>
    public bool IsSynced { get; init; }

    /// <summary>How often it was used.</summary>
    public uint Counter { get; set; }

    /// <summary>How pages name it.</summary>
    public string Id => Base64Url.EncodeToString(_id);

    /// <summary>Makes the passkey, as <c>navigator.credentials.create</c>.</summary>
    public string Create(string optionsJson, Uri page)
    {
        using var options = JsonDocument.Parse(optionsJson);
        var root = options.RootElement;
        _userHandle = root.GetProperty("user").GetProperty("id").GetString();
        var said = Said(root.GetProperty("rp").GetProperty("id").GetString()!, HoldsKey);
        var key = _key.ExportParameters(includePrivateParameters: false).Q;

        // No attestation (8.7), the credential's id, and its public key as COSE (RFC 9053, 7.1.1), in CBOR.
        byte[] data =
        [
            .. said, .. new byte[16], 0, (byte)_id.Length, .. _id,
            0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, .. key.X!, 0x22, 0x58, 0x20, .. key.Y!,
        ];
        byte[] attestation =
        [
            0xA3, 0x63, .. "fmt"u8, 0x64, .. "none"u8, 0x67, .. "attStmt"u8, 0xA0, 0x68, .. "authData"u8,
            0x58, (byte)data.Length, .. data,
        ];
        return Credential(new
        {
            clientDataJSON = Base64Url.EncodeToString(ClientData("webauthn.create", root, page)),
            attestationObject = Base64Url.EncodeToString(attestation),
            transports = new[] { "internal" },
        });
    }

    /// <summary>Proves with it, as <c>navigator.credentials.get</c>.</summary>
    public string Prove(string optionsJson, Uri page)
    {
        using var options = JsonDocument.Parse(optionsJson);
        var root = options.RootElement;
        Counter++;
        var said = Said(root.GetProperty("rpId").GetString()!, flags: 0);
        var clientData = ClientData("webauthn.get", root, page);
        var signature = _key.SignData(
            [.. said, .. SHA256.HashData(clientData)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Credential(new
        {
            clientDataJSON = Base64Url.EncodeToString(clientData),
            authenticatorData = Base64Url.EncodeToString(said),
            signature = Base64Url.EncodeToString(signature),
            userHandle = _userHandle,
        });
    }

    public void Dispose() => _key.Dispose();

    private static byte[] ClientData(string type, JsonElement options, Uri page) => Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new
        {
            type,
            challenge = options.GetProperty("challenge").GetString(),
            origin = page.GetLeftPart(UriPartial.Authority),
            crossOrigin = false,
        }));

    private byte[] Said(string host, byte flags)
    {
        var all = (byte)(flags | UserPresent
            | (VerifiesUser ? UserVerified : 0) | (IsSynced ? BackupEligible | BackedUp : 0));
        var counter = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(counter, Counter);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(host)), all, .. counter];
    }

    private string Credential(object response) => JsonSerializer.Serialize(new
    {
        id = Id,
        rawId = Id,
        type = "public-key",
        clientExtensionResults = new { },
        response,
    });
}
