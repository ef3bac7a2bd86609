using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SafetyCenter.Tests.Leaks;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/*
 * The cases of the intake are numbered as in the list that these tests were written from; a test names its numbers.
 * Group A (signature and headers) is here; B (keys), C (body), D (matching) and E (deliveries) stand beside. What
 * needs no HTTP is tested where it is done: 24, 26, 27, 30 in PublicKeyListTests and PublicKeyAnswersTests, and more
 * shapes of bodies in ReportBodyTests. What concerns several partners (28, 29, 31, 71) is in PartnerReportsTests.
 */

/// <summary>Cases 1 to 17: only what GitHub signed is heard.</summary>
public sealed class GitHubSecretScanningTests : IClassFixture<App>
{
    private static readonly ReportVectors Vectors = ReportVectors.All;

    private readonly App _app;

    public GitHubSecretScanningTests(App app)
    {
        _app = app;

        // GitHub's two real keys, whose published samples are at hand, and one that these tests can sign with.
        var keys = Vectors.Keys.Select(key => new { key_identifier = Vectors.Identifiers[key.Key], key = key.Value })
            .Append(new { key_identifier = app.GitHub.CurrentKey.Identifier, key = app.GitHub.CurrentKey.Pem });
        app.GitHub.AnswerWith(JsonSerializer.Serialize(new { public_keys = keys }));
    }

    [Fact]
    public Task Case_01_the_sample_of_the_documentation_is_heard() => AssertJudgedAsync("V1", isHeard: true);

    [Fact]
    public Task Case_02_a_match_without_source_and_with_a_blank_before_its_url_is_heard() =>
        AssertJudgedAsync("V2", isHeard: true);

    [Fact]
    public Task Case_03_blanks_within_the_JSON_were_signed_too() => AssertJudgedAsync("V3", isHeard: true);

    [Fact]
    public Task Case_04_a_line_end_after_the_body_was_not_signed() => AssertJudgedAsync("D1", isHeard: false);

    [Fact]
    public Task Case_05_a_signature_of_64_bare_bytes_is_none() => AssertJudgedAsync("D3", isHeard: false);

    [Theory]
    [InlineData("D4")]
    [InlineData("D5")]
    [InlineData("D6")]
    [InlineData("D7")]
    public Task Case_06_a_changed_signature_and_one_of_another_key_are_refused(string id) =>
        AssertJudgedAsync(id, isHeard: false);

    [Fact]
    public Task Case_07_the_same_matches_written_otherwise_were_not_signed() => AssertJudgedAsync("D8", isHeard: false);

    [Fact]
    public async Task Case_01_to_07_every_vector_is_judged_as_published()
    {
        foreach (var vector in Vectors.Cases)
        {
            await AssertJudgedAsync(vector.Id, vector.Valid);
        }
    }

    [Fact]
    public async Task Case_01_the_sample_of_the_documentation_is_answered_in_its_words()
    {
        var answer = await _app.SendReportAsync(
            Encoding.UTF8.GetBytes(Vectors["V1"].Body),
            new SignedHeaders(Vectors.Identifiers["second"], Vectors["V1"].Signature));

        Assert.Equal(
            $$"""[{"token_hash":"{{Vectors.Sha256OfSomeToken}}","token_type":"some_type","label":"false_positive"}]""",
            answer.Body);
    }

    [Fact]
    public Task Case_08_a_report_without_headers_is_refused() => AssertBothNeededAsync(null, null);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public Task Case_09_the_name_of_a_key_alone_proves_nothing(string? signature) =>
        AssertBothNeededAsync(_app.GitHub.CurrentKey.Identifier, signature);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public Task Case_10_a_signature_alone_proves_nothing(string? identifier) =>
        AssertBothNeededAsync(identifier, _app.GitHub.Sign("[]").Signature);

    [Theory]
    [InlineData("github-public-key-identifier", "github-public-key-signature")]
    [InlineData("GITHUB-PUBLIC-KEY-IDENTIFIER", "GITHUB-PUBLIC-KEY-SIGNATURE")]
    public async Task Case_11_header_names_may_be_in_any_case(string identifierHeader, string signatureHeader)
    {
        var signed = _app.GitHub.Sign("[]");
        var status = await SendRawAsync(
            $"{identifierHeader}: {signed.KeyIdentifier}\r\n{signatureHeader}: {signed.Signature}\r\n");

        Assert.Equal(200, status);
    }

    [Fact]
    public async Task Case_12_a_header_that_comes_twice_is_refused_even_if_it_says_the_same()
    {
        var signed = _app.GitHub.Sign("[]");
        var identifier = $"{Reporting.KeyIdentifierHeader}: {signed.KeyIdentifier}\r\n";
        var signature = $"{Reporting.SignatureHeader}: {signed.Signature}\r\n";
        Assert.Equal(200, await SendRawAsync(identifier + signature));

        Assert.Equal(401, await SendRawAsync(identifier + identifier + signature));
        Assert.Equal(401, await SendRawAsync(identifier + signature + signature));
        Assert.Equal(401, await SendRawAsync(
            identifier + $"{Reporting.SignatureHeader}: {signed.Signature},{signed.Signature}\r\n"));
        Assert.Equal(401, await SendRawAsync(
            $"{Reporting.KeyIdentifierHeader}: {signed.KeyIdentifier}, {signed.KeyIdentifier}\r\n" + signature));
    }

    [Fact]
    public async Task Case_13_a_signature_that_is_not_strict_base64_is_refused()
    {
        var signed = _app.GitHub.Sign("[]");
        string[] malformed =
        [
            "not base64!",
            "====",
            "AAAA",
            signed.Signature.Insert(40, " "),
            signed.Signature + "=",
            signed.Signature.TrimEnd('=') + "-_",
            new string('A', 10_000),
        ];
        foreach (var signature in malformed)
        {
            var answer = await _app.SendReportAsync("[]"u8.ToArray(), signed with { Signature = signature });
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        }
    }

    [Fact]
    public async Task Case_14_the_empty_body_is_no_report_even_when_it_is_signed() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _app.ReportBodyAsync([])).Status);

    [Fact]
    public async Task Case_15_a_signature_of_another_body_is_refused()
    {
        var answer = await _app.SendReportAsync("[ ]"u8.ToArray(), _app.GitHub.Sign("[]"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
    }

    [Fact]
    public async Task Case_16_a_good_signature_under_the_name_of_another_key_is_refused()
    {
        var signed = _app.GitHub.Sign("[]") with { KeyIdentifier = Vectors.Identifiers["first"] };
        Assert.Equal(HttpStatusCode.Unauthorized, (await _app.SendReportAsync("[]"u8.ToArray(), signed)).Status);
    }

    [Fact]
    public async Task Case_17_a_stranger_cannot_sign_under_the_name_of_a_known_key()
    {
        var signed = new SigningKey().Sign("[]"u8.ToArray()) with { KeyIdentifier = _app.GitHub.CurrentKey.Identifier };
        Assert.Equal(HttpStatusCode.Unauthorized, (await _app.SendReportAsync("[]"u8.ToArray(), signed)).Status);
    }

    [Fact]
    public async Task What_was_not_signed_is_not_even_read_as_JSON()
    {
        var answer = await _app.SendReportAsync("no report"u8.ToArray(), _app.GitHub.Sign("[]"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
    }

    private async Task AssertJudgedAsync(string id, bool isHeard)
    {
        var vector = Vectors[id];
        Assert.Equal(isHeard, vector.Valid);
        var answer = await _app.SendReportAsync(
            Encoding.UTF8.GetBytes(vector.Body),
            new SignedHeaders(Vectors.Identifiers[vector.Key], vector.Signature));
        if (isHeard)
        {
            Assert.Equal([Reporting.FalsePositive], answer.Labels);
        }
        else
        {
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            Assert.NotEmpty(answer.Error);
        }
    }

    private async Task AssertBothNeededAsync(string? identifier, string? signature)
    {
        var answer = await _app.SendReportAsync("[]"u8.ToArray(), headers: null, request =>
        {
            Add(Reporting.KeyIdentifierHeader, identifier);
            Add(Reporting.SignatureHeader, signature);

            void Add(string name, string? value)
            {
                if (value is not null)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            }
        });

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal(
            "The headers Github-Public-Key-Identifier and Github-Public-Key-Signature are needed, once each.", answer.Error);
    }

    /// <summary>HttpClient joins headers of one name, so these are written by hand.</summary>
    private async Task<int> SendRawAsync(string headers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_app.Address.Host, _app.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /webhooks/github/secret-scanning HTTP/1.1\r\nHost: {_app.Address.Authority}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n{headers}\r\n[]"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var first = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        return int.Parse(first!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
