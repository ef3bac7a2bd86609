using SafetyCenter.Core.Secrets;
using SafetyCenter.Scanning;
using SafetyCenter.Tests.Support;
using SafetyCenter.Web.Repositories;

namespace SafetyCenter.Tests.Scanning;

/// <summary>However much is found, little of it is held.</summary>
public sealed class FindingsInPartsTests
{
    private const int PartMax = 10;

    private readonly FindingsInParts _parts = new(PartMax, TimeProvider.System);
    private readonly List<int> _reported = [];
    private int _passed;

    [Fact]
    public async Task Whoever_reads_waits_for_whoever_reports_and_nothing_is_lost()
    {
        var most = 0;
        var total = await _parts.RunAsync(
            (pass, _) => Read(pass, 95),
            async part =>
            {
                // One part is being reported, as many wait, and one is in the hand of who reads.
                var mayBePassed = Math.Min(95, _reported.Count + (2 * PartMax));
                await Eventually.IsTrueAsync(() => Volatile.Read(ref _passed) >= mayBePassed, "the reader being ahead");
                most = Math.Max(most, Volatile.Read(ref _passed) - _reported.Count);
                Assert.InRange(part.Count, 1, PartMax);
                _reported.AddRange(part.Select(one => one.Found.Line));
            },
            Timeout.InfiniteTimeSpan,
            CancellationToken.None);

        Assert.Equal(95, total);
        Assert.Equal(Enumerable.Range(1, 95), _reported);
        Assert.InRange(most, 2 * PartMax, (2 * PartMax) + 1);
    }

    [Fact]
    public async Task When_the_reading_fails_or_takes_too_long_what_was_found_is_reported_first()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => _parts.RunAsync<int>(
            (pass, _) => throw new InvalidDataException($"After {Read(pass, 12)}."), Report, Timeout.InfiniteTimeSpan, default));
        Assert.Equal(12, _reported.Count);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _parts.RunAsync(
            (pass, enough) =>
            {
                enough.WaitHandle.WaitOne();
                Read(pass, 30);
                enough.ThrowIfCancellationRequested();
                return 0;
            },
            Report,
            TimeSpan.FromMilliseconds(10),
            default));
        Assert.Equal(42, _reported.Count);
    }

    [Fact]
    public async Task When_the_reporting_fails_the_reading_ends_and_its_reason_is_told()
    {
        var isOver = false;
        var failure = await Assert.ThrowsAsync<IOException>(() => _parts.RunAsync(
            (pass, enough) =>
            {
                while (!enough.IsCancellationRequested)
                {
                    Read(pass, 1);
                }

                isOver = true;
                enough.ThrowIfCancellationRequested();
                return 0;
            },
            _ => throw new IOException("Nobody takes it."),
            Timeout.InfiniteTimeSpan,
            CancellationToken.None));
        Assert.Equal("Nobody takes it.", failure.Message);
        Assert.True(isOver);
    }

    private int Read(Action<Finding> pass, int count)
    {
        for (var number = 1; number <= count; number++)
        {
            pass(new Finding(
                "a.txt", null, new Found(SecretKind.ApiKey, number, 1, "0000", SecretHash.Of($"{number}"), "plain")));
            Interlocked.Increment(ref _passed);
        }

        return count;
    }

    private Task Report(IReadOnlyList<Finding> part)
    {
        _reported.AddRange(part.Select(one => one.Found.Line));
        return Task.CompletedTask;
    }
}
