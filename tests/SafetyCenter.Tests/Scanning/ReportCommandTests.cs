using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SafetyCenter.Core.Secrets;

namespace SafetyCenter.Tests.Scanning;

/// <summary>The command <c>safetycenter report</c>: what it sends, to whom, and how it ends.</summary>
public sealed class ReportCommandTests : IAsyncLifetime
{
    private static readonly string Key = ScanCorpus.Secrets[0].Text;

    private readonly ScanFolder _folder = new();
    private readonly List<(string Path, string? Authorization, string? Type, string Body)> _requests = [];
    private WebApplication _server = null!;
    private int _status = 202;
    private string? _retryAfter;
    private Task _answering = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(async context =>
        {
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            _requests.Add((context.Request.Path, context.Request.Headers.Authorization, context.Request.ContentType, body));
            await _answering;
            context.Response.StatusCode = _status;
            context.Response.Headers.RetryAfter = _retryAfter;
            context.Response.Headers.Location = "http://127.0.0.1:9/elsewhere";
            await context.Response.WriteAsync("""{"data":{"findings":1,"matched":1,"raised":1}}""");
        });
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void Hashes_and_places_are_sent_with_the_token_and_no_secret()
    {
        Scan(1);

        Assert.Equal(1, Report("found.json", "--token", "tok", "--repository", "acme/shop", "--public"));

        var (path, authorization, type, body) = Assert.Single(_requests);
        Assert.Equal(("/api/v2/safety_center/leak_reports", "Bearer tok", "application/json"), (path, authorization, type));
        var report = JsonDocument.Parse(body).RootElement;
        Assert.Equal(
            "safetycenter|acme/shop|True",
            string.Join('|', new[] { "tool", "repository", "public" }.Select(name => report.GetProperty(name))));
        Assert.Equal(
            $$"""{"sha256":"{{SecretHash.Of(Key)}}","kind":"api_key","path":"0.txt","line":2}""",
            Assert.Single(report.GetProperty("findings").EnumerateArray()).GetRawText());
        Assert.DoesNotContain(Key[..8], body, StringComparison.Ordinal);
        Assert.Contains("known there: 1; alerts raised: 1", _folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_findings_go_in_several_requests_of_a_thousand_at_most()
    {
        Scan(2001);

        Assert.Equal(1, Report("found.json", "--token", "tok"));
        Assert.Equal(
            [1000, 1000, 1],
            _requests.Select(request => JsonDocument.Parse(request.Body).RootElement.GetProperty("findings").GetArrayLength()));
    }

    [Fact]
    public void The_token_may_be_a_variable_and_the_findings_standard_input()
    {
        Scan(1);
        _folder.Variables["SAFETYCENTER_TOKEN"] = "from-the-environment";

        using var input = File.OpenRead(Path.Combine(_folder.Path, "found.json"));
        Assert.Equal(1, _folder.Run(input, "report", "--server", Address));
        Assert.Equal("Bearer from-the-environment", Assert.Single(_requests).Authorization);
    }

    [Fact]
    public void Nothing_found_is_nothing_to_send()
    {
        Scan(0);

        Assert.Equal(0, Report("found.json", "--token", "tok"));
        Assert.Empty(_requests);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(307)]
    [InlineData(500)]
    public void A_server_that_does_not_take_it_is_an_error_and_no_redirection_is_followed(int status)
    {
        Scan(1);
        _status = status;

        Assert.Equal(2, Report("found.json", "--token", "tok"));
        Assert.Contains($"did not take the report: {status}", _folder.Error, StringComparison.Ordinal);
        Assert.Single(_requests);
    }

    [Theory]
    [InlineData(429, "7", 5)]
    [InlineData(503, "0", 5)]
    [InlineData(503, null, 1)]
    [InlineData(429, "61", 1)]
    [InlineData(500, "1", 1)]
    public void A_server_that_says_when_to_come_back_is_asked_again_but_not_for_ever(int status, string? retryAfter, int requests)
    {
        Scan(1);
        (_status, _retryAfter) = (status, retryAfter);
        var waits = new List<TimeSpan>();
        _folder.Wait = waits.Add;

        Assert.Equal(2, Report("found.json", "--token", "tok"));
        Assert.Equal(requests, _requests.Count);
        Assert.Equal(Enumerable.Repeat($"{retryAfter}", requests - 1), waits.Select(wait => $"{wait.TotalSeconds}"));
    }

    [Fact]
    public void A_server_that_keeps_silent_is_an_error_in_a_sentence()
    {
        Scan(1);
        var silence = new TaskCompletionSource();
        (_answering, _folder.Patience) = (silence.Task, TimeSpan.FromMilliseconds(200));

        Assert.Equal(2, Report("found.json", "--token", "tok"));
        Assert.Contains("did not answer in time.", _folder.Error, StringComparison.Ordinal);
        silence.SetResult();
    }

    [Fact]
    public void A_scan_that_is_to_report_asks_for_the_token_before_it_looks()
    {
        _folder.Write("x", Key);

        Assert.Equal(2, _folder.Run("scan", ".", "--report", Address));
        Assert.Equal("", _folder.Output);
        Assert.Contains("SAFETYCENTER_TOKEN", _folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scan_may_report_at_once()
    {
        _folder.Write("x", Key);
        _folder.Variables["SAFETYCENTER_TOKEN"] = "tok";

        Assert.Equal(1, _folder.Run("scan", ".", "--report", Address));
        Assert.Single(_requests);
        Assert.StartsWith("x:1:1 ", _folder.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report", "--server URL")]
    [InlineData("report --server http://safety.example --token t", "begins with https://")]
    [InlineData("report --server https://safety.example", "SAFETYCENTER_TOKEN")]
    [InlineData("report --server https://safety.example --token t junk.json", "not what safetycenter scan --format json writes")]
    [InlineData("report --server https://safety.example --token t a b", "cannot make sense of b")]
    [InlineData("report --server https://safety.example --token t missing.json", "missing.json")]
    public void What_makes_no_sense_is_refused_in_a_sentence(string arguments, string sentence)
    {
        _folder.Write("junk.json", """{"findings":[{"sha256":1}]}""");

        Assert.Equal(2, _folder.Run(arguments.Split(' ')));
        Assert.Contains(sentence, _folder.Error, StringComparison.Ordinal);
    }

    private string Address => _server.Urls.Single();

    private int Report(params string[] arguments) => _folder.Run(["report", "--server", Address, .. arguments]);

    private void Scan(int findings)
    {
        _folder.Write("0.txt", string.Concat(Enumerable.Repeat($"\n{Key}", findings)));
        Assert.Equal(findings > 0 ? 1 : 0, _folder.Run("scan", ".", "--format", "json", "--output", "found.json"));
    }
}
