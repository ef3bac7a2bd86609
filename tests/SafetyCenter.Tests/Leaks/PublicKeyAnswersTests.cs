using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

/// <summary>What the key list makes of the endpoint's answers, kind ones and unkind ones.</summary>
public sealed class PublicKeyAnswersTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ManualClock _clock = new();
    private readonly HttpClient _http = PublicKeyList.Connect();
    private KeyServer _server = null!;
    private PublicKeyList _list = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyServer.StartAsync();
        _list = ListOf(_server);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(403)]
    public async Task Case_23_the_pause_a_refusal_asks_for_is_kept(int status)
    {
        await FindAsync();
        _server.AnswerWith(status, ("Retry-After", "300"));
        _clock.Advance(Minute);

        var refused = Assert.IsType<KeyLookup.Unobtainable>(await FindAsync("stranger"));
        Assert.Equal(TimeSpan.FromSeconds(300), refused.RetryAfter);
        Assert.IsType<KeyLookup.Found>(await FindAsync());

        _server.AnswerNormally();
        _clock.Advance(299 * Second);
        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync("stranger"));
        Assert.Equal(2, _server.Requests.Count);

        _clock.Advance(Second);
        Assert.IsType<KeyLookup.Unknown>(await FindAsync("stranger"));
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task Case_23_a_refusal_may_name_a_date_or_the_end_of_the_quota()
    {
        var now = _clock.GetUtcNow();
        _server.AnswerWith(429, ("Retry-After", (now + (5 * Minute)).ToString("r")));
        Assert.Equal(5 * Minute, await PauseAsync());

        _clock.Advance(5 * Minute);
        _server.AnswerWith(
            403,
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", $"{(_clock.GetUtcNow() + (20 * Minute)).ToUnixTimeSeconds()}"));
        Assert.Equal(20 * Minute, await PauseAsync());
    }

    [Theory]
    [InlineData("0", 10)]
    [InlineData("99999999", 3600)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 10)]
    [InlineData("soon", 60)]
    public async Task Case_23_an_absurd_pause_is_bounded(string retryAfter, int seconds)
    {
        _server.AnswerWith(429, ("Retry-After", retryAfter));

        Assert.Equal(TimeSpan.FromSeconds(seconds), await PauseAsync());
    }

    [Fact]
    public async Task Case_23_without_a_date_the_pause_doubles_up_to_an_hour_and_a_success_resets_it()
    {
        _server.AnswerWith(429);
        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 32, 60, 60, 60 })
        {
            Assert.Equal(minutes * Minute, await PauseAsync());
            _clock.Advance(minutes * Minute);
        }

        _server.AnswerNormally();
        Assert.IsType<KeyLookup.Unknown>(await FindAsync("stranger"));
        _clock.Advance(Minute + Second);
        _server.AnswerWith(429);
        Assert.Equal(Minute, await PauseAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("{\"public_keys\":null}")]
    [InlineData("{\"public_keys\":{}}")]
    [InlineData("{\"public_keys\":[]}")]
    [InlineData("{\"public_keys\":[null]}")]
    [InlineData("{\"public_keys\":[{}]}")]
    [InlineData("{\"public_keys\":[{\"key\":\"PEM\"}]}")]
    [InlineData("{\"public_keys\":[{\"key_identifier\":\"ID\"}]}")]
    [InlineData("{\"public_keys\":[{\"key_identifier\":1,\"key\":\"PEM\"}]}")]
    [InlineData("{\"public_keys\":[{\"key_identifier\":\"\",\"key\":\"PEM\"}]}")]
    [InlineData("{\"public_keys\":[{\"key_identifier\":\"ID\",\"key\":[\"PEM\"]}]}")]
    [InlineData("{\"public_keys\":[{\"key_identifier\":\"\\ud800\",\"key\":\"PEM\"}]}")]
    public async Task Case_26_what_is_no_list_makes_keys_unobtainable_and_harms_no_kept_list(string body)
    {
        var pem = JsonSerializer.Serialize(_server.CurrentKey.Pem).Trim('"');
        body = body.Replace("PEM", pem, StringComparison.Ordinal)
            .Replace("ID", _server.CurrentKey.Identifier, StringComparison.Ordinal);
        var kept = ListOf(_server);
        await FindAsync(kept, _server.CurrentKey.Identifier);
        _server.AnswerWith(body);
        _clock.Advance(7 * Hour);

        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync());
        Assert.IsType<KeyLookup.Found>(await FindAsync(kept, _server.CurrentKey.Identifier));
        Assert.Equal(3, _server.Requests.Count);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("")]
    public async Task Case_26_a_list_that_is_not_sent_as_JSON_is_refused(string contentType)
    {
        _server.AnswerWith(Listing(Entry(_server.CurrentKey)), contentType);

        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync());
    }

    [Fact]
    public async Task Case_26_GitHubs_own_JSON_type_is_JSON()
    {
        _server.AnswerWith(Listing(Entry(_server.CurrentKey)), "application/vnd.github+json; charset=utf-8");

        Assert.IsType<KeyLookup.Found>(await FindAsync());
    }

    [Theory]
    [InlineData(5_000_000L)]
    [InlineData(long.MaxValue)]
    [InlineData(null)]
    public async Task Case_26_a_huge_answer_is_refused_without_being_read_to_its_end(long? declared)
    {
        // A good list, followed by blanks until the client hangs up: read as a whole, or cut, it would be taken.
        var list = Encoding.UTF8.GetBytes(Listing(Entry(_server.CurrentKey)));
        var blanks = Encoding.UTF8.GetBytes(new string(' ', 10_000));
        var hungUp = new TaskCompletionSource();
        _server.AnswerWith(async context =>
        {
            context.RequestAborted.Register(hungUp.SetResult);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = declared;
            await context.Response.Body.WriteAsync(list, context.RequestAborted);
            for (var left = (declared ?? long.MaxValue) - list.Length; left >= blanks.Length; left -= blanks.Length)
            {
                await context.Response.Body.WriteAsync(blanks, context.RequestAborted);
            }

            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });

        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync());
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Case_26_a_redirect_is_not_followed(int status)
    {
        await using var elsewhere = await KeyServer.StartAsync();
        _server.AnswerWith(status, ("Location", elsewhere.Url.ToString()));

        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync(elsewhere.CurrentKey.Identifier));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Case_27_one_good_key_among_bad_ones_works()
    {
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = _server.CurrentKey;
        _server.AnswerWith(Listing(
            Entry("rsa", rsa.ExportSubjectPublicKeyInfoPem()),
            Entry("p384", p384.ExportSubjectPublicKeyInfoPem()),
            Entry("private", pair.ExportPkcs8PrivateKeyPem()),
            Entry("garbage", "garbage"),
            "17",
            Entry(good)));

        Assert.IsType<KeyLookup.Found>(await FindAsync(good.Identifier));
        foreach (var bad in new[] { "rsa", "p384", "private", "garbage" })
        {
            Assert.IsType<KeyLookup.Unknown>(await FindAsync(bad));
        }
    }

    private PublicKeyList ListOf(KeyServer server) =>
        new("GitHub", server.Url, _http, _clock, NullLogger<PublicKeyList>.Instance);

    private Task<KeyLookup> FindAsync() => FindAsync(_server.CurrentKey.Identifier);

    private Task<KeyLookup> FindAsync(string identifier) => FindAsync(_list, identifier);

    private static Task<KeyLookup> FindAsync(PublicKeyList list, string identifier) =>
        list.FindAsync(identifier, TestContext.Current.CancellationToken);

    private async Task<TimeSpan> PauseAsync() =>
        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync("stranger")).RetryAfter;

    private static string Listing(params string[] entries) => $"{{\"public_keys\":[{string.Join(',', entries)}]}}";

    private static string Entry(SigningKey key) => Entry(key.Identifier, key.Pem);

    private static string Entry(string identifier, string pem) =>
        JsonSerializer.Serialize(new { key_identifier = identifier, key = pem, is_current = true });
}
