using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Web.Security;
using SafetyCenter.Web.Verification;

namespace SafetyCenter.Tests.Verification;

public sealed class UsageBufferTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly Id<Credential> Key = Id<Credential>.New(Now);

    private readonly UsageBuffer _buffer = new(TimeProvider.System);

    [Fact]
    public async Task No_call_is_lost_or_counted_twice_while_it_is_emptied()
    {
        const int callers = 3, calls = 20_000;
        var total = 0L;
        var noting = Enumerable.Range(0, callers).Select(_ => Task.Run(() =>
        {
            for (var call = 0; call < calls; call++)
            {
                _buffer.Note(Key, new Call(IPAddress.Loopback, "agent", ""), permission: null, Now);
            }
        })).ToArray();
        while (!Task.WhenAll(noting).IsCompleted)
        {
            total += Calls(_buffer.Take(atMost: 10));
        }

        await Task.WhenAll(noting);
        total += Calls(_buffer.Take(atMost: 10));
        Assert.Equal(callers * calls, total);
    }

    [Fact]
    public void Callers_beyond_the_bound_are_counted_together()
    {
        for (var caller = 0; caller < Usage.CallersPerDayMax + 5; caller++)
        {
            _buffer.Note(Key, new Call(IPAddress.Loopback, $"agent {caller}", ""), permission: null, Now);
        }

        var use = Assert.Single(_buffer.Take(atMost: 10)).Value;
        Assert.Equal(Usage.CallersPerDayMax + 1, use.Callers.Count);
        Assert.Equal(5, use.Callers[Caller.Other(DateOnly.FromDateTime(Now.UtcDateTime))].Calls);
    }

    [Fact]
    public void What_cannot_be_written_is_added_to_what_came_meanwhile()
    {
        _buffer.Note(Key, new Call(IPAddress.Loopback, "old", ""), permission: null, Now);
        _buffer.Note(Key, new Call(IPAddress.Loopback, "both", ""), permission: null, Now.AddSeconds(1));
        var unwritten = _buffer.Take(atMost: 10);
        Assert.True(_buffer.IsEmpty);
        _buffer.Note(Key, new Call(IPAddress.Loopback, "both", ""), permission: null, Now.AddSeconds(2));
        _buffer.TakeBack(unwritten);
        var use = Assert.Single(_buffer.Take(atMost: 10)).Value;
        Assert.Equal([1, 2], use.Callers.Values.Select(tally => tally.Calls).Order());
        Assert.Equal((Now.AddSeconds(2), "both"), (use.LastAt, use.LastClient));
    }

    [Fact]
    public void Memory_is_bounded_and_what_is_lost_is_counted()
    {
        for (var credential = 0; credential < UsageBuffer.CredentialsMax + 7; credential++)
        {
            var id = new Id<Credential>(new Guid(credential, 0, 0, new byte[8]));
            _buffer.Note(id, new Call(null, null, null), permission: null, Now);
        }

        Assert.Equal(7, _buffer.TakeLost());
        Assert.Equal(0, _buffer.TakeLost());
        Assert.Equal(100, _buffer.Take(atMost: 100).Count);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("datadog-agent/7.60", "datadog-agent/7.60")]
    [InlineData("a\u0000b\tc\u202Ed\u2028e", "abcde")]
    [InlineData("  Größe 🐶 ", "Größe 🐶")]
    public void A_client_is_kept_without_what_cannot_be_stored_or_seen(string? userAgent, string kept) =>
        Assert.Equal(kept, ClientName.Of(userAgent, Usage.ClientLengthMax));

    // A fact, because an attribute cannot hold half a character.
    [Fact]
    public void Half_a_character_of_a_client_is_left_out() =>
        Assert.Equal("half  here", ClientName.Of("half \uD83D here\uDC36", Usage.ClientLengthMax));

    [Fact]
    public void A_long_client_is_cut_and_no_character_is_halved()
    {
        Assert.Equal(new string('x', Usage.ClientLengthMax), ClientName.Of(new string('x', 5_000), Usage.ClientLengthMax));
        Assert.Equal(
            new string('x', Usage.ClientLengthMax - 1),
            ClientName.Of(new string('x', Usage.ClientLengthMax - 1) + "🐶🐶", Usage.ClientLengthMax));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    public void An_IPv4_address_is_one_on_any_socket(string address, string kept) =>
        Assert.Equal(kept, ClientName.Address(IPAddress.Parse(address)));

    private static long Calls(IEnumerable<KeyValuePair<Id<Credential>, CredentialUse>> uses) =>
        uses.Sum(use => use.Value.Callers.Values.Sum(tally => tally.Calls));
}
