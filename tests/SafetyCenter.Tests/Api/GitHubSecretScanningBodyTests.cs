using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Api;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>Cases 32 to 48: what is asked of a request, and that no body breaks us.</summary>
public sealed class GitHubSecretScanningBodyTests(App app) : IClassFixture<App>
{
    private const string Unreadable = """{"token":17},{"token":null},{"token":""},{"type":"x"},"text",null""";

    [Theory]
    [InlineData("{}")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("[")]
    [InlineData("[{\"token\":\"x\"},]")]
    [InlineData("[/* comment */]")]
    [InlineData("[NaN]")]
    [InlineData("\uFEFF[]")]
    [InlineData("[{\"token\":\"\\ud800\"}]")]
    [InlineData("[{\"token\":\"x\",\"token\":\"y\"}]")]
    public async Task Case_32_34_35_37_40_a_signed_body_that_is_no_report_is_refused_with_a_sentence(string body)
    {
        var answer = await app.ReportBodyAsync(Encoding.UTF8.GetBytes(body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("The body ", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_35_36_39_other_encodings_and_deep_nesting_are_refused()
    {
        byte[][] bodies =
        [
            Encoding.Unicode.GetBytes("[]"),
            [.. "[{\"token\":\""u8, 0xC3, 0x28, .. "\"}]"u8],
            Encoding.ASCII.GetBytes(new string('[', 100) + new string(']', 100)),
        ];
        foreach (var body in bodies)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await app.ReportBodyAsync(body)).Status);
        }
    }

    [Fact]
    public async Task Case_33_an_empty_report_gets_an_empty_answer()
    {
        var answer = await app.ReportBodyAsync("[]"u8.ToArray());

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("[]", answer.Body);
    }

    [Fact]
    public async Task Case_38_43_44_odd_places_and_sources_are_kept_as_they_are()
    {
        var organization = await app.CreateOrganizationAsync("Odd places");
        string[] places =
        [
            "", "javascript:alert(1)", "file:///etc/passwd", "http://user:pass@host.example/", "two\r\nlines",
            "https://b\u00fccher.example/\u65e5\u672c", " https://leading.example/", new string('u', 100_000),
        ];
        var token = organization.ApiKey.Secret;
        var body = JsonSerializer.Serialize(
            places.Select(url => (object)new { token, url, source = "PULL_request_Comment" })
                .Append(new { token, url = "nul\0inside", source = "carrier pigeon" })
                .Append(new { token }));
        var answer = await app.ReportBodyAsync(Encoding.UTF8.GetBytes(body));

        Assert.Equal(Enumerable.Repeat(Reporting.TruePositive, 10), answer.Labels);
        var seen = await app.RowsAsync<Occurrence>(
            all => all.Where(occurrence => occurrence.OrganizationId == organization.Id));
        Assert.Equal(
            [.. places.Append("nul\uFFFDinside").Order(StringComparer.Ordinal)],
            seen.Select(occurrence => occurrence.Place).Order(StringComparer.Ordinal));
        Assert.Equal(LeakSource.PullRequestComment, seen.Single(row => row.Place == places[1]).Source);
        Assert.Equal(LeakSource.Unknown, seen.Single(row => row.Place == "nul\uFFFDinside").Source);

        // No address at all is the same place as an empty one.
        Assert.Equal(2, seen.Single(row => row.Place.Length == 0).Times);
    }

    [Fact]
    public async Task Case_38_41_42_items_that_cannot_be_read_get_no_row_and_the_others_keep_their_order()
    {
        var organization = await app.CreateOrganizationAsync("Half a report");
        var tokens = new[] { "junk one", organization.ApiKey.Secret, "junk two", organization.ApplicationKey.Secret };
        var body = $$"""
            [{"token":"{{tokens[0]}}","extra":[{"deep":1}]},{{Unreadable}},{"token":"{{tokens[1]}}","type":"a"},
             {"token":"nul\u0000inside"},{"token":"{{tokens[2]}}","type":null},{"token":"{{tokens[3]}}","type":"b"}]
            """;
        var answer = await app.ReportBodyAsync(Encoding.UTF8.GetBytes(body));

        Assert.Equal(
            ["false_positive", "true_positive", "false_positive", "true_positive"], answer.Labels);
        Assert.Equal([null, "a", null, "b"], answer.Rows.Select(row => row.TokenType));
        Assert.Equal(
            tokens.Select(token => Convert.ToHexStringLower(
                System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(token)))),
            answer.Rows.Select(row => row.TokenHash));
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", 200)]
    [InlineData("APPLICATION/JSON;profile=x", 200)]
    [InlineData("text/plain", 415)]
    [InlineData("application/jsonx", 415)]
    [InlineData("application/json, text/plain", 415)]
    [InlineData(null, 415)]
    public async Task Case_46_the_content_type_is_JSON_whatever_its_parameters(string? type, int status)
    {
        var answer = await app.SendReportAsync("[]"u8.ToArray(), app.GitHub.Sign("[]"), request =>
        {
            request.Content!.Headers.ContentType = null;
            if (type is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            }
        });

        Assert.Equal(status, (int)answer.Status);
    }

    [Theory]
    [InlineData("identity", 200)]
    [InlineData("gzip", 415)]
    [InlineData("identity, gzip", 415)]
    [InlineData("br", 415)]
    public async Task Case_46_a_compressed_body_is_refused(string encoding, int status)
    {
        var answer = await app.SendReportAsync(
            "[]"u8.ToArray(),
            app.GitHub.Sign("[]"),
            request => request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", encoding));

        Assert.Equal(status, (int)answer.Status);
    }

    [Fact]
    public async Task Case_47_a_body_of_16_MiB_is_read_and_one_byte_more_is_not()
    {
        var body = Encoding.ASCII.GetBytes("[]".PadRight(ReportRequest.LongestBody));
        Assert.Equal("[]", (await app.ReportBodyAsync(body)).Body);

        byte[] longer = [.. body, (byte)' '];
        var answer = await app.ReportBodyAsync(longer);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Contains("at most 16 MB", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_47_a_body_without_an_announced_length_is_refused_while_it_still_streams()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(app.Address.Host, app.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            app.RawHead(app.GitHub.Sign("[]"), "Transfer-Encoding: chunked"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var answer = reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();

        // The body never ends: who waits for its end waits for ever.
        var chunk = Encoding.ASCII.GetBytes($"10000\r\n{new string(' ', 0x10000)}\r\n");
        var sent = 0L;
        while (!answer.IsCompleted && sent < 3L * ReportRequest.LongestBody)
        {
            await stream.WriteAsync(chunk, TestContext.Current.CancellationToken);
            sent += 0x10000;
        }

        Assert.Contains(" 413 ", await answer, StringComparison.Ordinal);
        Assert.True(sent > ReportRequest.LongestBody, $"It was refused after {sent} bytes already.");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Case_48_other_methods_are_told_which_one_to_use(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), PartnerOrigin.GitHub.Address);
        using var response = await app.Visitor.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Case_48_the_card_asks_for_the_antiforgery_token_that_is_not_asked_for_here()
    {
        var organization = await app.CreateOrganizationAsync("Forged");
        Assert.Equal([Reporting.TruePositive], (await app.ReportAsync(new Match(organization.ApiKey.Secret))).Labels);
        var alert = Assert.Single(await app.RowsAsync<Alert>(
            all => all.Where(alert => alert.OrganizationId == organization.Id)));
        using var admin = await app.SignedInAsync(organization.Admin);
        using var forged = await admin.PostAsync(
            organization.SafetyCenter($"alerts/{alert.Id}?handler=Revoke"),
            new FormUrlEncodedContent([]),
            TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }
}
