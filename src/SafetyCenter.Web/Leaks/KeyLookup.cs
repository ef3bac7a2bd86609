namespace SafetyCenter.Web.Leaks;

/// <summary>What came of asking for a reporter's key.</summary>
public abstract record KeyLookup
{
    private KeyLookup()
    {
    }

    /// <summary>The key is listed.</summary>
    public sealed record Found(ReportPublicKey Key) : KeyLookup;

    /// <summary>A list just fetched does not name the key: the request is not the reporter's (401).</summary>
    public sealed record Unknown : KeyLookup;

    /// <summary>
    /// Nobody can say, because the list cannot be had now: the reporter should send again later (503), or a genuine
    /// report would be lost.
    /// </summary>
    public sealed record Unobtainable(TimeSpan RetryAfter) : KeyLookup;
}
