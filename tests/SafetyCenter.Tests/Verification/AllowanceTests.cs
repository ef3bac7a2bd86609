using System.Net;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Leaks;
using SafetyCenter.Web.Security;

namespace SafetyCenter.Tests.Verification;

/// <summary>How much of strangers is heard, and what that costs.</summary>
public sealed class AllowanceTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualClock _clock = new();

    [Fact]
    public void So_many_are_taken_at_once_and_one_more_each_while()
    {
        var three = new Allowance(_clock, atOnce: 3, each: Minute);
        Assert.Equal([0, 0, 0, 60], Enumerable.Range(0, 4).Select(_ => three.Take("a").TotalSeconds));
        Assert.Equal(TimeSpan.Zero, three.Take("b"));

        _clock.Advance(Minute - TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), three.Take("a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 60], Enumerable.Range(0, 2).Select(_ => three.Take("a").TotalSeconds));
    }

    [Fact]
    public void What_was_not_taken_is_not_saved_up_beyond_the_whole()
    {
        var three = new Allowance(_clock, atOnce: 3, each: Minute);
        Assert.Equal(TimeSpan.Zero, three.Take("a"));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal([0, 0, 0, 60], Enumerable.Range(0, 4).Select(_ => three.Take("a").TotalSeconds));
    }

    [Fact]
    public void A_flood_of_names_does_not_make_it_forget_who_has_used_theirs_up()
    {
        var three = new Allowance(_clock, atOnce: 3, each: Minute);
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(TimeSpan.Zero, three.Take("loud"));
        }

        for (var name = 0; name < 3 * Allowance.NamesMax; name++)
        {
            Assert.Equal(TimeSpan.Zero, three.Take($"stranger {name}"));
        }

        Assert.Equal(Minute, three.Take("loud"));

        // And of the strangers it has not kept all: the first has three again.
        Assert.Equal([0, 0, 0, 60], Enumerable.Range(0, 4).Select(_ => three.Take("stranger 0").TotalSeconds));
    }

    [Fact]
    public void Secrets_are_shown_sixty_times_by_an_address_and_six_hundred_times_by_all()
    {
        var rates = new ReportRates(_clock);
        for (var address = 1; address <= 10; address++)
        {
            Assert.All(Enumerable.Range(0, 60), _ => Assert.Equal(TimeSpan.Zero, rates.TakeShown(Address(address))));
            Assert.Equal(Minute, rates.TakeShown(Address(address)));
        }

        Assert.Equal(TimeSpan.FromSeconds(1), rates.TakeShown(Address(11)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, rates.TakeShown(Address(11)));
        Assert.Equal(TimeSpan.FromSeconds(1), rates.TakeShown(Address(12)));
    }

    [Fact]
    public void Whoever_has_one_IPv6_address_has_their_whole_network()
    {
        var rates = new ReportRates(_clock);
        Assert.All(
            Enumerable.Range(0, 60),
            number => Assert.Equal(TimeSpan.Zero, rates.TakeShown(IPAddress.Parse($"2001:db8:1:2::{number:x}"))));

        Assert.Equal(Minute, rates.TakeShown(IPAddress.Parse("2001:db8:1:2:ffff::1")));
        Assert.Equal(TimeSpan.Zero, rates.TakeShown(IPAddress.Parse("2001:db8:1:3::1")));
    }

    private static IPAddress Address(int number) => IPAddress.Parse($"192.0.2.{number}");
}
