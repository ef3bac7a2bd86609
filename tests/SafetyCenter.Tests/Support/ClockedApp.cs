namespace SafetyCenter.Tests.Support;

/// <summary>The app with a clock that stands still until a test moves it.</summary>
public sealed class ClockedApp : App
{
    private readonly ManualClock _clock;

    public ClockedApp(TestPostgres postgres)
        : this(postgres, new ManualClock())
    {
    }

    private ClockedApp(TestPostgres postgres, ManualClock clock)
        : base(postgres, clock) => _clock = clock;

    /// <summary>It is later.</summary>
    public void Advance(TimeSpan time) => _clock.Jump(time);
}
