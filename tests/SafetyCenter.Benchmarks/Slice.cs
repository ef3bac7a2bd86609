namespace SafetyCenter.Benchmarks;

/// <summary>A while of load: how many calls were answered, how fast, and what they cost the server.</summary>
internal sealed class Slice
{
    private const int BucketMicroseconds = 10;

    // Up to a second; what took longer stands in the last one.
    private readonly int[] _buckets = new int[100_000];
    private long _calls;

    public long Calls => _calls;

    public TimeSpan Duration { get; set; }

    public TimeSpan ProcessorTime { get; set; }

    public double CallsPerSecond => _calls / Duration.TotalSeconds;

    public double ProcessorMicrosecondsPerCall => ProcessorTime.TotalMicroseconds / _calls;

    public void Add(TimeSpan latency)
    {
        Interlocked.Increment(ref _calls);
        var bucket = (int)Math.Min(latency.TotalMicroseconds / BucketMicroseconds, _buckets.Length - 1);
        Interlocked.Increment(ref _buckets[bucket]);
    }

    /// <summary>All calls of several slices, as one.</summary>
    public static Slice Sum(IEnumerable<Slice> slices)
    {
        var sum = new Slice();
        foreach (var slice in slices)
        {
            sum._calls += slice._calls;
            sum.Duration += slice.Duration;
            sum.ProcessorTime += slice.ProcessorTime;
            for (var index = 0; index < sum._buckets.Length; index++)
            {
                sum._buckets[index] += slice._buckets[index];
            }
        }

        return sum;
    }

    /// <summary>The latency in milliseconds that this share of the calls did not exceed.</summary>
    public double Percentile(double share)
    {
        var left = (long)Math.Ceiling(_calls * share);
        var bucket = 0;
        while (bucket < _buckets.Length - 1 && (left -= _buckets[bucket]) > 0)
        {
            bucket++;
        }

        return (bucket + 1) * BucketMicroseconds / 1000.0;
    }
}

/// <summary>
/// Slices of one thing around each slice of another, because a machine's speed changes by half from one second to the
/// next. Each slice of the contender is set against the two around it, and the median of those ratios counts.
/// </summary>
internal sealed class Comparison
{
    private readonly List<Slice> _base = [];
    private readonly List<Slice> _contender = [];

    public Slice Base => Slice.Sum(_base);

    public Slice Contender => Slice.Sum(_contender);

    /// <summary>Calls a second of the contender, in those of the base.</summary>
    public double Rate => Ratio(slice => slice.CallsPerSecond);

    /// <summary>Processor time per call of the contender, in that of the base.</summary>
    public double ProcessorTime => Ratio(slice => slice.ProcessorMicrosecondsPerCall);

    public static async Task<Comparison> RunAsync(int rounds, Func<Task<Slice>> ofBase, Func<Task<Slice>> ofContender)
    {
        var comparison = new Comparison();
        comparison._base.Add(await ofBase());
        for (var round = 0; round < rounds; round++)
        {
            comparison._contender.Add(await ofContender());
            comparison._base.Add(await ofBase());
        }

        return comparison;
    }

    private double Ratio(Func<Slice, double> figure)
    {
        var ratios = _contender
            .Select((slice, index) => figure(slice) * 2 / (figure(_base[index]) + figure(_base[index + 1])))
            .Order().ToList();
        return (ratios[(ratios.Count - 1) / 2] + ratios[ratios.Count / 2]) / 2;
    }
}
