using System.Net;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Verification;

/// <summary>Which service used what, and how little that costs however many there are.</summary>
public sealed class UsageDetailTests(TestPostgres postgres) : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    // Nothing is written by itself before this clock is advanced.
    private readonly ManualClock _clock = new(Noon);

    private string _database = null!;
    private Node _node = null!;
    private Cast _acme = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _node = await Node.StartAsync(_database, _clock);
        _acme = await Cast.FoundAsync(_node, "acme");
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task The_service_that_a_caller_says_it_is_is_kept()
    {
        await CallAsync("agent/1", "checkout");
        await CallAsync("agent/1", service: null);
        await _node.FlushAsync();
        Assert.Equal(["", "checkout"], (await Cast.UsageAsync(_node, _acme.ApiKey)).Select(row => row.Service).Order());
    }

    [Fact]
    public void What_cannot_be_shown_is_taken_out_of_a_service_and_what_is_too_long_is_cut()
    {
        Assert.Equal("abé", Kept(" a\u0007b\u202e\u00e9 "));
        Assert.Equal(Usage.ServiceLengthMax, Kept(new string('s', 500)).Length);

        static string Kept(string service) =>
            new Call(IPAddress.Loopback, "agent/1", service).On(new DateOnly(2026, 3, 10)).Service;
    }

    [Fact]
    public async Task A_long_service_is_cut_and_callers_that_differ_behind_the_cut_are_one()
    {
        var most = new string('s', Usage.ServiceLengthMax);
        await CallAsync("agent/1", most + "one");
        await CallAsync("agent/1", most + "two");
        await _node.FlushAsync();
        var usage = Assert.Single(await Cast.UsageAsync(_node, _acme.ApiKey));
        Assert.Equal((most, 2L), (usage.Service, usage.Calls));
    }

    [Fact]
    public async Task Services_make_callers_apart_and_a_flood_of_them_stays_a_bounded_number_of_rows()
    {
        const int max = Usage.CallersPerDayMax;
        for (var round = 0; round < 3; round++)
        {
            for (var caller = 0; caller < max / 2; caller++)
            {
                await CallAsync("agent/1", $"service {round} {caller}");
            }

            await _node.FlushAsync();
        }

        var usage = await Cast.UsageAsync(_node, _acme.ApiKey);
        Assert.Equal(max + 1, usage.Count);
        Assert.Equal(max * 3 / 2, usage.Sum(row => row.Calls));
        var shared = Assert.Single(usage, row => row.Service == Usage.OtherCallers);
        Assert.Equal((Usage.OtherCallers, Usage.OtherCallers, max / 2L), (shared.Address, shared.Client, shared.Calls));
    }

    [Fact]
    public async Task The_statements_of_a_write_are_the_same_whatever_was_noted_and_a_used_key_is_updated_in_place()
    {
        // The first use clears a finding, which costs more.
        await CallAsync("agent/1", "one");
        await _node.FlushAsync();
        await CallAsync("agent/1", "one");
        var few = await StatementsAsync();
        for (var caller = 0; caller < 50; caller++)
        {
            await CallAsync($"agent/{caller % 5}", $"service {caller}");
        }

        Assert.Equal(few, await StatementsAsync());
        for (var day = 0; day < 5; day++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            await CallAsync("agent/1", "one");
            await _node.FlushAsync();
        }

        // A heap-only update moves no index: the counter of those goes with the counter of updates.
        await _node.SqlAsync("SELECT pg_stat_force_next_flush()");
        await Node.UntilAsync(
            async () => (bool)(await _node.SqlAsync(
                "SELECT n_tup_upd >= 6 FROM pg_stat_user_tables WHERE relname = 'credentials'"))!,
            "the updates are counted");
        Assert.Equal(
            true,
            await _node.SqlAsync(
                "SELECT n_tup_hot_upd >= n_tup_upd - 1 FROM pg_stat_user_tables WHERE relname = 'credentials'"));

        async Task<int> StatementsAsync()
        {
            using var statements = new Statements();
            using var activity = new System.Diagnostics.Activity("flush").SetParentId(statements.TraceParent).Start();
            await _node.FlushAsync();
            Assert.NotEmpty(statements.Texts);
            return statements.Texts.Count;
        }
    }

    private async Task CallAsync(string client, string? service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/verify");
        request.Headers.Add("DD-API-KEY", _acme.ApiKey.Secret.Reveal());
        request.Headers.TryAddWithoutValidation("User-Agent", client);
        if (service is not null)
        {
            request.Headers.TryAddWithoutValidation("DD-SERVICE", service);
        }

        using var response = await _node.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
