using System.Net;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Tests.Pages;

/// <summary>Who is counted together, and what is forgotten.</summary>
public sealed class FailedTriesTests
{
    private readonly ManualClock _clock = new();
    private readonly FailedTries _tries;

    public FailedTriesTests() => _tries = new FailedTries(_clock);

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public void One_network_of_IPv6_is_one_caller_and_so_is_one_address_of_IPv4(string one, string other, bool isSame)
    {
        Fail(one, FailedTries.TriesMax);
        Assert.Equal(FailedTries.Window, Wait(one));
        Assert.Equal(isSame ? FailedTries.Window : TimeSpan.Zero, Wait(other));
    }

    [Fact]
    public void The_last_try_is_free_and_the_count_begins_anew_after_ten_minutes()
    {
        Fail("192.0.2.1", FailedTries.TriesMax - 1);
        Assert.Equal(TimeSpan.Zero, Wait("192.0.2.1"));
        _clock.Advance(FailedTries.Window);
        Fail("192.0.2.1", 1);
        Assert.Equal(TimeSpan.Zero, Wait("192.0.2.1"));
        Fail("192.0.2.1", FailedTries.TriesMax - 1);
        Assert.Equal(FailedTries.Window, Wait("192.0.2.1"));
    }

    [Fact]
    public void A_flood_of_addresses_does_not_set_free_who_has_used_up_their_tries()
    {
        Fail("192.0.2.1", FailedTries.TriesMax);
        for (var number = 0; number < FailedTries.AddressesMax + 10; number++)
        {
            _tries.Note(new IPAddress([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]));
        }

        Assert.Equal(FailedTries.Window, Wait("192.0.2.1"));
    }

    private void Fail(string address, int times)
    {
        for (var time = 0; time < times; time++)
        {
            _tries.Note(IPAddress.Parse(address));
        }
    }

    private TimeSpan Wait(string address) => _tries.WaitOf(IPAddress.Parse(address));
}
