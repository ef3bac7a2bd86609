namespace SafetyCenter.Tests.Support;

public class ManualClockTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Timers_fire_in_order_each_at_its_own_moment()
    {
        var start = _clock.GetUtcNow();
        var seen = new List<double>();
        using var repeated = Timer(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        using var once = Timer(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([2, 3, 4], seen);

        repeated.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([2, 3, 4], seen);
        Assert.Equal(start.AddSeconds(10), _clock.GetUtcNow());

        ITimer Timer(TimeSpan due, TimeSpan period) =>
            _clock.CreateTimer(_ => seen.Add((_clock.GetUtcNow() - start).TotalSeconds), null, due, period);
    }

    [Fact]
    public async Task A_delay_ends_when_the_clock_says_so()
    {
        var delay = Task.Delay(TimeSpan.FromHours(1), _clock, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.False(delay.IsCompleted);

        _clock.Advance(TimeSpan.FromMinutes(1));
        await delay;
    }

    [Fact]
    public void After_a_jump_a_periodic_timer_fires_once_and_goes_on_from_there()
    {
        var fired = 0;
        using var timer = _clock.CreateTimer(
            _ => fired++, state: null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _clock.Jump(TimeSpan.FromDays(100));
        Assert.Equal(1, fired);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(4, fired);
    }
}
