using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;

namespace SafetyCenter.Tests.Leaks;

/// <summary>When the list is fetched, how often, and what is said when it cannot be had.</summary>
public sealed class PublicKeyListTests : IAsyncLifetime
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

    [Fact]
    public async Task A_listed_key_is_found_and_verifies_what_it_signed()
    {
        var headers = _server.Sign("[]");

        var found = Assert.IsType<KeyLookup.Found>(await FindAsync(headers.KeyIdentifier));
        Assert.True(ReportSignature.IsValid("[]"u8, headers.Signature, found.Key));
    }

    [Fact]
    public async Task A_list_is_kept_for_six_hours_and_then_fetched_again()
    {
        await FindAsync();
        _clock.Advance(6 * Hour);
        await FindAsync();
        Assert.Single(_server.Requests);

        _clock.Advance(Second);
        await FindAsync();
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task A_withdrawn_key_is_unknown_once_the_list_was_fetched_again()
    {
        var old = _server.CurrentKey;
        await FindAsync(old.Identifier);
        _server.Rotate();
        _server.Withdraw(old);
        _clock.Advance(6 * Hour + Second);

        Assert.IsType<KeyLookup.Unknown>(await FindAsync(old.Identifier));
    }

    [Fact]
    public async Task Case_18_an_unknown_id_triggers_one_refetch_and_a_new_key_is_found()
    {
        await FindAsync();
        var added = _server.Rotate();
        _clock.Advance(Minute);

        Assert.IsType<KeyLookup.Found>(await FindAsync(added.Identifier));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Case_19_an_unknown_id_against_a_fresh_list_is_unknown_without_a_second_fetch()
    {
        Assert.IsType<KeyLookup.Unknown>(await FindAsync("stranger"));
        _clock.Advance(Minute - Second);
        Assert.IsType<KeyLookup.Unknown>(await FindAsync("stranger"));
        Assert.Single(_server.Requests);

        _clock.Advance(Second);
        Assert.IsType<KeyLookup.Unknown>(await FindAsync("stranger"));
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Case_20_a_flood_of_unknown_ids_costs_one_fetch_a_minute_and_leaves_nothing_behind()
    {
        await FindAsync();
        var asked = new List<WeakReference>();

        // Two minutes and a half of flood: the list is fetched at the minute and at the second minute.
        for (var step = 0; step < 5; step++)
        {
            await FloodAsync();
            _clock.Advance(Minute / 2);
        }

        Assert.Equal(3, _server.Requests.Count);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(asked.Count(identifier => identifier.IsAlive), 0, 10);

        async Task FloodAsync()
        {
            for (var number = 0; number < 1000; number++)
            {
                var identifier = $"{Guid.NewGuid():n}{number}";
                asked.Add(new WeakReference(identifier));
                Assert.IsType<KeyLookup.Unknown>(await FindAsync(identifier));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    [InlineData(1_000_000)]
    public async Task An_id_that_no_list_can_hold_is_unknown_without_a_fetch(int length)
    {
        Assert.IsType<KeyLookup.Unknown>(await FindAsync(new string('f', length)));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Ids_are_compared_exactly()
    {
        var identifier = _server.CurrentKey.Identifier;

        Assert.IsType<KeyLookup.Unknown>(await FindAsync(identifier.ToUpperInvariant()));
        Assert.IsType<KeyLookup.Unknown>(await FindAsync(identifier + " "));
        Assert.IsType<KeyLookup.Found>(await FindAsync(identifier));
    }

    [Fact]
    public async Task Case_21_with_the_endpoint_down_a_kept_list_is_good_for_a_day()
    {
        await FindAsync();
        _server.AnswerWith(500);
        _clock.Advance(24 * Hour);

        Assert.IsType<KeyLookup.Found>(await FindAsync());
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Case_22_with_the_endpoint_down_a_list_older_than_a_day_is_not_used()
    {
        await FindAsync();
        _server.AnswerWith(500);
        _clock.Advance(24 * Hour + Second);

        var lookup = Assert.IsType<KeyLookup.Unobtainable>(await FindAsync());
        Assert.Equal(10 * Second, lookup.RetryAfter);
    }

    [Fact]
    public async Task Case_22_a_server_that_is_not_there_makes_keys_unobtainable_until_it_is_back()
    {
        await _server.DisposeAsync();
        var unreachable = await FindAsync(_list, "any");
        Assert.IsType<KeyLookup.Unobtainable>(unreachable);

        _server = await KeyServer.StartAsync();
        Assert.IsType<KeyLookup.Found>(await FindAsync(ListOf(_server), _server.CurrentKey.Identifier));
    }

    [Fact]
    public async Task After_an_error_the_next_fetch_waits_ten_seconds_and_nobody_is_called_unknown()
    {
        _server.AnswerWith(500);
        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync("stranger"));
        _server.AnswerNormally();
        _clock.Advance(9 * Second);

        var throttled = Assert.IsType<KeyLookup.Unobtainable>(await FindAsync("stranger"));
        Assert.Equal(Second, throttled.RetryAfter);
        Assert.Single(_server.Requests);

        _clock.Advance(Second);
        Assert.IsType<KeyLookup.Unknown>(await FindAsync("stranger"));
    }

    [Fact]
    public async Task An_unknown_id_is_unobtainable_when_the_list_it_needs_cannot_be_fetched()
    {
        await FindAsync();
        _server.AnswerWith(500);
        _clock.Advance(Minute + Second);

        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync("stranger"));
        Assert.IsType<KeyLookup.Found>(await FindAsync());
    }

    [Fact]
    public async Task Case_24_the_version_is_sent_and_an_unchanged_list_is_young_again()
    {
        await FindAsync();
        for (var round = 0; round < 5; round++)
        {
            _clock.Advance(20 * Hour);
            Assert.IsType<KeyLookup.Found>(await FindAsync());
        }

        Assert.Equal(6, _server.Requests.Count);
        Assert.Null(_server.Requests[0].IfNoneMatch);
        Assert.All(_server.Requests.Skip(1), request => Assert.StartsWith("W/\"", request.IfNoneMatch));
    }

    [Fact]
    public async Task Case_24_unchanged_is_no_answer_to_who_never_had_a_list()
    {
        _server.AnswerWith(304);

        Assert.IsType<KeyLookup.Unobtainable>(await FindAsync());
    }

    [Fact]
    public async Task Case_25_fifty_first_requests_at_once_make_one_fetch()
    {
        var release = new TaskCompletionSource();
        _server.AnswerAfter(release.Task);
        var waiting = Enumerable.Range(0, 50).Select(_ => Task.Run(() => FindAsync())).ToArray();
        await _server.SeeRequestsAsync(1);
        release.SetResult();

        Assert.All(await Task.WhenAll(waiting), lookup => Assert.IsType<KeyLookup.Found>(lookup));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Case_25_one_who_gives_up_does_not_end_the_fetch_for_the_others()
    {
        var release = new TaskCompletionSource();
        _server.AnswerAfter(release.Task);
        using var impatience = new CancellationTokenSource();
        var impatient = _list.FindAsync(_server.CurrentKey.Identifier, impatience.Token);
        await _server.SeeRequestsAsync(1);
        var patient = FindAsync();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => impatient.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        release.SetResult();

        Assert.IsType<KeyLookup.Found>(await patient);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_ten_seconds()
    {
        _server.Hang();
        var waiting = FindAsync();
        await _server.SeeRequestsAsync(1);
        _clock.Advance(10 * Second - TimeSpan.FromTicks(1));
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.IsType<KeyLookup.Unobtainable>(await waiting);
    }

    [Fact]
    public async Task A_body_that_never_ends_is_given_up_after_ten_seconds()
    {
        var begun = new TaskCompletionSource();
        _server.AnswerWith(async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var waiting = FindAsync();
        await begun.Task;
        _clock.Advance(10 * Second);

        Assert.IsType<KeyLookup.Unobtainable>(await waiting);
    }

    [Fact]
    public async Task Case_28_a_key_that_is_no_longer_current_is_good_while_it_is_listed()
    {
        var former = _server.CurrentKey;
        _server.Rotate();

        Assert.IsType<KeyLookup.Found>(await FindAsync(former.Identifier));
    }

    [Fact]
    public async Task Case_28_a_key_that_is_no_longer_current_is_unknown_where_the_setting_says_so()
    {
        var former = _server.CurrentKey;
        var list = new PublicKeyList(
            "GitHub", _server.Url, _http, _clock, NullLogger<PublicKeyList>.Instance, acceptsFormerKeys: false);
        Assert.IsType<KeyLookup.Found>(await FindAsync(list, former.Identifier));

        var current = _server.Rotate();
        _clock.Advance(Minute);
        Assert.IsType<KeyLookup.Found>(await FindAsync(list, current.Identifier));
        Assert.IsType<KeyLookup.Unknown>(await FindAsync(list, former.Identifier));
    }

    [Fact]
    public async Task Case_29_a_key_of_one_origin_is_unknown_to_another()
    {
        await using var other = await KeyServer.StartAsync();
        var otherList = ListOf(other);
        Assert.IsType<KeyLookup.Found>(await FindAsync(otherList, other.CurrentKey.Identifier));

        Assert.IsType<KeyLookup.Unknown>(await FindAsync(other.CurrentKey.Identifier));
    }

    [Fact]
    public async Task Case_30_a_user_agent_is_sent()
    {
        await FindAsync();

        Assert.Equal("SafetyCenter", Assert.Single(_server.Requests).UserAgent);
    }

    private PublicKeyList ListOf(KeyServer server) =>
        new("GitHub", server.Url, _http, _clock, NullLogger<PublicKeyList>.Instance);

    private Task<KeyLookup> FindAsync() => FindAsync(_server.CurrentKey.Identifier);

    private Task<KeyLookup> FindAsync(string identifier) => FindAsync(_list, identifier);

    private static Task<KeyLookup> FindAsync(PublicKeyList list, string identifier) =>
        list.FindAsync(identifier, TestContext.Current.CancellationToken);
}
