namespace SafetyCenter.Web.Demo;

/// <summary>The clock of the story: it stands at the moment that is being told.</summary>
public sealed class StoryClock(DateTimeOffset now) : TimeProvider
{
    /// <summary>That moment.</summary>
    public DateTimeOffset Now { get; set; } = now;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => Now;
}
