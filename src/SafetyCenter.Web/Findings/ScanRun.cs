using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Findings;

/// <summary>One evaluation of all rules, so that a page can say when it was last checked.</summary>
public sealed class ScanRun
{
    /// <summary>Begins a run.</summary>
    public ScanRun(Id<Organization>? organizationId, DateTimeOffset now)
    {
        Id = Id<ScanRun>.New(now);
        OrganizationId = organizationId;
        StartedAt = now;
    }

    // For EF Core.
    private ScanRun()
    {
    }

    /// <summary>Its id.</summary>
    public Id<ScanRun> Id { get; private set; }

    /// <summary>The one organization that was scanned; null for all.</summary>
    public Id<Organization>? OrganizationId { get; private set; }

    /// <summary>When it began. The moment its rules judged for.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>When it was done.</summary>
    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>How many findings it raised.</summary>
    public int Raised { get; private set; }

    /// <summary>How many it cleared.</summary>
    public int Cleared { get; private set; }

    /// <summary>It is done.</summary>
    public void Finish(int raised, int cleared, DateTimeOffset now) =>
        (Raised, Cleared, FinishedAt) = (raised, cleared, now);
}
