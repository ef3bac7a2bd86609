using System.Collections.Concurrent;
using System.Diagnostics;

namespace SafetyCenter.Tests.Support;

/// <summary>
/// Listens to the SQL statements of one request: those of the trace that <see cref="TraceParent"/> begins, so that
/// what others do meanwhile is not counted.
/// </summary>
public sealed class Statements : IDisposable
{
    private readonly ConcurrentQueue<string> _texts = new();
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ActivityListener _listener;

    public Statements()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == _trace
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == _trace
                    && (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string text)
                {
                    _texts.Enqueue(text);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The header (W3C Trace Context) to send with the request.</summary>
    public string TraceParent => $"00-{_trace}-{ActivitySpanId.CreateRandom()}-01";

    /// <summary>What was executed so far, in order.</summary>
    public IReadOnlyList<string> Texts => [.. _texts];

    /// <summary>
    /// The same without the look-ups of credentials: whether memory is trusted to answer them depends on how busy the machine
    /// is, and not on what is asked.
    /// </summary>
    public IReadOnlyList<string> TextsAfterKeys =>
        [.. _texts.Where(text => !text.StartsWith("SELECT c.id, c.organization_id, c.kind", StringComparison.Ordinal))];

    public void Dispose() => _listener.Dispose();
}
