using SafetyCenter.Core.Credentials;

namespace SafetyCenter.Tests.Core.Credentials;

/// <summary>The verdict on revoking, from the days of use alone, and the arithmetic that it shows.</summary>
public sealed class BlastRadiusTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Long = Now.AddYears(-3);

    [Theory]
    [InlineData(0, RevocationRisk.CheckFirst)]
    [InlineData(29, RevocationRisk.CheckFirst)]
    [InlineData(30, RevocationRisk.Safe)]
    [InlineData(400, RevocationRisk.Safe)]
    public void One_that_was_never_used_is_safe_once_it_was_watched_for_thirty_days(int days, RevocationRisk risk)
    {
        var judged = BlastRadius.Of([], lastUsedAt: null, Now.AddDays(-days), Now);
        Assert.Equal(risk, judged.Risk);
        Assert.Equal(0, judged.CallsPerDay);
        Assert.Equal($"It was never used in the {days} days since its uses are tracked.", judged.Reasons[0]);
    }

    [Fact]
    public void Thirty_days_less_a_tick_are_not_thirty_days() =>
        Assert.Equal(
            RevocationRisk.CheckFirst,
            BlastRadius.Of([], lastUsedAt: null, Now.AddDays(-30).AddTicks(1), Now).Risk);

    [Fact]
    public void One_that_was_used_yesterday_will_break()
    {
        var judged = Judge((2, 1), (1, 600));
        Assert.Equal(RevocationRisk.WillBreak, judged.Risk);
        Assert.Equal("Will break", judged.Words);
        Assert.Equal("Last used 1 day ago; 601 calls in the last 30 days.", judged.Reasons[0]);
        Assert.Equal(21, judged.CallsPerDay);
    }

    [Fact]
    public void One_that_was_used_less_than_seven_days_ago_is_in_use_and_at_seven_it_may_be()
    {
        var within = Now.AddDays(-7).AddTicks(1);
        Assert.Equal(RevocationRisk.WillBreak, BlastRadius.Of(Days((7, 1)), within, Long, Now).Risk);
        var judged = BlastRadius.Of(Days((7, 1)), Now.AddDays(-7), Long, Now);
        Assert.Equal(RevocationRisk.CheckFirst, judged.Risk);
        Assert.Equal(
            "It has been quiet for 7 days, and was used on one day only, so that no rhythm is known.", judged.Reasons[1]);
        Assert.Contains("less than 30 days", judged.Reasons[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_for_thirty_days_is_safe_and_a_tick_less_is_not()
    {
        Assert.Equal(RevocationRisk.Safe, BlastRadius.Of(Days((31, 1), (30, 1)), Now.AddDays(-30), Long, Now).Risk);
        Assert.Equal(
            RevocationRisk.CheckFirst,
            BlastRadius.Of(Days((31, 1), (30, 1)), Now.AddDays(-30).AddTicks(1), Long, Now).Risk);
    }

    [Theory]
    [InlineData(8, RevocationRisk.CheckFirst)]
    [InlineData(29, RevocationRisk.CheckFirst)]
    [InlineData(30, RevocationRisk.Safe)]
    public void A_weekly_job_is_safe_to_end_after_thirty_days(int quiet, RevocationRisk risk)
    {
        var judged = Judge((quiet + 21, 1), (quiet + 14, 1), (quiet + 7, 1), (quiet, 1));
        Assert.Equal(risk, judged.Risk);
        Assert.Equal($"It has been quiet for {quiet} days; its longest pause between two uses was 7 days.", judged.Reasons[1]);
    }

    [Theory]
    [InlineData(40, RevocationRisk.CheckFirst)]
    [InlineData(91, RevocationRisk.CheckFirst)]
    [InlineData(182, RevocationRisk.CheckFirst)]
    [InlineData(183, RevocationRisk.Safe)]
    public void A_quarterly_job_is_safe_to_end_only_once_it_missed_its_rhythm_twice_over(int quiet, RevocationRisk risk)
    {
        var judged = Judge((quiet + 182, 1), (quiet + 91, 1), (quiet, 1));
        Assert.Equal(risk, judged.Risk);
        Assert.Contains("(182 days)", judged.Reasons[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_a_day_are_of_the_last_thirty_days_today_included_rounded_up()
    {
        Assert.Equal(1, Judge((30, 9_000), (29, 1)).CallsPerDay);
        Assert.Equal(2, Judge((29, 30), (0, 1)).CallsPerDay);
        Assert.Equal("Last used just now; 1,200 calls in the last 30 days.", Judge((0, 1_200)).Reasons[0]);
        Assert.EndsWith("1 call in the last 30 days.", Judge((1, 1)).Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_what_the_numbers_cannot_show()
    {
        Assert.Contains("before 1 Jun 2026", BlastRadius.Of([], null, new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), Now).Unseen[0]);
        Assert.Contains("less often than once in 396 days", Judge((1, 1)).Unseen[0], StringComparison.Ordinal);
        Assert.Equal(3, Judge((1, 1)).Unseen.Count);
    }

    // Days ago and calls, in order; the last of them at this time of the day.
    private static BlastRadius Judge(params (int Ago, long Calls)[] days) =>
        BlastRadius.Of(Days(days), Now.AddDays(-days[^1].Ago), Long, Now);

    private static DayOfUse[] Days(params (int Ago, long Calls)[] days) =>
        [.. days.Select(day => new DayOfUse(DateOnly.FromDateTime(Now.UtcDateTime).AddDays(-day.Ago), day.Calls))];
}
