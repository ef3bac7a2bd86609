namespace SafetyCenter.Tests.Support;

/// <summary>The product with a clock that a test moves, for a class of tests.</summary>
public sealed class ClockedApp : App
{
    public ClockedApp(TestPostgres postgres)
        : this(postgres, new ManualClock())
    {
    }

    private ClockedApp(TestPostgres postgres, ManualClock clock)
        : base(postgres, clock) => Time = clock;

    public ManualClock Time { get; }
}
