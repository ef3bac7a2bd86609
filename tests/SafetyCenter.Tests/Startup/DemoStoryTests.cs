using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Audit;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Demo;
using SafetyCenter.Web.Jobs;

namespace SafetyCenter.Tests.Startup;

/// <summary>What somebody finds who starts it for the first time: a leak under way, and one that was dealt with.</summary>
public sealed class DemoStoryTests(TestPostgres postgres)
{
    private const string SafetyCenter = "/o/acme/safety-center";

    // A story that is told in days must not change with the hour at which it is planted.
    [Theory]
    [InlineData(0, 10)]
    [InlineData(12, 0)]
    [InlineData(23, 50)]
    public async Task It_has_a_leak_that_is_overdue_and_one_that_was_resolved_and_jobs_leave_both_as_they_are(
        int hour, int minute)
    {
        var clock = new ManualClock(new DateTimeOffset(2026, 3, 3, hour, minute, 0, TimeSpan.Zero));
        await using var app = await App.StartAsync(postgres, clock, mail: null, ("Demo:Enabled", "true"));
        using var ann = app.NewClient();
        await ann.SignInAsync(DemoStory.AdminEmail, DemoStory.Password);
        var overview = await ann.PageAsync(SafetyCenter);
        Assert.Equal("1", overview.QuerySelector("[data-rule=security-alerts] [data-count]")!.GetAttribute("data-count"));
        Assert.NotNull(overview.QuerySelector("[data-overdue='1']"));

        var list = await ann.PageAsync($"{SafetyCenter}/alerts");
        Assert.Equal(
            [("leaked-api-key", "acknowledged", "critical"), ("leaked-application-key", "resolved", "critical")],
            list.QuerySelectorAll("[data-alert]").Select(card => (
                card.GetAttribute("data-rule"), card.GetAttribute("data-state"), card.GetAttribute("data-severity"))));
        AssertUnderWay(await PageOfAsync("leaked-api-key"));
        AssertResolved(await PageOfAsync("leaked-application-key"));

        var (emails, events) = ((await app.EmailsAsync()).Count, (await app.RowsAsync<AlertEvent>()).Count);
        await app.RunAsync<SendLetters>();
        await app.RunAsync<FollowAlerts>();
        await app.RunAsync<TellPlaces>();
        clock.Jump(TimeSpan.FromHours(20));
        await app.RunAsync<FollowAlerts>();
        await app.RunAsync<TellPlaces>();
        await app.RunAsync<SendLetters>();
        Assert.Empty(app.EmailsInFolder());
        Assert.Equal(
            (emails, events), ((await app.EmailsAsync()).Count, (await app.RowsAsync<AlertEvent>()).Count));

        // The next daily email that it is overdue comes when it comes.
        clock.Jump(TimeSpan.FromHours(3));
        await app.RunAsync<FollowAlerts>();
        Assert.Equal(events + 1, (await app.RowsAsync<AlertEvent>()).Count);

        Task<IHtmlDocument> PageOfAsync(string rule) =>
            ann.PageAsync(list.QuerySelector($"[data-rule={rule}] a")!.GetAttribute("href")!);
    }

    [Fact]
    public async Task What_it_tells_of_the_past_is_as_old_as_that_in_the_audit_trail_too()
    {
        var clock = new ManualClock();
        await using var app = await App.StartAsync(postgres, clock, mail: null, ("Demo:Enabled", "true"));
        var trail = await app.RowsAsync<AuditEvent>();
        Assert.All(trail, row => Assert.True(row.At < app.Now.AddHours(-12), $"{row.Message} {row.At:O}"));
        Assert.Equal(app.Now.AddDays(-300), Assert.Single(trail, row => row is { Name: "created", AssetName: "ci-prod" }).At);
        var revoked = Assert.Single(trail, row => row is { Name: "revoked", AssetName: "erik-notebook" });
        Assert.Equal("Dora Director", revoked.ActorName);
    }

    // Found, put off by mistake, seen again, given to Dora, overdue; and somebody new calls with it.
    private static void AssertUnderWay(IHtmlDocument page)
    {
        Assert.Equal(2, page.QuerySelectorAll("[data-place]").Length);
        Assert.Equal("detected told seen", MovedHandsOf(page));
        var fresh = Assert.Single(
            page.QuerySelectorAll("[data-callers] li"), caller => caller.QuerySelector(".badge") is not null);
        Assert.Contains("198.51.100.77", fresh.TextContent, StringComparison.Ordinal);
        Assert.Equal("1 0 0 1", string.Join(' ', page.QuerySelectorAll("[data-reviews] [data-count]")
            .Select(review => review.GetAttribute("data-count"))));
        AssertToldInOrder(
            page,
            "Reported by GitHub.",
            "Email to security@acme.example, that it was found, was sent.",
            "Ann Admin looked at it for the first time.",
            "Ann Admin put it off until",
            "GitHub reported it at a new place: it is open again.",
            "Email to oncall@acme.example, that it was seen again, was sent.",
            "Ann Admin gave it to Dora Director.",
            "Dora Director wrote:",
            "It was not resolved in time, and more people were told.",
            "Email to dora@acme.example, that it is overdue, was sent.");
    }

    private static void AssertResolved(IHtmlDocument page)
    {
        Assert.Equal("detected told seen revoked replaced reviewed", MovedHandsOf(page));
        Assert.All(page.QuerySelectorAll("[data-step]"), step => Assert.Equal("true", step.GetAttribute("data-done")));
        AssertToldInOrder(
            page,
            "Reported by GitHub.",
            "Email to erik@acme.example, that it was found, was sent.",
            "Dora Director took it on.",
            "The key was ended by Dora Director.",
            "Email to security@acme.example, that it was revoked, was sent.",
            "Dora Director ticked “Review the account”.",
            "Dora Director wrote:");
    }

    private static string MovedHandsOf(IHtmlDocument page) => string.Join(' ', page.QuerySelectorAll("[data-hand]")
        .Where(hand => hand.QuerySelector("time") is not null)
        .Select(hand => hand.GetAttribute("data-hand")));

    private static void AssertToldInOrder(IHtmlDocument page, params string[] expected)
    {
        var told = page.QuerySelectorAll("[data-history] li").Select(line => line.TextContent.Trim()).Reverse().ToList();
        var places = expected.Select(words => told.FindIndex(line => line.StartsWith(words, StringComparison.Ordinal))).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }
}
