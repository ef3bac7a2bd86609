namespace SafetyCenter.Web.Leaks;

/// <summary>
/// Lets answers leave at whole beats, counted from when the work for them began, so that their time tells nothing of that work.
/// What is done for a secret of ours fits into one beat, like what is done for any other text.
/// </summary>
/// <param name="time">Real time, whatever the product's clock says: it is somebody outside who measures.</param>
public sealed class AnswerBeat(TimeProvider time)
{
    /// <summary>How long a beat is.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMilliseconds(100);

    /// <summary>Marks the moment at which work begins.</summary>
    public long Begin() => time.GetTimestamp();

    /// <summary>Waits for the next whole beat since a moment.</summary>
    public Task WaitAsync(long start)
    {
        var took = time.GetElapsedTime(start);
        return Task.Delay(Length - TimeSpan.FromTicks(took.Ticks % Length.Ticks), time);
    }
}
