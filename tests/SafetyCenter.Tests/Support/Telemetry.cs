using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SafetyCenter.Tests.Support;

/// <summary>Listens to every trace and every measurement of the process, and keeps all that they say.</summary>
public sealed class Telemetry : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ActivityListener _traces;
    private readonly MeterListener _measurements = new();

    public Telemetry()
    {
        _traces = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => Keep(
                "trace " + activity.DisplayName,
                activity.TagObjects
                    .Concat(activity.Events.SelectMany(happened => happened.Tags.Prepend(new("event", happened.Name))))
                    .Concat(activity.Baggage.Select(pair => new KeyValuePair<string, object?>(pair.Key, pair.Value)))),
        };
        ActivitySource.AddActivityListener(_traces);
        _measurements.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _measurements.SetMeasurementEventCallback<int>((of, _, tags, _) => Measured(of, tags));
        _measurements.SetMeasurementEventCallback<long>((of, _, tags, _) => Measured(of, tags));
        _measurements.SetMeasurementEventCallback<double>((of, _, tags, _) => Measured(of, tags));
        _measurements.Start();
    }

    /// <summary>What was said so far, a line for each trace and measurement.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    public void Dispose()
    {
        _traces.Dispose();
        _measurements.Dispose();
    }

    private void Measured(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Keep("measurement " + instrument.Name, tags.ToArray());

    private void Keep(string what, IEnumerable<KeyValuePair<string, object?>> tags) =>
        _lines.Enqueue($"{what}: {string.Join(' ', tags.Select(tag => $"{tag.Key}={tag.Value}"))}");
}
