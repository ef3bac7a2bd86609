using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Tests.Core.Alerts;

/// <summary>What rules would have done with leaks that are past.</summary>
public sealed class DryRunTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Who_leaves_it_to_people_revokes_nothing()
    {
        var run = Run(LeakAction.Notify, Leak(reported: 10, ended: 9), Leak(reported: 5));
        Assert.Equal((2, 0, 0, 0, 0, 0, 0), Counts(run));
        Assert.Null(run.OpenByRule);
        Assert.Equal(TimeSpan.FromHours((24 + 120) / 2), run.OpenInFact);
    }

    [Fact]
    public void At_once_is_with_the_report_whoever_was_quick()
    {
        var run = Run(
            LeakAction.Revoke,
            Leak(reported: 10, ended: 10),
            Leak(reported: 10, ended: 9, used: 9.5),
            Leak(reported: 5, used: 5),
            Leak(reported: 5, isLast: true, used: 4));

        // Who was revoked in the same moment was so by such a rule; a call in that moment still passed.
        Assert.Equal((4, 3, 0, 1, 1, 0, 0), Counts(run));
        Assert.Equal(TimeSpan.Zero, run.OpenByRule);
    }

    [Theory]
    [InlineData(LeakAction.RevokeLater)]
    [InlineData(LeakAction.Rotate)]
    public void Later_leaves_people_their_time(LeakAction action)
    {
        var run = Run(
            action,
            minutes: 24 * 60,
            Leak(reported: 10, ended: 9.5),
            Leak(reported: 10, ended: 9),
            Leak(reported: 10, used: 9.5),
            Leak(reported: 10, used: 8.5),
            Leak(reported: 10, used: 8.5, isLast: true),
            Leak(reported: 0.5, used: 0.1));
        Assert.Equal((6, 0, 3, 1, 1, 1, 1), Counts(run));
        Assert.Equal(TimeSpan.FromDays(1), run.OpenByRule);
    }

    [Fact]
    public void Each_kind_has_its_own_rule()
    {
        var rules = new LeakRules { AccessTokens = new LeakResponse(LeakAction.Revoke, 1) };
        var leaks = Enum.GetValues<LeakedKind>().Select(kind => Leak(reported: 3) with { Kind = kind }).ToList();
        var runs = DryRun.Of(leaks, rules, Now);
        Assert.Equal(Enum.GetValues<LeakedKind>(), runs.Select(run => run.Kind));
        Assert.All(runs, run => Assert.Equal(1, run.Leaks));
        Assert.Equal([0, 0, 1, 0], runs.Select(run => run.AtOnce));
    }

    [Fact]
    public void Without_leaks_there_is_no_median()
    {
        var runs = DryRun.Of([], new LeakRules(), Now);
        Assert.Equal(4, runs.Count);
        Assert.All(runs, run => Assert.Null(run.OpenInFact));
    }

    private static DryRun Run(LeakAction action, params PastLeak[] leaks) => Run(action, 60, leaks);

    private static DryRun Run(LeakAction action, int minutes, params PastLeak[] leaks) =>
        DryRun.Of(leaks, new LeakRules { ApiKeys = new LeakResponse(action, minutes) }, Now)[0];

    // Times are in days before now.
    private static PastLeak Leak(double reported, double? ended = null, double? used = null, bool isLast = false) => new(
        LeakedKind.ApiKeys, Now.AddDays(-reported), ended is { } end ? Now.AddDays(-end) : null,
        used is { } use ? Now.AddDays(-use) : null, isLast);

    private static (int, int, int, int, int, int, int) Counts(DryRun run) =>
        (run.Leaks, run.AtOnce, run.Later, run.StillUsed, run.Refused, run.EndedBefore, run.Pending);
}
