using System.Diagnostics;

namespace SafetyCenter.Web.LocalDatabase;

/// <summary>A moment on the monotonic clock until which something may take, counted from its making.</summary>
internal readonly struct Deadline(TimeSpan patience)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public bool HasPassed => Stopwatch.GetElapsedTime(_start) > patience;
}
