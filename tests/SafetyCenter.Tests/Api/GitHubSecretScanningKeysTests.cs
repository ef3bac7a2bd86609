using System.Net;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Api;

/// <summary>
/// Cases 18 to 28: an outage of GitHub's key list is never taken for a forgery, and strangers cost nothing.
/// </summary>
public sealed class GitHubSecretScanningKeysTests : IClassFixture<GitHubSecretScanningKeysTests.ClockedApp>
{
    private readonly ClockedApp _app;
    private readonly int _before;

    public GitHubSecretScanningKeysTests(ClockedApp app)
    {
        _app = app;

        // Whatever the test before left in the cache is too old by now.
        app.StoppedClock.Advance(TimeSpan.FromDays(2));
        app.GitHub.AnswerNormally();
        _before = app.GitHub.Requests.Count;
    }

    private int Fetches => _app.GitHub.Requests.Count - _before;

    [Fact]
    public async Task Case_18_a_new_key_is_fetched_once_when_it_first_signs()
    {
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        _app.GitHub.Rotate();
        _app.StoppedClock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal(2, Fetches);
    }

    [Fact]
    public async Task Case_19_and_20_strangers_cause_one_fetch_a_minute()
    {
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal(ReportRates.UnprovenAtOnce, await FloodAsync());
        Assert.Equal(1, Fetches);

        _app.StoppedClock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(60, await FloodAsync());
        Assert.Equal(2, Fetches);

        // How many of so many strangers were told no; the others were told to wait.
        async Task<int> FloodAsync()
        {
            var strangers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => SendAsync(new SigningKey())));
            Assert.All(
                strangers,
                status => Assert.True(status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{status}"));
            return strangers.Count(status => status == HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Case_21_a_known_key_is_good_for_a_day_while_the_list_cannot_be_had()
    {
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        _app.GitHub.AnswerWith(500);
        _app.StoppedClock.Advance(TimeSpan.FromHours(24));

        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal(2, Fetches);
    }

    [Fact]
    public async Task Case_22_without_keys_the_reporter_is_asked_to_come_again_and_nothing_is_kept()
    {
        _app.GitHub.AnswerWith(500);
        var body = Reporting.Body(new Match("sent while the keys were away"));
        var reports = (await _app.RowsAsync<LeakReport>()).Count;

        var refused = await _app.ReportBodyAsync(body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        Assert.Contains("again later", refused.Error, StringComparison.Ordinal);
        Assert.Equal(reports, (await _app.RowsAsync<LeakReport>()).Count);

        _app.GitHub.AnswerNormally();
        _app.StoppedClock.Advance(refused.Headers.RetryAfter.Delta.Value);
        Assert.Equal([Reporting.FalsePositive], (await _app.ReportBodyAsync(body)).Labels);
    }

    [Fact]
    public async Task Case_22_a_stranger_during_an_outage_is_not_called_one()
    {
        _app.GitHub.AnswerWith("<html>maintenance</html>", "text/html");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(new SigningKey()));
    }

    [Fact]
    public async Task Case_23_when_GitHub_asks_for_a_pause_it_gets_it_and_passes_it_on()
    {
        _app.GitHub.AnswerWith(429, ("Retry-After", "90"));
        var refused = await _app.ReportAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal(TimeSpan.FromSeconds(90), refused.Headers.RetryAfter!.Delta);

        _app.StoppedClock.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync());
        Assert.Equal(1, Fetches);
    }

    [Fact]
    public async Task Case_25_many_first_reports_at_once_cause_one_fetch()
    {
        var signal = new TaskCompletionSource();
        _app.GitHub.AnswerAfter(signal.Task);
        var reports = Enumerable.Range(0, 50).Select(_ => SendAsync()).ToList();
        await _app.GitHub.SeeRequestsAsync(_before + 1);
        signal.SetResult();

        Assert.All(await Task.WhenAll(reports), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(1, Fetches);
    }

    [Fact]
    public async Task Case_28_an_earlier_key_is_good_while_it_is_listed_and_no_longer()
    {
        var earlier = _app.GitHub.CurrentKey;
        _app.GitHub.Rotate();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(earlier));

        _app.GitHub.Withdraw(earlier);
        _app.StoppedClock.Advance(TimeSpan.FromHours(7));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(earlier));
    }

    private async Task<HttpStatusCode> SendAsync(SigningKey? key = null)
    {
        var body = "[]"u8.ToArray();
        return (await _app.SendReportAsync(body, (key ?? _app.GitHub.CurrentKey).Sign(body))).Status;
    }

    /// <summary>An app whose clock stands still.</summary>
    public sealed class ClockedApp : App
    {
        public ClockedApp(TestPostgres postgres)
            : this(postgres, new ManualClock())
        {
        }

        private ClockedApp(TestPostgres postgres, ManualClock clock)
            : base(postgres, clock) => StoppedClock = clock;

        public ManualClock StoppedClock { get; }
    }
}
