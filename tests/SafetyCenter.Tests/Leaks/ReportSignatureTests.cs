using System.Security.Cryptography;
using System.Text;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

public class ReportSignatureTests
{
    private static readonly ReportVectors Vectors = ReportVectors.All;

    public static TheoryData<string> Ids() => [.. Vectors.Cases.Select(vector => vector.Id)];

    /// <summary>V1, V2 and V3 are good, D2 too; all other changes are not, and none of them throws.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void Case_01_to_07_the_vectors_are_judged_as_published(string id)
    {
        var vector = Vectors[id];

        Assert.Equal(vector.Valid, IsValid(vector.Body, vector.Signature, Key(vector.Key)));
    }

    [Fact]
    public void All_vectors_are_there() =>
        Assert.Equal(
            ["V1", "V2", "V3", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "B-first", "B-second"],
            Vectors.Cases.Select(vector => vector.Id));

    [Fact]
    public void Case_63_a_changed_signature_of_the_same_body_is_the_same_delivery()
    {
        Assert.Equal(Vectors["V1"].Body, Vectors["D2"].Body);
        Assert.NotEqual(Vectors["V1"].Signature, Vectors["D2"].Signature);
    }

    [Fact]
    public void Case_13_a_signature_that_is_not_strict_base64_is_refused()
    {
        var (body, good, key) = (Vectors["V1"].Body, Vectors["V1"].Signature, Key("second"));
        Assert.True(IsValid(body, good, key));

        Assert.All(
            [
                "", " ", "=", "====", "not base64!", good + " ", " " + good, good.Insert(40, "\n"),
                good.Insert(40, " "), good.Replace('+', '-').Replace('/', '_'), good.TrimEnd('='), good + "=",
                good + "AAAA",
                new string('A', 10_000), "\0" + good, good + "," + good, "\u00fc" + good,
            ],
            bad => Assert.False(IsValid(body, bad, key), bad));
    }

    /// <summary>.NET reads past blanks, and a long signature is too long with one: only strictness helps.</summary>
    [Fact]
    public void Case_13_a_blank_inside_a_short_signature_is_refused()
    {
        var key = new SigningKey();
        Assert.True(ReportPublicKey.TryImport(key.Pem, out var published));

        // About one signature in 256 leaves room for four more characters.
        var signature = Enumerable.Range(0, 50_000)
            .Select(_ => key.Sign("[]"u8.ToArray()).Signature)
            .First(candidate => candidate.Length == 92);

        Assert.True(IsValid("[]", signature, published));
        Assert.All(
            [" ", "\n", "\t", "\r\n"],
            blank => Assert.False(IsValid("[]", signature.Insert(40, blank), published)));
    }

    [Fact]
    public void Case_14_the_empty_body_can_be_signed()
    {
        var key = new SigningKey();
        Assert.True(ReportPublicKey.TryImport(key.Pem, out var published));

        Assert.True(ReportSignature.IsValid([], key.Sign([]).Signature, published));
    }

    [Fact]
    public void Case_15_to_17_another_body_and_another_key_are_refused()
    {
        var (key, stranger) = (new SigningKey(), new SigningKey());
        Assert.True(ReportPublicKey.TryImport(key.Pem, out var published));
        var signature = key.Sign("[]"u8.ToArray()).Signature;

        Assert.True(IsValid("[]", signature, published));
        Assert.False(IsValid("[ ]", signature, published));
        Assert.False(IsValid("[]", stranger.Sign("[]"u8.ToArray()).Signature, published));
    }

    /// <summary>Signatures of every length that DER gives them, short r and s included.</summary>
    [Fact]
    public void Every_genuine_signature_is_good()
    {
        var key = new SigningKey();
        Assert.True(ReportPublicKey.TryImport(key.Pem, out var published));

        Assert.All(Enumerable.Range(0, 300), number =>
        {
            var body = Encoding.UTF8.GetBytes($"[{number}]");
            Assert.True(ReportSignature.IsValid(body, key.Sign(body).Signature, published));
        });
    }

    [Fact]
    public void One_key_serves_many_requests_at_once()
    {
        var (vector, key) = (Vectors["V1"], Key("second"));

        var good = 0;
        Parallel.For(0, 200, number =>
        {
            if (IsValid(vector.Body, number % 2 == 0 ? vector.Signature : Vectors["D3"].Signature, key))
            {
                Interlocked.Increment(ref good);
            }
        });

        Assert.Equal(100, good);
    }

    /// <summary>Case 27: only one public key on NIST P-256 is a key, and nothing throws.</summary>
    [Fact]
    public void Case_27_other_keys_and_junk_are_no_keys()
    {
        using var rsa = RSA.Create(2048);
        using var good = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = good.ExportSubjectPublicKeyInfoPem();
        Assert.True(ReportPublicKey.TryImport(pem, out _));
        Assert.True(ReportPublicKey.TryImport("\n" + pem.ReplaceLineEndings("\r\n") + "\r\n", out _));

        Assert.All(
            [
                null, "", " ", "junk", rsa.ExportSubjectPublicKeyInfoPem(),
                On(ECCurve.NamedCurves.nistP384), On(ECCurve.NamedCurves.nistP521),
                On(ECCurve.CreateFromValue("1.3.132.0.10")), On(ECCurve.NamedCurves.brainpoolP256r1),
                good.ExportPkcs8PrivateKeyPem(), good.ExportECPrivateKeyPem(),
                good.ExportPkcs8PrivateKeyPem().Replace("PRIVATE", "PUBLIC", StringComparison.Ordinal),
                pem.Replace("PUBLIC KEY", "CERTIFICATE", StringComparison.Ordinal),
                pem + "\n" + pem, pem + "\n" + On(ECCurve.NamedCurves.nistP384), "junk\n" + pem, pem + "\njunk",
                pem[..^30], pem.Insert(60, "!"), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
                PemEncoding.WriteString("PUBLIC KEY", [.. good.ExportSubjectPublicKeyInfo(), 0]),
                PemEncoding.WriteString("PUBLIC KEY", OffTheCurve(good)), new string('\n', 100_000) + pem,
            ],
            bad => Assert.False(ReportPublicKey.TryImport(bad, out _), bad));
    }

    private static string On(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    private static byte[] OffTheCurve(ECDsa key)
    {
        var bytes = key.ExportSubjectPublicKeyInfo();
        bytes[^1] ^= 1;
        return bytes;
    }

    private static ReportPublicKey Key(string name)
    {
        Assert.True(ReportPublicKey.TryImport(Vectors.Keys[name], out var key));
        return key;
    }

    private static bool IsValid(string body, string signature, ReportPublicKey key) =>
        ReportSignature.IsValid(Encoding.UTF8.GetBytes(body), signature, key);
}
